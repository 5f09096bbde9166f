#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/time.h"
#include "producers/replay/simulation/random.h"
#include "producers/replay/simulation/world.h"

namespace segue {

// The last tracks that a listener heard to the end. Drawing prefers the recent ones, and what was
// played often stands there often: recency and frequency, the two parts of the base-level
// activation of ACT-R (Anderson and Schooler, 1991).
class PlayHistory {
 public:
  static constexpr std::uint32_t kPlaysMax = 128;
  // A track among the last plays is not wanted again yet.
  static constexpr std::uint32_t kTooRecent = 6;

  void add(TrackNumber track) { plays_[count_++ % kPlaysMax] = track; }
  std::optional<TrackNumber> draw(Random& random, const LongTail& recency) const;

 private:
  std::array<TrackNumber, kPlaysMax> plays_{};
  std::uint32_t count_ = 0;
};

enum class PlayEnd : std::uint8_t { completed, skipped };
enum class Opinion : std::uint8_t { none, liked, disliked, saved };
enum class PlayReason : std::uint8_t { playbtn, clickrow, trackdone, fwdbtn };

// One play, decided when it starts.
struct SimulatedPlay {
  TrackNumber track = 0;
  PlayReason reason = PlayReason::trackdone;
  PlayEnd end = PlayEnd::completed;
  Opinion opinion = Opinion::none;
  std::int32_t played_ms = 0;
  Micros pause_after = 0;  // until the next play, if the session goes on
};

// The parts that all listeners share.
struct SharedHabits {
  const World& world;
  LongTail recency{PlayHistory::kPlaysMax, 4};
};

// A listener's taste and habits, and the session they are in. A session has a mood; tracks come in
// runs from an album, an artist, a playlist, the listener's own past, or by discovery. Sometimes
// the mood turns in mid-session: what the player still has in its queue no longer fits, is skipped,
// and the listener chooses again.
class SimulatedListener {
 public:
  SimulatedListener(const SharedHabits& shared, std::uint64_t seed);

  // When the next session begins, not before `time` (since the simulation's start).
  Micros next_session(Micros time);
  void begin_session(Micros time);
  // The session's next play; none when it is over.
  std::optional<SimulatedPlay> next_play(const SharedHabits& shared);

 private:
  static constexpr std::uint32_t kFavourites = 8;
  enum class Run : std::uint8_t { album, artist, playlist, own, discovery };

  void turn_mood();
  void choose_run(const SharedHabits& shared);
  Run draw_run();
  std::uint32_t draw_genre();
  ArtistIndex draw_artist(const World& world);
  TrackNumber next_track(const SharedHabits& shared);
  TrackNumber fitting_track_by(const World& world, ArtistIndex artist);
  TrackNumber own_track(const SharedHabits& shared);
  double skip_probability(const World& world, TrackNumber track) const;
  void decide_end(const World& world, SimulatedPlay& play);
  Opinion draw_opinion(const World& world, const SimulatedPlay& play);

  Random random_;
  PlayHistory history_;
  std::array<std::uint8_t, 3> genres_{};  // the favourite first
  std::array<ArtistIndex, kFavourites> artists_{};
  std::array<std::uint8_t, 4> daypart_moods_{};
  std::array<float, 5> run_weights_{};  // by Run
  float sessions_a_day_ = 1;
  std::uint8_t hours_ahead_ = 0;  // of the simulation's clock

  std::uint8_t mood_ = 0;
  std::uint32_t plays_left_ = 0;
  std::uint32_t plays_to_turn_ = 0;  // 0: the mood stays
  std::uint32_t queued_ = 0;         // of the old mood, after a turn
  bool skipped_before_ = false;
  bool first_play_ = true;
  Run run_ = Run::discovery;
  std::uint32_t run_left_ = 0;
  TrackNumber album_next_ = 0;
  ArtistIndex run_artist_ = 0;
  std::uint32_t run_playlist_ = 0;
  std::uint32_t playlist_next_ = 0;
  bool shuffled_ = false;
};

}  // namespace segue
