#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "core/generation/wish/wish.h"
#include "core/listener/narrowed.h"
#include "tests/unit/world.h"

// Whatever happens, no list and no job holds what the request's filter leaves out.
namespace segue::test {
namespace {

constexpr std::array<std::string_view, 4> kSaidGenres = {"jazz", "rock", "ambient", "polka"};
constexpr int kNow = 2026;

std::vector<CatalogEntry> catalogue() {
  std::vector<CatalogEntry> all;
  for (int i = 0; i < 30; ++i) {
    CatalogEntry human = entry("t" + std::to_string(i), "Track", "a" + std::to_string(i % 5));
    human.genre = i % 7 == 0 ? "" : i % 3 == 0 ? "rock" : "jazz";
    human.duration_ms = i % 6 == 0 ? 0 : 60'000 + 10'000 * i;
    human.year = i % 5 == 0 ? 0 : 1950 + 3 * i;
    all.push_back(human);
  }
  for (int i = 0; i < 6; ++i) {
    CatalogEntry made = entry("segue-composed-" + std::to_string(i), "Made", "segue");
    made.genre = i % 2 == 0 ? "jazz" : "ambient";
    made.duration_ms = 30'000 + 30'000 * i;
    made.year = kNow;
    made.ai = Disclosure{.composed = Degree::generated, .performed = Degree::generated};
    made.wish = *wish_of({.genre = made.genre});
    all.push_back(made);
  }
  CatalogEntry sung = entry("sung", "Sung", "a1");
  sung.genre = "jazz";
  sung.ai = Disclosure{.voice = Degree::generated};
  all.push_back(sung);
  return all;
}

// The filter's parts once more, from what the catalogue says.
std::string violated(const Filter& filter, const CatalogEntry& track) {
  const auto is_one = [&](std::uint32_t genre) { return genre == kind_hash(track.genre); };
  if (!filter.genres.empty() && std::ranges::none_of(filter.genres, is_one)) return "genres";
  const bool made = track.ai.has_value();
  const bool composed = made && track.ai->composed == Degree::generated;
  if (filter.kind == Filter::Kind::recorded && made) return "recorded";
  if (filter.kind == Filter::Kind::composed && !composed) return "composed";
  const auto outside = [](const Filter::Range& range, std::int32_t value) {
    return range.said() && (value == 0 || value < range.min || value > range.max);
  };
  if (outside(filter.length_ms, track.duration_ms)) return "seconds";
  return outside(filter.year, track.year) ? "year" : "";
}

class FilteredStory {
 public:
  explicit FilteredStory(unsigned seed) : random_(seed) {
    for (const CatalogEntry& each : catalogue()) {
      entries_[each.track_id] = each;
      world_.models().enrich(each);
    }
  }

  // The part of a list or job that its listener's filter leaves out; empty: all is well.
  std::string wrong() {
    const Effects effects = world_.play(event());
    const auto& request = world_.listener(name_).request;
    if (!request || request->filter.empty()) return {};
    const Filter& filter = request->filter;
    if (effects.job) {
      ++jobs_;
      CatalogEntry piece = entry("piece", "Piece");
      piece.genre = name_of(effects.job->specification.genre);
      piece.duration_ms = static_cast<std::int32_t>(1'000 * effects.job->specification.seconds);
      piece.year = year_of(now_);
      piece.ai = Disclosure{.composed = Degree::generated, .performed = Degree::generated};
      if (const std::string part = violated(filter, piece); !part.empty()) return "a job: " + part;
    }
    if (!effects.recommendation) return {};
    for (const RecommendedTrack& item : effects.recommendation->items) {
      ++listed_;
      const std::string part = violated(filter, entries_.at(item.track_id));
      if (!part.empty()) return item.track_id + ": " + part;
      if (filter.not_heard_days > 0 && was_heard(item.track_id, filter.not_heard_days)) {
        return item.track_id + ": not_heard_days";
      }
    }
    return {};
  }

  int listed() const { return listed_; }
  int jobs() const { return jobs_; }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  bool was_heard(const std::string& track, std::int32_t days) {
    const auto& heard = heard_[name_];
    const auto found = heard.find(track);
    return found != heard.end() && now_ - found->second < days * kDay;
  }

  Event event() {
    now_ += below(20) == 0 ? below(20) * kDay : kMinute;
    const std::string track = below(6) == 0 ? "segue-composed-" + std::to_string(below(6))
                                            : "t" + std::to_string(below(30));
    const bool skips = below(3) == 0;
    Event event = skips ? skipped(track, "a1", now_) : completed(track, "a1", now_);
    event.user_id = name_ = "listener " + std::to_string(below(3));
    event.id = "e" + std::to_string(now_);
    switch (below(8)) {
      case 0:
      case 1:
        event.type = EventType::request_made;
        event.generate = below(3) == 0;
        event.request = wish();
        return event;
      case 2:
        event.type = EventType::privacy_consent_changed;
        event.consent.personalisation = below(2) == 0;
        event.ai_music.mode = static_cast<AiMode>(below(3));
        return event;
      case 3:
        event.type = EventType::generation_accepted;
        if (const auto& offer = world_.listener(name_).composed.offer) event.job_id = offer->job_id;
        event.track = {};
        return event;
      default:
        break;
    }
    event.private_session = below(12) == 0;
    if (!skips && !event.private_session) heard_[name_][track] = now_;
    return event;
  }

  Filter::Range range(int from, int width) {
    Filter::Range range;
    const int min = from + below(width);
    if (below(3) != 0) range.min = min;
    if (below(3) != 0) range.max = min + below(width);
    return range;
  }

  Request wish() {
    Request request;
    if (below(6) == 0) return request;
    Filter& filter = request.filter;
    if (below(3) == 0) {
      filter.genres = {kind_hash(kSaidGenres[static_cast<std::size_t>(below(4))])};
    }
    if (below(3) == 0) filter.kind = static_cast<Filter::Kind>(below(3));
    if (below(3) == 0) filter.length_ms = range(20'000, 200'000);
    if (below(3) == 0) filter.year = range(1950, 80);
    if (below(3) == 0) filter.not_heard_days = 1 + below(30);
    if (filter.genres.empty() && below(2) == 0) {
      request.wished.genre = kSaidGenres[static_cast<std::size_t>(below(4))];
      request.genre = kind_hash(request.wished.genre);
    }
    if (below(3) == 0)
      request.seeds = {{.track = track_id("t" + std::to_string(below(30))), .artist = {}}};
    return request;
  }

  std::mt19937 random_;
  World world_{{.exploration = 0.5}};
  std::map<std::string, CatalogEntry> entries_;
  std::map<std::string, std::map<std::string, Micros>> heard_;
  std::string name_;
  Micros now_ = kNoon;
  int listed_ = 0;
  int jobs_ = 0;
};

TEST(Filter, nothing_it_leaves_out_is_listed_or_composed) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  int listed = 0;
  int jobs = 0;
  for (unsigned round = 0; round < 20; ++round) {
    FilteredStory story(seed + round);
    for (int i = 0; i < 300; ++i) {
      const std::string wrong = story.wrong();
      ASSERT_EQ(wrong, "") << "round " << round << ", event " << i;
    }
    listed += story.listed();
    jobs += story.jobs();
  }
  EXPECT_GT(listed, 1'000) << "filtered lists must have had something";
  EXPECT_GT(jobs, 5) << "and some pieces must have been composed";
}

TEST(Filter, so_many_days_are_never_less) {
  World world;
  world.play(completed("blue", "miles", kNoon));
  Listener& listener = world.listener();
  listener.session = {};
  listener.context_in_session = 0;

  listener.time = kNoon + 7 * kDay + kSecond - 1;
  EXPECT_EQ(heard_within(listener, 7), std::vector{track_id("blue")});
  listener.time = kNoon + 7 * kDay + kSecond;
  EXPECT_TRUE(heard_within(listener, 7).empty());
}

TEST(Filter, what_is_not_known_of_a_track_is_not_met) {
  World world;
  world.models().enrich(entry("unsaid", "Unsaid", "miles"));
  world.play(completed("blue", "miles", kNoon));
  for (int part = 0; part < 3; ++part) {
    Event asked = ended(EventType::request_made, "", "", kNoon + part * kMinute);
    asked.request.emplace();
    Filter& filter = asked.request->filter;
    if (part == 0) filter.genres = {kind_hash("jazz")};
    if (part == 1) filter.length_ms.max = 10'000'000;
    if (part == 2) filter.year.min = 1'000;

    const Effects effects = world.play(asked);

    ASSERT_TRUE(effects.recommendation);
    EXPECT_TRUE(effects.recommendation->items.empty()) << part;
    ASSERT_TRUE(effects.recommendation->offer) << part;
    EXPECT_EQ(effects.recommendation->offer->text, "Nothing was found that meets your filter.");
    EXPECT_EQ(effects.recommendation->offer->job_id, "");
  }
}

}  // namespace
}  // namespace segue::test
