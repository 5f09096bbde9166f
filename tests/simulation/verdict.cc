#include "tests/simulation/verdict.h"

#include <algorithm>
#include <set>
#include <string>

#include "core/event/topics.h"
#include "core/ids.h"
#include "core/item/item.h"
#include "core/list/snapshot.h"
#include "core/listener/listener.h"
#include "core/models/item_models.h"
#include "core/ranking/ranking_memory.h"
#include "core/step.h"
#include "tests/simulation/world/works.h"

namespace segue::simulation {
namespace {

using Counts = std::map<std::string, std::uint64_t>;

// The state that a chapter's log of events should have led to.
struct Expected {
  Counts events;                                    // listener -> accepted
  std::map<std::string, std::int64_t> last_offset;  // listener -> last record
  std::map<std::string, std::int64_t> last_list;    // listener -> version
  std::set<std::string> lists;                      // ids of recommendations
  std::set<std::pair<std::int32_t, std::int64_t>> dead_letters;
};

// Reads a log of events once, in order, without repetitions, faults and models: the production's
// step says what an event does, a set of all (session, seq) what is new.
class Reading {
 public:
  Reading(Verdict& verdict, Counts& signals) : verdict_(verdict), signals_(signals) {}

  Expected read(const io::MemoryLog& log) {
    for (std::int32_t p = 0; p < kEventPartitions; ++p) {
      const std::string events(topic::kEvents);
      for (const Record& record : log.partition(events, p)) {
        if (const auto unreadable = log.unreadable(events, p, record.offset)) {
          expected_.dead_letters.emplace(p, unreadable->first);
        } else {
          read(record);
        }
      }
    }
    return std::move(expected_);
  }

 private:
  void read(const Record& record) {
    const Result<Event> event = decoder_.decode(record);
    const bool astray = partition_of(*record.key, kEventPartitions) != record.partition;
    if (astray || !event || event->track_name == kPoison) {  // poison is set aside, never stepped
      expected_.dead_letters.emplace(record.partition, record.offset);
      return;
    }
    expected_.last_offset[event->user_id] = record.offset;
    const bool fresh = seen_.emplace(event->session.value, event->seq).second;
    const Effects effects =
        step(listeners_[event->user_id], ranker_, *event, models_, tuning_, memory_);
    if (effects.dead_letter) expected_.dead_letters.emplace(record.partition, record.offset);
    if (effects.outcome == Outcome::applied && !fresh) ++verdict_.twice;
    if (effects.outcome == Outcome::duplicate && fresh) ++verdict_.lost;
    if (effects.outcome == Outcome::applied) expect(*event, effects, record);
  }

  void expect(const Event& event, const Effects& effects, const Record& record) {
    ++expected_.events[event.user_id];
    // Whether a skip finds its item there depends on whose plays a trainer hears first.
    for (const ItemSignal& signal : effects.signals) {
      if (signal.kind != SignalKind::skipped) ++signals_[item_key(signal.item)];
    }
    if (!effects.recommendation) return;
    expected_.last_list[event.user_id] = event.offset;
    expected_.lists.insert(std::string(topic::kEvents) + "/" + std::to_string(record.partition) +
                           "/" + std::to_string(event.offset) + "/0");
  }

  Verdict& verdict_;
  Counts& signals_;
  Expected expected_;
  EventDecoder decoder_;
  Tuning tuning_{.k = 1, .candidates_max = 16, .network = false, .personal = false, .nearest = 0};
  Ranker ranker_;
  RankingMemory memory_;
  ItemModels models_{tuning_};
  std::map<std::string, Listener> listeners_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen_;
};

void compare(Verdict& verdict, std::uint64_t is, std::uint64_t should) {
  if (is < should) ++verdict.lost;
  if (is > should) ++verdict.twice;
}

void judge_listeners(Verdict& verdict, const Expected& expected,
                     const io::MemoryStore::Contents& contents) {
  std::map<std::string, Listener> stored;
  std::map<std::string, std::int64_t> lists;
  for (const auto& [p, partition] : contents) {
    for (const auto& [key, value] : partition.values) {
      if (key.starts_with("u:")) stored[key.substr(2)] = *decode_listener(value);
      if (key.starts_with("r:")) lists[key.substr(2)] = decode_snapshot(value)->version;
    }
  }
  for (const auto& [id, last_offset] : expected.last_offset) {
    const auto accepted = expected.events.find(id);
    const std::uint64_t events = accepted == expected.events.end() ? 0 : accepted->second;
    verdict.events += events;
    compare(verdict, stored[id].events, events);
    if (stored[id].last_offset != last_offset) ++verdict.torn;
  }
  if (lists != expected.last_list) ++verdict.torn;
}

void judge_outputs(Verdict& verdict, const Expected& expected, const io::MemoryLog& log) {
  std::set<std::string> lists;
  for (std::int32_t p = 0; p < kEventPartitions; ++p) {
    for (const Record& record : log.partition(std::string(topic::kRecommendations), p)) {
      lists.insert(std::string(header(record, "ce_id")));
    }
  }
  for (const std::string& id : expected.lists) verdict.missing += lists.contains(id) ? 0 : 1;
  for (const std::string& id : lists) verdict.twice += expected.lists.contains(id) ? 0 : 1;
  std::set<std::pair<std::int32_t, std::int64_t>> letters;
  for (const Record& record : log.partition(std::string(topic::kDeadLetters), 0)) {
    letters.emplace(std::stoi(std::string(header(record, "segue_dlq_original_partition"))),
                    std::stoll(std::string(header(record, "segue_dlq_original_offset"))));
  }
  for (const auto& letter : expected.dead_letters) {
    verdict.missing += letters.contains(letter) ? 0 : 1;
  }
  for (const auto& letter : letters) verdict.lost += expected.dead_letters.contains(letter) ? 0 : 1;
}

// Each item counts its signals, in whatever partition, and its last state was broadcast.
void judge_items(Verdict& verdict, const Counts& signals, const World& world) {
  const io::MemoryLog& log = world.chapters().back().log;
  Counts broadcast;
  for (std::int32_t q = 0; q < kSignalPartitions; ++q) {
    for (const Record& record : log.partition(std::string(topic::kItemModels), q)) {
      if (!record.value) continue;
      std::uint64_t& plays = broadcast[*record.key];
      plays = std::max(plays, decode_item_model(*record.value)->plays);
    }
  }
  Counts stored;
  for (const auto& [q, partition] : world.items().contents()) {
    for (const auto& [key, value] : partition.values) {
      if (!key.starts_with("i:")) continue;
      const Item item = *decode_item(value);
      stored[key.substr(2)] += item.signals - item.skips;
      verdict.missing += broadcast[key.substr(2)] >= item.plays ? 0 : 1;
    }
  }
  for (const auto& [item, count] : signals) compare(verdict, stored[item], count);
  for (const auto& [item, count] : stored) {
    if (!signals.contains(item) && count > 0) ++verdict.twice;
  }
}

// An event that was acknowledged to a player stands in the log.
void judge_acknowledged(Verdict& verdict, const World& world) {
  std::set<std::string> logged;
  for (const Chapter& chapter : world.chapters()) {
    for (std::int32_t p = 0; p < kEventPartitions; ++p) {
      for (const Record& record : chapter.log.partition(std::string(topic::kEvents), p)) {
        logged.insert(std::string(header(record, "ce_id")));
      }
    }
  }
  for (const std::string& id : world.acknowledged()) verdict.lost += logged.contains(id) ? 0 : 1;
}

}  // namespace

Verdict& Verdict::operator+=(const Verdict& other) {
  events += other.events;
  lost += other.lost;
  twice += other.twice;
  torn += other.torn;
  missing += other.missing;
  unsettled += other.unsettled;
  intruded += other.intruded;
  return *this;
}

Verdict judge(const World& world) {
  Verdict verdict;
  verdict.unsettled = world.settled() ? 0 : 1;
  verdict.intruded = world.intrusions();
  Counts signals;
  for (const Chapter& chapter : world.chapters()) {
    const Expected expected = Reading(verdict, signals).read(chapter.log);
    judge_listeners(verdict, expected, chapter.listeners);
    judge_outputs(verdict, expected, chapter.log);
  }
  judge_items(verdict, signals, world);
  judge_acknowledged(verdict, world);
  return verdict;
}

}  // namespace segue::simulation
