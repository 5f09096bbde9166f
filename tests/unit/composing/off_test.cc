#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "core/generation/wish/wish.h"
#include "tests/unit/world.h"

// Whatever happens, a listener meets nothing of what their AI setting refuses.
namespace segue::test {
namespace {

constexpr std::array<std::string_view, 3> kWishedGenres = {"jazz", "ambient", "polka"};

struct Labelled {
  std::string track;
  Disclosure label;
};

std::vector<Labelled> labelled_tracks() {
  const Degree all = Degree::generated;
  return {{"segue-composed-1", {.composed = all, .performed = all}},
          {"segue-composed-2", {.composed = all, .performed = all, .voice = all}},
          {"sung", {.voice = all}},
          {"mixed", {.post_production = Degree::assisted}},
          {"words", {.lyrics = all}}};
}

class Story {
 public:
  explicit Story(unsigned seed) : random_(seed) {
    for (int i = 0; i < 12; ++i) {
      CatalogEntry human = entry("t" + std::to_string(i), "Track", "a" + std::to_string(i % 4));
      human.genre = i % 2 == 0 ? "jazz" : "rock";
      world_.models().enrich(human);
    }
    for (const Labelled& each : labelled_tracks()) {
      CatalogEntry made = entry(each.track, "Made", "machine");
      made.genre = "jazz";
      made.ai = each.label;
      made.wish = *wish_of({.genre = "jazz"});
      world_.models().enrich(made);
    }
  }

  // The first thing in a list that its listener's setting refuses, or a job that it refuses; empty:
  // all well.
  std::string wrong() {
    const Effects effects = world_.play(event());
    const AiMusic& setting = world_.listener(name_).composed.setting;
    if (effects.job && !setting.may_compose()) return "a job";
    if (!effects.recommendation) return {};
    lists_ += 1;
    std::size_t made = 0;
    const auto& items = effects.recommendation->items;
    for (const RecommendedTrack& item : items) {
      for (const Labelled& each : labelled_tracks()) {
        if (each.track != item.track_id) continue;
        ++made;
        if (!setting.allows(parts_made(each.label))) return item.track_id;
        if (!item.ai) return item.track_id + " without its label";
        if (item.reasons.front().text.find("AI") == std::string_view::npos) {
          return item.track_id + " without a word of AI";
        }
      }
    }
    made_ += made;
    if (made * 5 > static_cast<std::size_t>(world_.tuning().k)) return "too many";
    const bool newcomer = world_.listener(name_).listens < 10;
    if (newcomer && !items.empty() && items.front().ai) return "first for a newcomer";
    const auto& offer = effects.recommendation->offer;
    if (offer && !offer->job_id.empty() && !setting.may_compose()) return "an offer";
    return {};
  }

  int lists() const { return lists_; }
  std::size_t made() const { return made_; }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  Event event() {
    now_ += below(20) == 0 ? kHour : kMinute;
    const std::vector<Labelled> labelled = labelled_tracks();
    const std::string track = below(3) == 0 ? labelled[static_cast<std::size_t>(below(5))].track
                                            : "t" + std::to_string(below(12));
    Event event = below(3) == 0 ? skipped(track, "a1", now_) : completed(track, "a1", now_);
    event.user_id = name_ = "listener " + std::to_string(below(3));
    event.id = "e" + std::to_string(now_);
    event.private_session = below(10) == 0;
    switch (below(9)) {
      case 0:
        event.type = EventType::privacy_consent_changed;
        event.ai_music = said();
        if (below(4) == 0) event.consent.personalisation = below(2) == 0;
        break;
      case 1:
        event.type = EventType::session_started;
        event.ai_music = said();
        break;
      case 2:
        event.type = EventType::request_made;
        event.generate = below(2) == 0;
        event.request = wish();
        break;
      case 3:
        event.type =
            below(3) == 0 ? EventType::generation_rejected : EventType::generation_accepted;
        if (const auto& offer = world_.listener(name_).composed.offer) event.job_id = offer->job_id;
        if (below(4) != 0) event.track = {};
        break;
      case 4:
        event.type =
            below(8) == 0 ? EventType::privacy_erasure_requested : EventType::feedback_saved;
        break;
      default:
        break;
    }
    return event;
  }

  AiMusicSaid said() {
    AiMusicSaid said;
    if (below(2) == 0) said.mode = static_cast<AiMode>(below(3));
    if (below(3) == 0) said.refused = static_cast<AiParts>(random_() & kAllAiParts);
    if (below(2) == 0) said.allowed = static_cast<AiParts>(random_() & kAllAiParts);
    return said;
  }

  Request wish() {
    Request request;
    if (below(4) == 0) return request;
    request.wished.genre = kWishedGenres[static_cast<std::size_t>(below(3))];
    request.genre = kind_hash(request.wished.genre);
    if (below(3) == 0) request.wished.tempo_bpm = 30 + below(200);
    return request;
  }

  std::mt19937 random_;
  World world_{{.exploration = 0.5}};
  std::string name_;
  Micros now_ = kNoon;
  int lists_ = 0;
  std::size_t made_ = 0;
};

TEST(Off, nothing_refused_is_listed_offered_or_composed) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::size_t made = 0;
  for (unsigned round = 0; round < 20; ++round) {
    Story story(seed + round);
    for (int i = 0; i < 300; ++i) {
      const std::string wrong = story.wrong();
      ASSERT_EQ(wrong, "") << "round " << round << ", event " << i;
    }
    EXPECT_GT(story.lists(), 100);
    made += story.made();
  }
  EXPECT_GT(made, 500U) << "the lists must have had some to leave out";
}

ItemModel model_of(const std::string& track) {
  ItemModel model;
  model.id = item_of(track_id(track));
  model.name = track;
  return model;
}

TEST(Off, a_label_survives_that_its_model_is_forgotten) {
  Tuning tuning;
  tuning.models_held_max = 4;
  ItemModels models(tuning);
  CatalogEntry sung = entry("sung", "Sung");
  sung.ai = Disclosure{.voice = Degree::generated};
  models.enrich(sung);
  for (int i = 0; i < 100; ++i) models.put(model_of("t" + std::to_string(i)));
  models.put(model_of("sung"));

  const ItemModels::Slot slot = models.find(item_of(track_id("sung")));

  ASSERT_NE(slot, ItemModels::kNone);
  EXPECT_EQ(models.made(slot), bit_of(AiPart::voice));
}

TEST(Off, a_composed_track_is_never_offered_without_its_entry) {
  ItemModels models{Tuning{}};
  models.introduce(track_id("segue-composed-9"), "segue-composed-9", {}, kNoon);

  const ItemModels::Slot slot = models.find(item_of(track_id("segue-composed-9")));

  EXPECT_FALSE(models.can_be_recommended(slot));
  EXPECT_FALSE(models.can_be_repeated(slot));
}

}  // namespace
}  // namespace segue::test
