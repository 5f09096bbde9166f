#include "tests/simulation/verdict.h"

#include <set>

#include "core/topics.h"

namespace segue::simulation {
namespace {

struct Expected {
  std::map<std::string, std::uint64_t> events;      // listener -> accepted
  std::map<std::string, std::int64_t> last_offset;  // listener -> last record
  std::map<std::string, std::uint64_t> signals;     // item key -> signals
  std::set<std::string> lists;                      // ids of recommendations
  std::set<std::pair<std::int32_t, std::int64_t>> dead_letters;
};

// What each listener does to items when each accepted event counts once: the production's step, but
// on a log without repetitions and without any models.
void expect_effects(Expected& expected, Listener& listener, const Event& event, Ranker& ranker,
                    Ranking& ranking, std::int32_t partition) {
  Tuning tuning;
  const ItemModels no_models(tuning);
  const Effects effects = step(listener, ranker, event, no_models, tuning, ranking);
  for (const ItemSignal& signal : effects.signals) ++expected.signals[item_key(signal.item)];
  if (effects.recommendation) {
    expected.lists.insert(std::string(topic::kEvents) + "/" + std::to_string(partition) + "/" +
                          std::to_string(event.offset) + "/0");
  }
}

Expected expect(const io::MemoryLog& log) {
  Expected expected;
  EventDecoder decoder;
  Ranker ranker;
  Ranking ranking;
  std::map<std::string, Listener> listeners;
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;  // (session, seq)
  for (std::int32_t p = 0; p < kEventPartitions; ++p) {
    for (const Record& record : log.partition(std::string(topic::kEvents), p)) {
      const Result<Event> event = decoder.decode(record);
      if (!event) {
        expected.dead_letters.emplace(p, record.offset);
        continue;
      }
      if (event->track_name == kPoison) {  // quarantined, never stepped
        expected.dead_letters.emplace(p, record.offset);
        continue;
      }
      expected.last_offset[event->user_id] = record.offset;
      if (!seen.emplace(event->session.value, event->seq).second) continue;
      ++expected.events[event->user_id];
      expect_effects(expected, listeners[event->user_id], *event, ranker, ranking, p);
    }
  }
  return expected;
}

void compare(Verdict& verdict, std::uint64_t is, std::uint64_t should) {
  if (is < should) ++verdict.lost;
  if (is > should) ++verdict.twice;
}

void judge_listeners(Verdict& verdict, const Expected& expected, const io::MemoryStore& store) {
  std::map<std::string, Listener> stored;
  for (const auto& [p, partition] : store.contents()) {
    for (const auto& [key, value] : partition.values) {
      if (key.starts_with("u:")) stored[key.substr(2)] = *decode_listener(value);
    }
  }
  for (const auto& [id, events] : expected.events) {
    verdict.events += events;
    compare(verdict, stored[id].events, events);
    if (stored[id].last_offset != expected.last_offset.at(id)) ++verdict.torn;
  }
}

void judge_items(Verdict& verdict, const Expected& expected, const io::MemoryStore& store) {
  std::map<std::string, std::uint64_t> stored;
  for (const auto& [q, partition] : store.contents()) {
    for (const auto& [key, value] : partition.values) {
      if (key.starts_with("i:")) stored[key.substr(2)] = decode_item(value)->signals;
    }
  }
  for (const auto& [item, signals] : expected.signals) compare(verdict, stored[item], signals);
  for (const auto& [item, signals] : stored) {
    if (!expected.signals.contains(item) && signals > 0) ++verdict.twice;
  }
}

void judge_outputs(Verdict& verdict, const Expected& expected, const io::MemoryLog& log) {
  std::set<std::string> lists;
  for (std::int32_t p = 0; p < kEventPartitions; ++p) {
    for (const Record& record : log.partition(std::string(topic::kRecommendations), p)) {
      lists.insert(std::string(header(record, "ce_id")));
    }
  }
  for (const std::string& id : expected.lists) verdict.missing += lists.contains(id) ? 0 : 1;
  std::set<std::pair<std::int32_t, std::int64_t>> letters;
  for (const Record& record : log.partition(std::string(topic::kDeadLetters), 0)) {
    letters.emplace(std::stoi(std::string(header(record, "segue_dlq_original_partition"))),
                    std::stoll(std::string(header(record, "segue_dlq_original_offset"))));
  }
  for (const auto& letter : expected.dead_letters) {
    verdict.missing += letters.contains(letter) ? 0 : 1;
  }
  for (const auto& letter : letters) verdict.lost += expected.dead_letters.contains(letter) ? 0 : 1;
  for (const std::string& id : lists) verdict.twice += expected.lists.contains(id) ? 0 : 1;
}

}  // namespace

Verdict& Verdict::operator+=(const Verdict& other) {
  events += other.events;
  lost += other.lost;
  twice += other.twice;
  torn += other.torn;
  missing += other.missing;
  unsettled += other.unsettled;
  return *this;
}

Verdict judge(const World& world) {
  Verdict verdict;
  verdict.unsettled = world.settled() ? 0 : 1;
  const Expected expected = expect(world.log());
  judge_listeners(verdict, expected, world.listeners());
  judge_items(verdict, expected, world.items());
  judge_outputs(verdict, expected, world.log());
  return verdict;
}

}  // namespace segue::simulation
