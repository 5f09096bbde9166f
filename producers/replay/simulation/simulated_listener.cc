#include "producers/replay/simulation/simulated_listener.h"

#include <algorithm>

namespace segue {
namespace {

// How much is listened in each hour of the listener's day, relative to the mean.
constexpr std::array<double, 24> kRhythm = {0.4, 0.2, 0.1, 0.1, 0.1, 0.2, 0.6, 1.1,
                                            1.4, 1.3, 1.1, 1.1, 1.2, 1.2, 1.1, 1.1,
                                            1.3, 1.6, 1.7, 1.6, 1.5, 1.4, 1.1, 0.7};
// The simulation's clock begins here in the day, whatever its start: the first minutes of a
// demonstration show an evening, not a night.
constexpr Micros kFirstHour = 16 * kHour;
constexpr Micros kSlot = 30 * kMinute;  // of a day, in which a session may begin or not
constexpr std::uint32_t kTimeZones = 6;

constexpr std::uint32_t kSessionPlaysMin = 4;
constexpr std::uint32_t kSessionPlaysMax = 22;
constexpr double kTurnProbability = 0.3;
constexpr std::uint32_t kQueuedMin = 2;
constexpr std::uint32_t kQueuedMax = 4;
constexpr int kTriesForMood = 6;

struct RunLength {
  std::uint32_t min = 1;
  std::uint32_t max = 1;
};
// By Run: album, artist, playlist, own, discovery.
constexpr std::array<RunLength, 5> kRunLengths = {{{4, 12}, {3, 7}, {5, 14}, {3, 8}, {2, 5}}};
constexpr std::array<float, 5> kRunWeights = {0.14F, 0.2F, 0.25F, 0.27F, 0.14F};

Micros milliseconds(std::uint32_t n) { return Micros{n} * kMillisecond; }

}  // namespace

std::optional<TrackNumber> PlayHistory::draw(Random& random, const LongTail& recency) const {
  const std::uint32_t kept = std::min(count_, kPlaysMax);
  if (kept <= kTooRecent) return std::nullopt;
  const std::uint32_t age = kTooRecent + recency.draw(random, kept - kTooRecent);
  return plays_[(count_ - 1 - age) % kPlaysMax];
}

SimulatedListener::SimulatedListener(const SharedHabits& shared, std::uint64_t seed)
    : random_(seed) {
  const World& world = shared.world;
  for (std::uint8_t& genre : genres_)
    genre = static_cast<std::uint8_t>(random_.below(world.genres()));
  for (ArtistIndex& artist : artists_) artist = world.draw_artist(random_, draw_genre());
  for (std::uint8_t& mood : daypart_moods_)
    mood = static_cast<std::uint8_t>(random_.below(song_names::kMoods));
  for (std::size_t i = 0; i < run_weights_.size(); ++i)
    run_weights_[i] = kRunWeights[i] * static_cast<float>(0.4 + 1.2 * random_.unit());
  sessions_a_day_ = static_cast<float>(0.6 + 2.4 * random_.unit());
  hours_ahead_ = static_cast<std::uint8_t>(random_.below(kTimeZones));
}

Micros SimulatedListener::next_session(Micros time) {
  constexpr double kSlotsADay = static_cast<double>(kDay) / static_cast<double>(kSlot);
  // From slot to slot, so that nothing depends on how a library rounds a logarithm.
  for (Micros slot = time;; slot += kSlot) {
    const Micros local = slot + kFirstHour + hours_ahead_ * kHour;
    const double weight = kRhythm[static_cast<std::size_t>(local / kHour % 24)];
    if (!random_.chance(sessions_a_day_ * weight / kSlotsADay)) continue;
    return slot + milliseconds(random_.below(static_cast<std::uint32_t>(kSlot / kMillisecond)));
  }
}

void SimulatedListener::begin_session(Micros time) {
  const Micros local = time + kFirstHour + hours_ahead_ * kHour;
  const auto daypart = static_cast<std::size_t>(local / (6 * kHour) % 4);
  mood_ = random_.chance(0.7) ? daypart_moods_[daypart]
                              : static_cast<std::uint8_t>(random_.below(song_names::kMoods));
  plays_left_ = random_.between(kSessionPlaysMin, kSessionPlaysMax);
  plays_to_turn_ = random_.chance(kTurnProbability) ? random_.between(2, plays_left_) : 0;
  queued_ = 0;
  run_left_ = 0;
  skipped_before_ = false;
  first_play_ = true;
}

std::optional<SimulatedPlay> SimulatedListener::next_play(const SharedHabits& shared) {
  if (plays_left_ == 0) return std::nullopt;
  --plays_left_;
  if (plays_to_turn_ > 0 && --plays_to_turn_ == 0) turn_mood();
  const bool choosing = run_left_ == 0;
  if (choosing) choose_run(shared);
  --run_left_;

  SimulatedPlay play{.track = next_track(shared)};
  if (first_play_)
    play.reason = PlayReason::playbtn;
  else if (choosing)
    play.reason = PlayReason::clickrow;
  else
    play.reason = skipped_before_ ? PlayReason::fwdbtn : PlayReason::trackdone;
  decide_end(shared.world, play);
  play.opinion = draw_opinion(shared.world, play);
  if (queued_ > 0 && --queued_ == 0) run_left_ = 0;
  first_play_ = false;
  skipped_before_ = play.end == PlayEnd::skipped;
  if (!skipped_before_) history_.add(play.track);
  play.pause_after = milliseconds(random_.between(200, 2'500));
  if (random_.chance(0.03)) play.pause_after += random_.between(20, 400) * kSecond;
  return play;
}

// Queued tracks of a run are still to come; then the listener chooses again. A run that
// has just ended leaves nothing in the queue.
void SimulatedListener::turn_mood() {
  mood_ = static_cast<std::uint8_t>((mood_ + random_.between(2, 3)) % song_names::kMoods);
  if (run_left_ == 0) return;
  queued_ = random_.between(kQueuedMin, kQueuedMax);
  plays_left_ = std::max(plays_left_, queued_ + 4);
  run_left_ = std::max(run_left_, queued_);
}

SimulatedListener::Run SimulatedListener::draw_run() {
  float sum = 0;
  for (const float weight : run_weights_) sum += weight;
  float left = static_cast<float>(random_.unit()) * sum;
  for (std::size_t i = 0; i + 1 < run_weights_.size(); ++i) {
    left -= run_weights_[i];
    if (left < 0) return static_cast<Run>(i);
  }
  return Run::discovery;
}

void SimulatedListener::choose_run(const SharedHabits& shared) {
  const World& world = shared.world;
  queued_ = 0;
  run_ = draw_run();
  const RunLength length = kRunLengths[static_cast<std::size_t>(run_)];
  run_left_ = random_.between(length.min, length.max);
  switch (run_) {
    case Run::album:
      run_artist_ = draw_artist(world);
      // An album is mostly heard from its beginning.
      album_next_ = fitting_track_by(world, run_artist_);
      while (album_next_ > 0 && world.same_album(album_next_, album_next_ - 1)) --album_next_;
      break;
    case Run::artist:
      run_artist_ = draw_artist(world);
      break;
    case Run::playlist: {
      const std::uint32_t genre = draw_genre();
      run_playlist_ = world.draw_playlist(random_, genre, mood_);
      playlist_next_ = random_.chance(0.6) ? 0 : random_.below(16);
      shuffled_ = random_.chance(0.4);
      break;
    }
    case Run::own:
    case Run::discovery:
      break;
  }
}

std::uint32_t SimulatedListener::draw_genre() {
  const double u = random_.unit();
  if (u < 0.6) return genres_[0];
  return u < 0.85 ? genres_[1] : genres_[2];
}

ArtistIndex SimulatedListener::draw_artist(const World& world) {
  if (random_.chance(0.7)) return artists_[random_.below(kFavourites)];
  return world.draw_artist(random_, draw_genre());
}

TrackNumber SimulatedListener::next_track(const SharedHabits& shared) {
  const World& world = shared.world;
  switch (run_) {
    case Run::album: {
      const TrackNumber track = album_next_++;
      if (!world.same_album(track, album_next_)) run_left_ = 0;
      return track;
    }
    case Run::artist:
      return fitting_track_by(world, run_artist_);
    case Run::playlist: {
      const Playlist& list = world.playlist(run_playlist_);
      const auto length = static_cast<std::uint32_t>(list.size());
      if (shuffled_) return list[random_.below(length)];
      const TrackNumber track = list[playlist_next_++ % length];
      if (playlist_next_ == length) run_left_ = 0;
      return track;
    }
    case Run::own:
      return own_track(shared);
    case Run::discovery:
      break;
  }
  return fitting_track_by(world, world.draw_artist(random_, draw_genre()));
}

TrackNumber SimulatedListener::fitting_track_by(const World& world, ArtistIndex artist) {
  TrackNumber track = world.draw_track(random_, artist);
  for (int i = 1; i < kTriesForMood && world.track(track).mood != mood_; ++i)
    track = world.draw_track(random_, artist);
  return track;
}

TrackNumber SimulatedListener::own_track(const SharedHabits& shared) {
  std::optional<TrackNumber> track = history_.draw(random_, shared.recency);
  if (!track) return fitting_track_by(shared.world, artists_[random_.below(kFavourites)]);
  for (int i = 1; i < kTriesForMood && shared.world.track(*track).mood != mood_; ++i)
    track = history_.draw(random_, shared.recency);
  return *track;
}

double SimulatedListener::skip_probability(const World& world, TrackNumber track) const {
  // By how far the track is from the mood; the higher while the player still serves the old one.
  constexpr std::array<double, 3> kCalm = {0.03, 0.07, 0.22};
  constexpr std::array<double, 3> kTurned = {0.1, 0.5, 0.9};
  const std::uint32_t distance = mood_distance(world.track(track).mood, mood_);
  return queued_ > 0 ? kTurned[distance] : kCalm[distance];
}

void SimulatedListener::decide_end(const World& world, SimulatedPlay& play) {
  const std::int32_t duration_ms = world.track(play.track).duration_ms;
  if (!random_.chance(skip_probability(world, play.track))) {
    play.played_ms = duration_ms;
    return;
  }
  play.end = PlayEnd::skipped;
  // Most skips come in the first seconds, some when the song has begun to bore.
  const bool early = random_.chance(0.8);
  play.played_ms = static_cast<std::int32_t>(
      early ? random_.between(1'500, 25'000)
            : random_.between(25'000, static_cast<std::uint32_t>(duration_ms) * 3 / 4));
}

Opinion SimulatedListener::draw_opinion(const World& world, const SimulatedPlay& play) {
  const double u = random_.unit();
  if (play.end == PlayEnd::skipped) return u < 0.02 ? Opinion::disliked : Opinion::none;
  const ArtistIndex artist = world.track(play.track).artist;
  const bool favourite = std::ranges::find(artists_, artist) != artists_.end();
  if (u < (favourite ? 0.03 : 0.01)) return Opinion::liked;
  if (u < (favourite ? 0.045 : 0.015)) return Opinion::saved;
  return Opinion::none;
}

}  // namespace segue
