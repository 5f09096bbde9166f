#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/world.h"

// The foundation of a replay after a crash: the same log, the same acceptance, counts and signals.
namespace segue::test {
namespace {

// Everything an app may send, with retries, reordering, late numbers and private plays in between.
std::vector<Event> any_events(std::uint32_t seed, int count) {
  std::mt19937 random(seed);
  std::vector<Event> events;
  for (int i = 0; i < count; ++i) {
    if (i > 10 && random() % 10 == 0) {
      events.push_back(events[events.size() - 1 - random() % 10]);
      continue;
    }
    const std::string artist = std::to_string(random() % 8);
    Event event = completed("t" + artist + std::to_string(random() % 6),
                            random() % 5 == 0 ? "" : "a" + artist,
                            kNoon + i * kMinute - static_cast<Micros>(random() % 3) * kMinute);
    event.type = static_cast<EventType>(random() % 7);
    if (random() % 2 == 0) event.type = EventType::playback_completed;
    event.user_id = "l" + std::to_string(random() % 3);
    const int session = i / 40;
    if (random() % 8 != 0) {
      event.session = session_id(event.user_id + std::to_string(session));
      event.seq = static_cast<std::uint64_t>(i - session * 40 + 1 + (random() % 50 == 0 ? 300 : 0));
    }
    if (random() % 2 == 0) event.play = play_id(std::to_string(i / 2));
    event.private_session = random() % 12 == 0;
    event.played_fraction = random() % 3 == 0 ? static_cast<float>(random() % 100) / 100 : -1;
    event.offset = i;
    events.push_back(event);
  }
  for (std::size_t i = 0; i < events.size(); ++i) events[i].offset = static_cast<std::int64_t>(i);
  return events;
}

// The effects that must not depend on the models.
struct Accepted {
  std::vector<Outcome> outcomes;
  std::vector<ItemSignal> signals;
  std::vector<std::string> counts;
  bool operator==(const Accepted&) const = default;
};

class Replayed {
 public:
  explicit Replayed(ItemModels models, const Tuning& tuning = {})
      : tuning_(tuning), models_(std::move(models)) {}

  void play(const Event& event) {
    Listener& listener = listeners_[event.user_id];
    Effects effects = step(listener, ranker_, event, models_, tuning_, memory_);
    accepted.outcomes.push_back(effects.outcome);
    for (ItemSignal& signal : effects.signals) {
      signal.listener = {};  // a vector follows the models, and so may differ
      accepted.signals.push_back(std::move(signal));
    }
    accepted.counts.push_back(event.user_id + " " + std::to_string(listener.events) + " " +
                              std::to_string(listener.listens) + " " +
                              std::to_string(listener.last_offset));
    if (effects.recommendation) lists.push_back(segue::encode(*effects.recommendation));
  }
  void forget_caches() {
    for (auto& [name, listener] : listeners_) listener = *decode_listener(encode(listener));
    ranker_ = *decode_ranker(encode(ranker_));
  }

  Accepted accepted;
  std::vector<std::string> lists;

 private:
  Tuning tuning_;
  ItemModels models_;
  Ranker ranker_;
  RankingMemory memory_;
  std::map<std::string, Listener> listeners_;
};

ItemModels no_models() { return ItemModels(Tuning{}); }

const ItemModels& full_models() {
  static const ItemModels kModels = [] {
    World world;
    for (const Event& event : any_events(99, 300)) world.play(event);
    return world.models();
  }();
  return kModels;
}

TEST(StepReplay, the_same_log_gives_the_same_lists) {
  for (std::uint32_t seed = 1; seed <= 2; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Replayed once(full_models());
    Replayed twice(full_models());
    for (const Event& event : any_events(seed, 400)) {
      once.play(event);
      twice.play(event);
    }

    EXPECT_EQ(once.accepted, twice.accepted);
    EXPECT_EQ(once.lists, twice.lists);
    EXPECT_GT(once.lists.size(), 100U);
  }
}

TEST(StepReplay, acceptance_counts_and_signals_do_not_depend_on_models) {
  for (std::uint32_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Replayed empty(no_models());
    Replayed full(full_models());
    for (const Event& event : any_events(seed, 400)) {
      empty.play(event);
      full.play(event);
    }

    EXPECT_EQ(empty.accepted, full.accepted);
    EXPECT_GT(full.accepted.signals.size(), 200U);
  }
}

// The list that stood when nothing was playing is the one the listener did or did not follow,
// whatever others taught the models and the ranker since.
TEST(StepReplay, a_listen_is_scored_on_the_list_that_stood_before_it) {
  for (std::uint32_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    World world;
    std::map<std::string, std::map<std::int64_t, std::vector<std::string>>> lists;  // by offset
    int hits = 0;
    for (Event event : any_events(seed, 600)) {
      if (event.type == EventType::playback_heartbeat) event.type = EventType::feedback_saved;
      if (event.type == EventType::playback_paused) event.type = EventType::request_made;
      auto& shown = lists[event.user_id];
      const std::int64_t standing = world.listener(event.user_id).list_offset;
      const Effects effects = world.play(event);
      if (effects.score) {
        const auto& list = shown.at(standing);
        const auto at = std::find(list.begin(), list.end(), event.track_name);
        const auto place = at == list.end() ? 0 : at - list.begin() + 1;
        EXPECT_EQ(effects.score->rank, place) << "offset " << event.offset;
        hits += place > 0 ? 1 : 0;
      }
      if (effects.recommendation) shown[event.offset] = tracks_of(*effects.recommendation);
    }
    EXPECT_GT(hits, 50);
  }
}

TEST(StepReplay, a_state_stored_and_read_again_accepts_the_same) {
  for (std::uint32_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Replayed undisturbed(full_models());
    Replayed restarted(full_models());
    int i = 0;
    for (const Event& event : any_events(seed, 400)) {
      undisturbed.play(event);
      restarted.play(event);
      if (++i % 7 == 0) restarted.forget_caches();
    }

    EXPECT_EQ(undisturbed.accepted, restarted.accepted);
  }
}

TEST(StepReplay, signals_bear_the_offset_of_their_event_in_order) {
  World world;
  std::int64_t last = 0;
  for (const Event& event : any_events(3, 400)) {
    const Effects effects = world.play(event);
    for (const ItemSignal& signal : effects.signals) {
      EXPECT_GE(signal.offset, last);
      last = signal.offset;
      EXPECT_TRUE(signal.item);
      EXPECT_LE(signal.distance, 10);
      EXPECT_LE(signal.before.size(), ItemSignal::kBeforeMax);
    }
    EXPECT_LE(effects.signals.size(), SignalBatch::kSignalsOfEventMax)
        << "what one event may cause is bounded";
  }
}

}  // namespace
}  // namespace segue::test
