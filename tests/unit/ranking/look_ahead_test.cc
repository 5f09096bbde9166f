#include <gtest/gtest.h>

#include <random>
#include <string>

#include "loadtest/evaluate/run/prequential.h"
#include "tests/unit/world.h"

// A list is scored on what was played after it was published: nothing of that play may be in it,
// nor in what the ranker learns from, however many listeners take turns.
namespace segue::test {
namespace {

constexpr int kListeners = 700;
constexpr int kRounds = 8;
constexpr int kTracksAnArtist = 4;

EventDraft listen(int listener, int round, std::string track, std::string artist) {
  EventDraft draft;
  draft.type = EventType::playback_completed;
  draft.id = std::to_string(listener) + "/" + std::to_string(round);
  draft.user_id = "listener-" + std::to_string(listener);
  draft.session_id = "only";
  draft.seq = static_cast<std::uint64_t>(round + 1);
  draft.play_id = draft.id;
  draft.track_id = std::move(track);
  draft.artist_id = std::move(artist);
  draft.time = kNoon + (round * kListeners + listener) * kSecond;
  return draft;
}

// Plays kRounds listens of each listener in turn; `track` names the track of each.
struct Figures {
  int scored = 0;
  int hits = 0;
  int proposed = 0;
};
template <class Name>
Figures figures_of_second_half(Name track) {
  Prequential production(Tuning{.candidates_max = 32, .network = false}, 1);
  Figures figures;
  for (int round = 0; round < kRounds; ++round) {
    for (int listener = 0; listener < kListeners; ++listener) {
      const auto [name, artist] = track(listener, round);
      const auto played = production.play(listen(listener, round, name, artist));
      if (round < kRounds / 2 || !played.effects.score) continue;
      ++figures.scored;
      figures.hits += played.effects.score->rank > 0 ? 1 : 0;
      figures.proposed += played.effects.score->candidate ? 1 : 0;
    }
  }
  return figures;
}

std::string artist_of(int listener) { return "artist-" + std::to_string(listener % 50); }

TEST(LookAhead, a_track_that_was_never_played_is_never_hit) {
  const Figures figures = figures_of_second_half([](int listener, int round) {
    const std::string artist = artist_of(listener);
    const bool fresh = round >= kRounds / 2;
    const std::string track = fresh ? std::to_string(listener) + "-" + std::to_string(round)
                                    : std::to_string((listener + round) % kTracksAnArtist);
    return std::pair(artist + "/" + track, artist);
  });

  EXPECT_EQ(figures.scored, kListeners * kRounds / 2);
  EXPECT_EQ(figures.hits, 0);
  EXPECT_EQ(figures.proposed, 0) << "nor is it learned from";
}

TEST(LookAhead, shuffled_tracks_are_hit_by_chance_alone) {
  constexpr int kTracks = 2'000;
  std::mt19937 random(17);
  const Figures figures = figures_of_second_half([&](int, int) {
    const auto track = random() % kTracks;
    return std::pair("t" + std::to_string(track), "artist-" + std::to_string(track % 50));
  });

  EXPECT_EQ(figures.scored, kListeners * kRounds / 2);
  EXPECT_LT(figures.hits, figures.scored * 2 * 20 / kTracks) << "chance is 20 in " << kTracks;
}

TEST(LookAhead, the_same_artists_tracks_are_hit_when_they_are_known) {
  const Figures figures = figures_of_second_half([](int listener, int round) {
    const std::string artist = artist_of(listener);
    return std::pair(artist + "/" + std::to_string((listener + round) % kTracksAnArtist), artist);
  });

  EXPECT_GT(figures.hits, figures.scored / 2) << "so that the two above can fail";
}

}  // namespace
}  // namespace segue::test
