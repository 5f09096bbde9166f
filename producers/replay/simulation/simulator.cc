#include <functional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "core/check.h"
#include "producers/replay/files/listening.h"
#include "producers/replay/simulation/simulated_listener.h"
#include "producers/replay/simulation/world.h"

namespace segue {
namespace {

// A listener's next act.
enum class Phase : std::uint8_t { begin_session, start, opinion, end };

// The part of the listeners that is about to press play when the simulation begins.
constexpr double kListeningAtFirst = 0.1;
// Silence that separates one session from the next.
constexpr Micros kBetweenSessions = 30 * kMinute;
constexpr std::uint32_t kFirstMinutesMs = 120'000;

std::string_view reason_text(PlayReason reason) {
  switch (reason) {
    case PlayReason::playbtn:
      return "playbtn";
    case PlayReason::clickrow:
      return "clickrow";
    case PlayReason::trackdone:
      return "trackdone";
    case PlayReason::fwdbtn:
      break;
  }
  return "fwdbtn";
}

// One listener's place in the stream of events.
struct Seat {
  SimulatedListener listener;
  Phase phase = Phase::begin_session;
  std::uint32_t session = 0;
  std::uint32_t seq = 0;
  std::uint32_t play_number = 0;
  Micros started = 0;
  SimulatedPlay play;
};

// Keeps every listener's next moment in a queue and always takes the earliest.
class Simulator final : public Listening {
 public:
  explicit Simulator(const Simulation& parameters)
      : parameters_(parameters), world_(parameters), shared_{.world = world_} {
    const auto count = static_cast<std::uint32_t>(parameters.listeners);
    seats_.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) seat(i);
  }

  std::optional<EventDraft> next() override {
    if (parameters_.events_max > 0 && events_ >= parameters_.events_max) return std::nullopt;
    while (true) {
      const auto [time, index] = moments_.top();
      moments_.pop();
      if (auto draft = advance(index, time)) {
        ++events_;
        return draft;
      }
    }
  }

  double progress() const override {
    if (parameters_.events_max == 0) return -1;
    return static_cast<double>(events_) / static_cast<double>(parameters_.events_max);
  }

 private:
  using Moment = std::pair<Micros, std::uint32_t>;  // since the start; whose: breaks ties

  void seat(std::uint32_t index) {
    const std::uint64_t seed = Random::mixed(Random::mixed(parameters_.seed + 1) + index);
    seats_.push_back({.listener = SimulatedListener(shared_, seed), .play = {}});
    Random random(Random::mixed(seed));
    const Micros first = random.chance(kListeningAtFirst)
                             ? random.below(kFirstMinutesMs) * kMillisecond
                             : seats_.back().listener.next_session(0);
    moments_.emplace(first, index);
  }

  // Takes one listener a step further; sometimes a step makes no event.
  std::optional<EventDraft> advance(std::uint32_t index, Micros now) {
    Seat& seat = seats_[index];
    switch (seat.phase) {
      case Phase::begin_session:
        seat.listener.begin_session(now);
        ++seat.session;
        seat.seq = seat.play_number = 0;
        seat.phase = Phase::start;
        [[fallthrough]];
      case Phase::start:
        return start(seat, index, now);
      case Phase::opinion: {
        EventDraft draft = about_play(seat, index, now, opinion_event(seat.play.opinion));
        if (draft.type == EventType::feedback_rated)
          draft.score = seat.play.opinion == Opinion::liked ? 1 : -1;
        moments_.emplace(seat.started + seat.play.played_ms * kMillisecond, index);
        seat.phase = Phase::end;
        return draft;
      }
      case Phase::end:
        break;
    }
    return end(seat, index, now);
  }

  std::optional<EventDraft> start(Seat& seat, std::uint32_t index, Micros now) {
    const auto play = seat.listener.next_play(shared_);
    if (!play) {
      moments_.emplace(seat.listener.next_session(now + kBetweenSessions), index);
      seat.phase = Phase::begin_session;
      return std::nullopt;
    }
    seat.play = *play;
    seat.started = now;
    ++seat.play_number;
    EventDraft draft = about_play(seat, index, now, EventType::playback_started);
    draft.reason = reason_text(play->reason);
    draft.duration_ms = world_.track(play->track).duration_ms;
    const bool speaks = play->opinion != Opinion::none;
    const std::int32_t until_ms = speaks ? play->played_ms / 3 * 2 : play->played_ms;
    seat.phase = speaks ? Phase::opinion : Phase::end;
    moments_.emplace(now + until_ms * kMillisecond, index);
    return draft;
  }

  EventDraft end(Seat& seat, std::uint32_t index, Micros now) {
    const bool skipped = seat.play.end == PlayEnd::skipped;
    EventDraft draft = about_play(
        seat, index, now, skipped ? EventType::playback_skipped : EventType::playback_completed);
    draft.reason = skipped ? "fwdbtn" : "trackdone";
    draft.duration_ms = world_.track(seat.play.track).duration_ms;
    draft.played_ms = seat.play.played_ms;
    seat.phase = Phase::start;
    moments_.emplace(now + seat.play.pause_after, index);
    return draft;
  }

  static EventType opinion_event(Opinion opinion) {
    return opinion == Opinion::saved ? EventType::feedback_saved : EventType::feedback_rated;
  }

  // The seed stands in every name: two simulations on one log are two crowds.
  EventDraft about_play(Seat& seat, std::uint32_t index, Micros now, EventType type) const {
    const std::string user = "l" + std::to_string(parameters_.seed) + "-" + std::to_string(index);
    const std::string session = user + "-s" + std::to_string(seat.session);
    ++seat.seq;
    EventDraft draft;
    draft.type = type;
    draft.id = session + "-e" + std::to_string(seat.seq);
    draft.user_id = user;
    draft.session_id = session;
    draft.seq = seat.seq;
    draft.play_id = session + "-p" + std::to_string(seat.play_number);
    draft.track_id = world_.track_id(seat.play.track);
    draft.artist_id = world_.artist_id(world_.track(seat.play.track).artist);
    draft.time = parameters_.start + now;
    return draft;
  }

  Simulation parameters_;
  World world_;
  SharedHabits shared_;
  std::vector<Seat> seats_;
  std::priority_queue<Moment, std::vector<Moment>, std::greater<>> moments_;
  std::int64_t events_ = 0;
};

}  // namespace

std::unique_ptr<Listening> simulate(const Simulation& parameters) {
  SEGUE_CHECK(parameters.listeners > 0 && parameters.tracks >= 50);
  return std::make_unique<Simulator>(parameters);
}

std::vector<CatalogEntry> catalog_of(const Simulation& parameters) {
  return World(parameters).catalog();
}

}  // namespace segue
