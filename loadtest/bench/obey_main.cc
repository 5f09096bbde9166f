// Listeners whose players obey the lists: an hour of playing the list in its order. They have
// tastes that the recommender never sees, let a track through, skip it or leave for good.
//
//     segue-obey-bench [LISTENERS] [SEED]
//
// A stand of 200 simulated listeners and 5,000 tracks has been learned before. One line a figure.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <map>
#include <optional>
#include <string>

#include "core/check.h"
#include "loadtest/bench/played.h"
#include "producers/replay/simulation/world.h"

namespace segue {
namespace {

constexpr Micros kListensFor = kHour;
constexpr Micros kBegin = 1'782'864'000 * kSecond;  // 2026-07-01, after the stand's own listening

// A track's duration is not over before it is skipped, but the session goes on at once.
constexpr std::int32_t kSkipAfterMs = 8'000;

// Chances to skip: of a liked genre by how far the mood is, of another genre, of what was heard in
// this hour already.
constexpr std::array<double, 3> kSkipInTaste = {0.05, 0.2, 0.5};
constexpr double kSkipOutOfTaste = 0.75;
constexpr double kSkipAgain = 0.8;
// Chances to leave for good after a skip, by skips in a row; after a track heard again; and after a
// fourth track of one artist in a row.
constexpr std::array<double, 4> kLeaveAfterSkips = {0, 0.02, 0.1, 0.3};
constexpr double kLeaveAgain = 0.15;
constexpr double kLeaveSameArtist = 0.1;
constexpr int kSameArtist = 4;

enum class Leaves : std::uint8_t { no, heard_again, one_artist, skips };

struct Totals {
  int listeners = 0;
  int plays = 0;
  int skips = 0;
  int again = 0;             // plays of what was heard in the hour already
  double artists_share = 0;  // of the most played artist, sum over listeners
  double minutes = 0;
  std::array<int, 4> left{};  // by Leaves
};

class ObedientListener {
 public:
  ObedientListener(const World& world, Played& stand, int number, std::uint64_t seed)
      : world_(world), stand_(stand), random_(seed), name_("obedient-" + std::to_string(number)) {
    for (std::uint8_t& genre : genres_) {
      genre = static_cast<std::uint8_t>(random_.below(world.genres()));
    }
    mood_ = static_cast<std::uint8_t>(random_.below(song_names::kMoods));
    time_ = kBegin + number * kMinute;
  }

  void listen(Totals& totals) {
    const Micros until = time_ + kListensFor;
    const Micros began = time_;
    std::optional<TrackNumber> track = first_choice();
    Leaves leaves = Leaves::no;
    while (track && leaves == Leaves::no && time_ < until) {
      leaves = play(*track, totals);
      track = next_of_list();
    }
    ++totals.listeners;
    ++totals.left[static_cast<std::size_t>(leaves)];
    totals.minutes += seconds_of(time_ - began) / 60;
    int most = 0;
    for (const auto& [artist, plays] : plays_of_artist_) most = std::max(most, plays);
    totals.artists_share += static_cast<double>(most) / std::max(1, plays_);
  }

 private:
  TrackNumber first_choice() {
    const ArtistIndex artist = world_.draw_artist(random_, genres_[0]);
    return world_.draw_track(random_, artist);
  }

  std::optional<TrackNumber> next_of_list() {
    if (list_.empty()) return std::nullopt;
    const auto found = by_id().find(list_.front());
    SEGUE_CHECK(found != by_id().end());
    return found->second;
  }

  Leaves play(TrackNumber track, Totals& totals) {
    const bool again = ++heard_[track] > 1;
    const ArtistIndex artist = world_.track(track).artist;
    run_ = artist == run_artist_ ? run_ + 1 : 1;
    run_artist_ = artist;
    ++plays_of_artist_[artist];
    ++totals.plays;
    totals.again += again ? 1 : 0;
    const bool skips =
        random_.chance(again ? std::max(kSkipAgain, dislike(track)) : dislike(track));
    totals.skips += skips ? 1 : 0;
    tell(EventType::playback_started, track, 0);
    const std::int32_t played_ms = skips ? kSkipAfterMs : world_.track(track).duration_ms;
    time_ += played_ms * kMillisecond;
    tell(skips ? EventType::playback_skipped : EventType::playback_completed, track, played_ms);
    ++plays_;
    skips_in_a_row_ = skips ? skips_in_a_row_ + 1 : 0;
    const auto in_a_row = std::min<std::size_t>(static_cast<std::size_t>(skips_in_a_row_),
                                                kLeaveAfterSkips.size() - 1);
    if (again && random_.chance(kLeaveAgain)) return Leaves::heard_again;
    if (run_ >= kSameArtist && random_.chance(kLeaveSameArtist)) return Leaves::one_artist;
    return random_.chance(kLeaveAfterSkips[in_a_row]) ? Leaves::skips : Leaves::no;
  }

  double dislike(TrackNumber track) const {
    if (std::ranges::find(genres_, world_.genre_of(track)) == genres_.end()) return kSkipOutOfTaste;
    return kSkipInTaste[mood_distance(world_.track(track).mood, mood_)];
  }

  // As the SDK does: the first play was chosen, all others are the player's, from our list.
  void tell(EventType type, TrackNumber track, std::int32_t played_ms) {
    EventDraft draft;
    draft.type = type;
    draft.id = name_ + "/" + std::to_string(++seq_);
    draft.user_id = name_;
    draft.session_id = name_ + "-1";
    draft.seq = seq_;
    draft.play_id = name_ + "/" + std::to_string(plays_);
    draft.track_id = world_.track_id(track);
    draft.artist_id = world_.artist_id(world_.track(track).artist);
    draft.time = time_;
    draft.duration_ms = world_.track(track).duration_ms;
    draft.played_ms = played_ms;
    const bool chosen = plays_ == 0;
    const std::string why = chosen ? "clickrow" : skips_in_a_row_ > 0 ? "fwdbtn" : "trackdone";
    (type == EventType::playback_started ? draft.reason : draft.reason_start) = why;
    if (!chosen) draft.rec_id = "list";
    const EncodedEvent encoded = encode(draft, "/segue/bench");
    const Effects effects = stand_.play({.partition = 0,
                                         .offset = next_offset_++,
                                         .timestamp = draft.time,
                                         .key = encoded.key,
                                         .value = encoded.value,
                                         .headers = encoded.headers});
    if (!effects.recommendation) return;
    list_.clear();
    for (const RecommendedTrack& item : effects.recommendation->items) {
      list_.push_back(item.track_id);
    }
  }

  const std::map<std::string, TrackNumber>& by_id() const {
    static const std::map<std::string, TrackNumber> ids = [&] {
      std::map<std::string, TrackNumber> made;
      const auto tracks = static_cast<TrackNumber>(world_.catalog().size());
      for (TrackNumber t = 0; t < tracks; ++t) made.emplace(world_.track_id(t), t);
      return made;
    }();
    return ids;
  }

  const World& world_;
  Played& stand_;
  Random random_;
  std::string name_;
  std::array<std::uint8_t, 2> genres_{};
  std::uint8_t mood_ = 0;
  Micros time_ = 0;
  std::uint64_t seq_ = 0;
  int plays_ = 0;
  int skips_in_a_row_ = 0;
  int run_ = 0;
  ArtistIndex run_artist_ = 0xFFFFFFFF;
  std::map<TrackNumber, int> heard_;
  std::map<ArtistIndex, int> plays_of_artist_;
  std::vector<std::string> list_;
  static inline std::int64_t next_offset_ = 10'000'000;
};

void print(const Totals& totals) {
  const double listeners = totals.listeners;
  const double plays = totals.plays;
  const auto left = [&](Leaves why) {
    return 100 * totals.left[static_cast<std::size_t>(why)] / listeners;
  };
  std::printf("listeners                                 %6d\n", totals.listeners);
  std::printf("plays a listener                          %6.1f\n", plays / listeners);
  std::printf("plays of what the hour had already        %6.1f %%\n", 100 * totals.again / plays);
  std::printf("share of a listener's most played artist  %6.1f %%\n",
              100 * totals.artists_share / listeners);
  std::printf("plays skipped                             %6.1f %%\n", 100 * totals.skips / plays);
  std::printf("listened until they left, of the hour     %6.1f min\n", totals.minutes / listeners);
  std::printf("left after a track heard again            %6.1f %%\n", left(Leaves::heard_again));
  std::printf("left after one artist in a row            %6.1f %%\n", left(Leaves::one_artist));
  std::printf("left after skips                          %6.1f %%\n", left(Leaves::skips));
  std::printf("stayed                                    %6.1f %%\n", left(Leaves::no));
}

int number(const char* text, const char* name) {
  int value = 0;
  const std::string given(text);
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), value);
  if (error == std::errc{} && end == given.data() + given.size() && value > 0) return value;
  std::fprintf(stderr, "segue-obey-bench: %s must be a number above 0, not %s\n", name, text);
  std::exit(2);
}

int run(int argc, char** argv) {
  const int listeners = argc > 1 ? number(argv[1], "LISTENERS") : 300;
  const int seed = argc > 2 ? number(argv[2], "SEED") : 1;
  std::printf("seed %d\n", seed);
  const World world(Simulation{.seed = 1});
  Played stand;
  for (const CatalogEntry& entry : world.catalog()) stand.models.enrich(entry);
  for (std::size_t i = 0; i < kPlayedEvents; ++i) stand.play(records()[i]);
  Totals totals;
  for (int i = 0; i < listeners; ++i) {
    const auto drawn =
        Random::mixed(static_cast<std::uint64_t>(seed) * 1'000'003 + static_cast<std::uint64_t>(i));
    ObedientListener(world, stand, i, drawn).listen(totals);
  }
  print(totals);
  return 0;
}

}  // namespace
}  // namespace segue

int main(int argc, char** argv) { return segue::run(argc, argv); }
