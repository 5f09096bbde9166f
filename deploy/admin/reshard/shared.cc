#include <algorithm>
#include <atomic>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "consumers/generator/worker/open_jobs.h"
#include "consumers/worker/runtime.h"
#include "core/event/topics.h"
#include "core/ids.h"
#include "core/io/kafka/kafka_sink.h"
#include "core/io/redis/redis_keys.h"
#include "core/io/redis/redis_store.h"
#include "core/item/coverage.h"
#include "core/ranking/learned/rankers.h"
#include "core/ranking/learned/shared_lessons.h"
#include "deploy/admin/reshard/state.h"

namespace segue::admin {
namespace {

constexpr std::string_view kOwner = "segue-admin reshard";

std::int32_t count_in(const std::map<std::string, std::int32_t>& partitions,
                      std::string_view topic) {
  return partitions.at(std::string(topic));
}

template <class T>
T must(Result<T> read, std::string_view topic, std::int32_t partition) {
  if (read) return std::move(*read);
  throw std::runtime_error("What " + std::string(topic) + "/" + std::to_string(partition) +
                           " keeps cannot be read (" + read.error().detail +
                           "): use the build that wrote it.");
}

// The value that each partition of a topic keeps once; none where it keeps nothing.
std::vector<std::optional<std::string>> shared_values(const RedisConfig& redis,
                                                      std::string_view topic,
                                                      std::int32_t partitions) {
  io::RedisKeys keys(redis);
  std::vector<std::optional<std::string>> values(static_cast<std::size_t>(partitions));
  for (std::int32_t p = 0; p < partitions; ++p) {
    const std::string key = "sg:{" + std::string(topic) + "/" + std::to_string(p) + "}:shared";
    const auto found = keys.read(std::span(&key, 1));
    if (!found.empty()) values[static_cast<std::size_t>(p)] = found.front().value;
  }
  return values;
}

template <class T, class Decode>
std::vector<std::optional<T>> shared_of(const RedisConfig& redis, std::string_view topic,
                                        std::int32_t partitions, const Decode& decode) {
  std::vector<std::optional<T>> all;
  std::int32_t p = 0;
  for (const auto& value : shared_values(redis, topic, partitions)) {
    all.emplace_back();
    if (value) all.back() = must(decode(*value), topic, p);
    ++p;
  }
  return all;
}

std::vector<std::optional<Rankers>> rankers_of(const RedisConfig& redis, std::int32_t partitions) {
  return shared_of<Rankers>(redis, topic::kEvents, partitions, decode_rankers);
}
std::vector<std::optional<Coverage>> coverage_of(const RedisConfig& redis,
                                                 std::int32_t partitions) {
  return shared_of<Coverage>(redis, topic::kItemSignals, partitions, decode_coverage);
}
std::vector<std::optional<generator::OpenJobs>> jobs_of(const RedisConfig& redis,
                                                        std::int32_t partitions) {
  return shared_of<generator::OpenJobs>(redis, topic::kGenerationJobs, partitions,
                                        generator::decode_open_jobs);
}

// Lessons add up: each old partition's go to one new partition, so that all together stay what they
// were. A trial that a partition has not begun would have begun with what its control knows.
Rankers sum_of(const std::vector<const Rankers*>& parts) {
  if (parts.size() == 1) return *parts.front();
  Lessons control;
  Lessons trial;
  std::string experiment;
  for (const Rankers* part : parts) {
    control += part->control.lessons();
    if (part->trial) experiment = part->trial->experiment;
  }
  for (const Rankers* part : parts) {
    const bool tried = part->trial && part->trial->experiment == experiment;
    trial += tried ? part->trial->ranker.lessons() : part->control.lessons();
  }
  Rankers sum{.control = Ranker(control), .trial = {}};
  if (!experiment.empty()) {
    sum.trial = Rankers::Trial{.experiment = experiment, .ranker = Ranker(trial)};
  }
  return sum;
}

using Values = std::vector<std::optional<std::string>>;  // by new partition

void tell_lessons(const KafkaConfig& kafka, const std::vector<std::optional<Rankers>>& rankers) {
  std::vector<io::Publication> lessons_out;
  const auto tell = [&](std::int32_t p, const std::string& experiment, const Ranker& ranker) {
    lessons_out.push_back({.topic = std::string(topic::kLessons),
                           .partition = -1,
                           .key = encode(LessonsKey{p, experiment}),
                           .value = encode(ranker),
                           .headers = {}});
  };
  for (std::size_t p = 0; p < rankers.size(); ++p) {
    if (!rankers[p]) continue;
    tell(static_cast<std::int32_t>(p), {}, rankers[p]->control);
    if (rankers[p]->trial) {
      tell(static_cast<std::int32_t>(p), rankers[p]->trial->experiment, rankers[p]->trial->ranker);
    }
  }
  io::KafkaSink sink(kafka);
  for (const io::Sent& sent : sink.publish(lessons_out)) {
    if (!sent.in_log()) throw std::runtime_error("Kafka takes no lessons: " + sent.why + ".");
  }
}

Values new_rankers(const Move& move) {
  const auto was = rankers_of(move.from.redis, count_in(move.was, topic::kEvents));
  const auto partitions = static_cast<std::size_t>(count_in(move.will_be, topic::kEvents));
  std::vector<std::vector<const Rankers*>> parts(partitions);
  for (std::size_t p = 0; p < was.size(); ++p) {
    if (was[p]) parts[p % partitions].push_back(&*was[p]);
  }
  std::vector<std::optional<Rankers>> rankers(partitions);
  Values values(partitions);
  for (std::size_t p = 0; p < partitions; ++p) {
    if (parts[p].empty()) continue;
    rankers[p] = sum_of(parts[p]);
    values[p] = encode(*rankers[p]);
  }
  tell_lessons(move.to.kafka, rankers);
  return values;
}

// The whole old log was learned from, and nothing of the new one: a coverage keeps only what is
// yet to be broadcast.
Values new_coverage(const Move& move) {
  const std::int32_t partitions = count_in(move.will_be, topic::kItemSignals);
  std::vector<Coverage> coverage(static_cast<std::size_t>(partitions));
  const auto was = coverage_of(move.from.redis, count_in(move.was, topic::kItemSignals));
  for (const auto& old : was) {
    if (!old) continue;
    for (const ItemId item : old->pending_items()) {
      coverage[static_cast<std::size_t>(partition_of(item_key(item), partitions))].changed(item);
    }
  }
  Values values;
  for (const Coverage& one : coverage) values.emplace_back(encode(one));
  return values;
}

Values new_jobs(const Move& move) {
  const std::int32_t partitions = count_in(move.will_be, topic::kGenerationJobs);
  std::vector<generator::OpenJobs> open(static_cast<std::size_t>(partitions));
  const auto was = jobs_of(move.from.redis, count_in(move.was, topic::kGenerationJobs));
  for (const auto& old : was) {
    if (!old) continue;
    for (const generator::OpenJob& job : *old->bench) {
      auto& bench = *open[static_cast<std::size_t>(partition_of(job.job.id, partitions))].bench;
      if (bench.size() == generator::OpenJobs::kMax) {
        throw std::runtime_error(
            "More jobs are open than one new partition of " + std::string(topic::kGenerationJobs) +
            " may hold: let the generators end some. The state stays where it was.");
      }
      bench.push_back(job);
    }
  }
  Values values;
  for (const auto& one : open) {
    values.emplace_back();
    if (!one.bench->empty()) values.back() = encode(one);
  }
  return values;
}

io::Claimed claim(io::RedisStore& store, std::int32_t partition, const io::Token& token) {
  const io::Claimed claimed = store.claim(partition, token, kOwner);
  if (claimed.status != io::StoreStatus::ok) {
    throw std::runtime_error("Redis does not answer: " + store.trouble() +
                             ". The state stays where it was; run it again.");
  }
  return claimed;
}

// From here on the owner of an old partition is refused, also one that slept all the time.
void fence(const Move& move, std::string_view topic) {
  const std::atomic<bool> never{false};
  const Runtime runtime = real_runtime(never);
  io::RedisStore store(move.from.redis, topic, nullptr);
  for (std::int32_t p = 0; p < count_in(move.was, topic); ++p) {
    if (io::position_of(move.from.redis, topic, p) >= 0) claim(store, p, runtime.token());
  }
}

// First positions, by the protocol's own calls: everything begins where the new logs do.
void begin_at(const Move& move, std::string_view topic, Values values) {
  const std::atomic<bool> never{false};
  const Runtime runtime = real_runtime(never);
  const std::int64_t begin = move.to.kafka.begins_at;
  io::RedisStore store(move.to.redis, topic, nullptr);
  for (std::size_t p = 0; p < values.size(); ++p) {
    io::Fence fence{.partition = static_cast<std::int32_t>(p), .token = runtime.token(), .next = 0};
    const io::Claimed claimed = claim(store, fence.partition, fence.token);
    fence.next = claimed.next < 0 ? begin : claimed.next;
    io::ApplyRequest request{
        .fence = fence, .next = begin, .batch = claimed.batch + 1, .writes = {}};
    if (values[p]) request.writes.push_back({.key = "shared", .value = std::move(values[p])});
    const io::StoreReply reply = store.apply(std::span(&request, 1)).front();
    if (reply.status != io::StoreStatus::ok && reply.status != io::StoreStatus::duplicate) {
      throw std::runtime_error("Redis took no first position of " + std::string(topic) + "/" +
                               std::to_string(p) + ": run it again. The state stays where it was.");
    }
    fence.next = begin;
    store.release(fence);
  }
}

}  // namespace

Shared move_shared(const Move& move) {
  for (const std::string_view input :
       {topic::kEvents, topic::kItemSignals, topic::kGenerationJobs}) {
    fence(move, input);
  }
  begin_at(move, topic::kEvents, new_rankers(move));
  begin_at(move, topic::kItemSignals, new_coverage(move));
  begin_at(move, topic::kGenerationJobs, new_jobs(move));
  return shared_of(move.to, move.will_be);
}

Shared shared_of(const Config& config, const std::map<std::string, std::int32_t>& partitions) {
  Shared shared;
  for (const auto& one : rankers_of(config.redis, count_in(partitions, topic::kEvents))) {
    if (one) shared.learned += one->control.learned();
  }
  for (const auto& one : coverage_of(config.redis, count_in(partitions, topic::kItemSignals))) {
    if (one) shared.pending += one->pending();
  }
  for (const auto& one : jobs_of(config.redis, count_in(partitions, topic::kGenerationJobs))) {
    if (one) shared.open_jobs += one->bench->size();
  }
  return shared;
}

void release_old(const Move& move) {
  const std::atomic<bool> never{false};
  const Runtime runtime = real_runtime(never);
  for (const std::string_view input :
       {topic::kEvents, topic::kItemSignals, topic::kGenerationJobs}) {
    io::RedisStore store(move.from.redis, input, nullptr);
    for (std::int32_t p = 0; p < count_in(move.was, input); ++p) {
      if (io::position_of(move.from.redis, input, p) < 0) continue;
      io::Fence fence{.partition = p, .token = runtime.token(), .next = 0};
      fence.next = claim(store, p, fence.token).next;
      store.release(fence);
    }
  }
}

}  // namespace segue::admin
