#include "deploy/admin/skip.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <iostream>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "consumers/worker/outbox.h"
#include "consumers/worker/publisher.h"
#include "consumers/worker/runtime.h"
#include "core/event/topics.h"
#include "core/io/kafka/kafka_client.h"
#include "core/io/kafka/kafka_sink.h"
#include "core/io/kafka/kafka_source.h"
#include "core/io/program.h"
#include "core/io/redis/redis_store.h"
#include "core/io/settings/settings.h"

namespace segue::admin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kRecordsAtOnce = 256;
constexpr std::chrono::milliseconds kPollWait{200};
// Where so long nothing comes, nothing can be read.
constexpr std::chrono::seconds kSilenceMax{20};
// An owner that claims at the same moment is in the way for no longer than that.
constexpr int kClaimsMax = 5;

struct Range {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t next = 0;
  std::int64_t to = 0;

  std::string text() const {
    return std::to_string(to - next) + " offsets of " + topic + "/" + std::to_string(partition) +
           ", from " + std::to_string(next) + " up to " + std::to_string(to);
  }
};

std::int64_t log_end(const KafkaConfig& kafka, const Range& range) {
  io::KafkaTrouble trouble;
  const io::KafkaHandle client =
      io::kafka_client(RD_KAFKA_CONSUMER, io::kafka_conf(kafka, trouble, {}));
  io::check_topic(*io::kafka_metadata(client.get(), kafka), kafka, range.topic, 0);
  const std::string topic = io::wire_topic(kafka, range.topic);
  return kafka.begins_at + io::kafka_watermarks(client.get(), topic, range.partition).high;
}

std::int32_t partitions_of(const io::Meta& meta, const std::string& name) {
  const auto found =
      std::ranges::find(meta.partitions, name, &std::pair<std::string, std::int32_t>::first);
  return found == meta.partitions.end() ? 0 : found->second;
}

Range range_of(const Config& config, const io::Meta& meta) {
  const AdminConfig& admin = config.admin;
  Range range{.topic = admin.from_topic.empty() ? std::string(topic::kEvents) : admin.from_topic,
              .partition = static_cast<std::int32_t>(admin.partition),
              .next = 0,
              .to = admin.to};
  if (std::ranges::find(topic::kInputs, range.topic) == topic::kInputs.end()) {
    throw io::SettingsError("admin.from_topic: no checkpoint stands in " + range.topic +
                            "; there is " + std::string(topic::kInputs[0]) + ", " +
                            std::string(topic::kInputs[1]) + " and " +
                            std::string(topic::kInputs[2]));
  }
  if (range.partition < 0 || range.partition >= partitions_of(meta, range.topic)) {
    throw io::SettingsError("admin.partition: say which partition of " + range.topic +
                            " (--partition, from 0)");
  }
  range.next = io::position_of(config.redis, range.topic, range.partition);
  const std::int64_t end = log_end(config.kafka, range);
  if (range.next < 0) throw std::runtime_error("The partition has no state yet: nothing stands.");
  if (range.to <= range.next || range.to > end) {
    throw io::SettingsError("admin.to: the checkpoint stands at " + std::to_string(range.next) +
                            " and the log ends at " + std::to_string(end) +
                            "; --to is the first offset to be read again, between the two");
  }
  return range;
}

std::string_view loss_of(std::string_view topic) {
  if (topic == topic::kGenerationJobs) return "the tracks that these ask for are not composed.";
  if (topic == topic::kItemSignals) return "what these say never counts for its tracks.";
  return "what these say never counts for its listeners.";
}

// A dead letter for each record that can be read; returns how many were. Throws unless all are in
// their topic.
std::int64_t set_aside(const Config& config, const Range& range) {
  io::KafkaSink sink(config.kafka);
  Publisher publisher(sink);
  io::KafkaTail tail(config.kafka, range.topic, {range.partition, range.next});
  const Error why = error(Reason::skipped, "an operator moved the checkpoint past it");
  std::int64_t records = 0;
  auto last_came = Clock::now();
  // A tail says where it stands by how much of what was there is still to come.
  const std::int64_t behind_at_end = tail.behind() - (range.to - range.next);
  while (tail.behind() > behind_at_end && Clock::now() < last_came + kSilenceMax) {
    if (io::Program::stopping()) throw std::runtime_error("Interrupted: nothing was skipped.");
    io::BatchReport report;
    Outbox outbox(range.topic, range.partition, report);
    const std::int64_t behind = tail.behind();
    for (const io::KafkaTail::Tailed& tailed : tail.poll(kRecordsAtOnce, kPollWait)) {
      if (tailed.record.offset < range.to) outbox.dead_letter(tailed.record, why, "skip", 0);
    }
    if (tail.behind() != behind) last_came = Clock::now();
    records += static_cast<std::int64_t>(outbox.publications().size());
    for (const Publisher::Published& letter : publisher.publish(outbox.publications())) {
      if (letter.outcome == Publisher::Outcome::in_log) continue;
      throw std::runtime_error("Kafka took no dead letter (" + letter.why +
                               "): nothing was skipped.");
    }
  }
  return records;
}

// Fences the owner and moves the position, if it is still where it was.
void move(const Config& config, const Range& range) {
  const std::atomic<bool> never{false};
  const Runtime runtime = real_runtime(never);
  io::RedisStore store(config.redis, range.topic, nullptr);
  for (int i = 0; i < kClaimsMax; ++i) {
    io::Fence fence{.partition = range.partition, .token = runtime.token(), .next = 0};
    const io::Claimed claimed = store.claim(range.partition, fence.token, "segue-admin skip");
    if (claimed.status != io::StoreStatus::ok) continue;
    fence.next = claimed.next;
    if (claimed.next != range.next) {
      store.release(fence);
      throw std::runtime_error("The checkpoint went on to " + std::to_string(claimed.next) +
                               " meanwhile: nothing was skipped.");
    }
    const io::ApplyRequest request{
        .fence = fence, .next = range.to, .batch = claimed.batch + 1, .writes = {}};
    const io::StoreReply reply = store.apply(std::span(&request, 1)).front();
    if (reply.status == io::StoreStatus::ok || reply.status == io::StoreStatus::duplicate) {
      fence.next = range.to;
      store.release(fence);
      return;
    }
  }
  throw std::runtime_error(
      "The partition's owner claims it again and again, or Redis takes no command: stop the worker "
      "and try again. Nothing was skipped.");
}

}  // namespace

int skip(const Config& config) {
  const io::Meta meta = io::RedisStore(config.redis, topic::kEvents, nullptr).meta();
  const Range range = range_of(config, meta);
  if (!config.admin.yes) {
    std::cout << "Would skip " << range.text() << ": " << loss_of(range.topic)
              << " What can be read becomes a dead letter (reason skipped) and can be put back.\n"
                 "Nothing was changed: add --yes."
              << std::endl;
    return 1;
  }
  const std::int64_t letters = set_aside(config, range);
  move(config, range);
  std::cout << "Skipped " << range.text() << ": " << letters << " dead letters (reason skipped), "
            << range.to - range.next - letters << " offsets at which nothing can be read."
            << std::endl;
  return 0;
}

}  // namespace segue::admin
