#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>

#include "core/event/topics.h"
#include "core/io/kafka/kafka_client.h"
#include "core/io/kafka/kafka_source.h"
#include "core/io/kafka/kafka_unreadable.h"

namespace segue::io {
namespace {

using Clock = std::chrono::steady_clock;

// librdkafka wants a group's name even of a consumer that joins none and commits nothing.
constexpr const char* kNoGroup = "segue-tail";

std::int64_t from_of(const Watermarks& marks, KafkaTail::From from) {
  if (from == KafkaTail::From::start) return marks.low;
  if (from == KafkaTail::From::end) return marks.high;
  return std::max(marks.low, marks.high - KafkaTail::kRecentMax);
}

}  // namespace

struct KafkaTail::Consumer : KafkaTrouble {
  // One partition of one topic.
  struct Reading {
    std::int64_t next = 0;  // the position
    std::int64_t end = 0;   // the high watermark when this was made
    Standing standing = {};
  };

  // `only`: of the one topic nothing else is read, and that from its offset.
  Consumer(const KafkaConfig& config, std::vector<std::string> topic_names, From from,
           std::optional<PartitionOffset> only);
  KafkaPartitions find_partitions(const KafkaConfig& config, From from,
                                  std::optional<PartitionOffset> only);
  void take(rd_kafka_message_t& message, std::vector<Tailed>& tailed);
  // Whether nothing more of a message is to be done; an error in the data halts its partition.
  bool is_error(const rd_kafka_message_t& message, Reading& reading);
  // Asks about partitions that stand, and goes on behind what cannot be read. `drained`: all that
  // had come was taken.
  void look(bool drained);
  void settle(const Inquest& inquest);
  void restart(const Standstill& at, std::int64_t next);
  std::size_t index_of(const rd_kafka_message_t& message) const;
  std::int64_t behind() const;

  const std::int64_t begins_at;         // offsets in here are the broker's
  std::vector<std::string> topics;      // as brokers know them
  std::vector<std::string> ours;        // without kafka.prefix
  std::vector<std::string_view> names;  // of `ours`, static where core/event/topics.h has them
  std::vector<std::vector<Reading>> readings;  // [topic][partition]
  Inquests inquests;
  Clock::time_point looked{};
  KafkaHandle client;  // last: its callbacks use the rest
};

KafkaTail::Consumer::Consumer(const KafkaConfig& config, std::vector<std::string> topic_names,
                              From from, std::optional<PartitionOffset> only)
    : begins_at(config.begins_at), ours(std::move(topic_names)), inquests(config) {
  for (const std::string& name : ours) {
    topics.push_back(wire_topic(config, name));
    const auto* const known = std::ranges::find(kTopics, name);
    names.push_back(known != kTopics.end() ? *known : std::string_view(name));
  }
  client = kafka_client(
      RD_KAFKA_CONSUMER,
      kafka_conf(config, *this,
                 {{"group.id", kNoGroup},
                  {"enable.auto.commit", "false"},
                  {"enable.auto.offset.store", "false"},
                  // A reader no longer wants the records that retention takes away from under it.
                  {"auto.offset.reset", "earliest"},
                  {"check.crcs", "true"},
                  {"isolation.level", "read_uncommitted"},
                  // The end is reported even where compaction removed the last offsets.
                  {"enable.partition.eof", "true"},
                  {"fetch.wait.max.ms", std::to_string(config.fetch_wait_ms)},
                  {"fetch.min.bytes", std::to_string(config.fetch_bytes_min)},
                  {"fetch.error.backoff.ms", "100"},
                  {"queued.max.messages.kbytes", "32768"}}));
  rd_kafka_poll_set_consumer(client.get());
  const rd_kafka_resp_err_t error =
      rd_kafka_assign(client.get(), find_partitions(config, from, only).get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error(std::string("Cannot read topics: ") + rd_kafka_err2str(error));
  }
}

KafkaPartitions KafkaTail::Consumer::find_partitions(const KafkaConfig& config, From from,
                                                     std::optional<PartitionOffset> only) {
  const KafkaMetadata metadata = kafka_metadata(client.get(), config);
  KafkaPartitions list(rd_kafka_topic_partition_list_new(16));
  for (const std::string& ours_name : ours) {
    const std::string name = wire_topic(config, ours_name);
    const std::int32_t count = check_topic(*metadata, config, ours_name, 0);
    std::vector<Reading>& partitions = readings.emplace_back();
    for (std::int32_t p = 0; p < count; ++p) {
      if (only && only->partition != p) {
        partitions.emplace_back();
        continue;
      }
      const Watermarks marks = kafka_watermarks(client.get(), name, p);
      const std::int64_t begin = only ? only->offset - begins_at : from_of(marks, from);
      partitions.push_back({.next = begin, .end = marks.high});
      rd_kafka_topic_partition_list_add(list.get(), name.c_str(), p)->offset = begin;
    }
  }
  return list;
}

std::size_t KafkaTail::Consumer::index_of(const rd_kafka_message_t& message) const {
  const char* const name = rd_kafka_topic_name(message.rkt);
  return static_cast<std::size_t>(std::ranges::find(topics, name) - topics.begin());
}

void KafkaTail::Consumer::take(rd_kafka_message_t& message, std::vector<Tailed>& tailed) {
  // The group is a name only: no right to it is needed.
  if (message.err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) return;
  if (message.rkt == nullptr) return check_consumed(message, *this);
  const std::size_t topic = index_of(message);
  Reading& reading = readings[topic][static_cast<std::size_t>(message.partition)];
  if (is_error(message, reading)) return;
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    reading.next = std::max(reading.next, message.offset);
    return;
  }
  reading.next = message.offset + 1;
  reading.standing.moved();
  auto record = kafka_record(message);
  if (record) {
    record->offset += begins_at;
    tailed.push_back({.topic = names[topic], .record = std::move(*record)});
  } else {
    inquests.say(topics[topic], too_large(message));
  }
}

bool KafkaTail::Consumer::is_error(const rd_kafka_message_t& message, Reading& reading) {
  if (reading.standing.halted()) return true;  // what follows may be anything
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR ||
      message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    return false;
  }
  if (is_about_data(message.err)) {
    reading.standing.halt();
  } else {
    check_consumed(message, *this);
  }
  return true;
}

void KafkaTail::Consumer::look(bool drained) {
  while (const std::optional<Inquest> inquest = inquests.answer()) settle(*inquest);
  const auto now = Clock::now();
  if (now < looked + kLookEvery) return;
  looked = now;
  for (std::size_t t = 0; t < topics.size(); ++t) {
    for (std::size_t p = 0; p < readings[t].size(); ++p) {
      Reading& reading = readings[t][p];
      if (!drained && !reading.standing.halted()) continue;
      const auto partition = static_cast<std::int32_t>(p);
      std::int64_t low = -1;
      std::int64_t high = -1;
      rd_kafka_get_watermark_offsets(client.get(), topics[t].c_str(), partition, &low, &high);
      if (!reading.standing.asks(reading.next, high, now)) continue;
      inquests.ask({.topic = topics[t], .partition = partition, .offset = reading.next});
    }
  }
}

void KafkaTail::Consumer::settle(const Inquest& inquest) {
  const auto topic =
      static_cast<std::size_t>(std::ranges::find(topics, inquest.at.topic) - topics.begin());
  Reading& reading = readings[topic][static_cast<std::size_t>(inquest.at.partition)];
  const bool here = reading.next == inquest.at.offset;
  const bool unreadable = here && inquest.outcome == Inquest::Outcome::unreadable;
  if (unreadable) {
    inquests.say(inquest.at.topic, {.partition = inquest.at.partition,
                                    .first = reading.next,
                                    .next = inquest.next,
                                    .why = inquest.at.why});
    reading.next = inquest.next;
    restart(inquest.at, inquest.next);
  } else if (here && reading.standing.halted() && inquest.outcome == Inquest::Outcome::readable) {
    restart(inquest.at, reading.next);
    reading.standing = {};
  }
  reading.standing.answered(unreadable, Clock::now());
}

void KafkaTail::Consumer::restart(const Standstill& at, std::int64_t next) {
  const KafkaPartitions list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), at.partition)->offset = next;
  for (const auto change : {&rd_kafka_incremental_unassign, &rd_kafka_incremental_assign}) {
    const KafkaError error(change(client.get(), list.get()));
    if (error) {
      throw std::runtime_error("Cannot go on reading " + at.topic + ": " +
                               rd_kafka_error_string(error.get()));
    }
  }
}

std::int64_t KafkaTail::Consumer::behind() const {
  std::int64_t records = 0;
  for (const auto& partitions : readings) {
    for (const Reading& r : partitions) records += std::max<std::int64_t>(r.end - r.next, 0);
  }
  return records;
}

KafkaTail::KafkaTail(const KafkaConfig& config, std::vector<std::string> topics, From from)
    : consumer_(std::make_unique<Consumer>(config, std::move(topics), from, std::nullopt)) {}
KafkaTail::KafkaTail(const KafkaConfig& config, std::string topic, PartitionOffset from)
    : consumer_(std::make_unique<Consumer>(config, std::vector<std::string>{std::move(topic)},
                                           From::start, from)) {}
KafkaTail::~KafkaTail() = default;

std::vector<KafkaTail::Tailed> KafkaTail::poll(std::size_t records_max,
                                               std::chrono::milliseconds wait) {
  Consumer& c = *consumer_;
  std::vector<Tailed> tailed;
  const bool was_behind = c.behind() > 0;
  const auto until = Clock::now() + wait;
  auto left = wait;
  bool drained = false;
  while (tailed.size() < records_max) {
    const bool waiting = tailed.empty() && left.count() > 0;
    const KafkaMessage message(
        rd_kafka_consumer_poll(c.client.get(), waiting ? static_cast<int>(left.count()) : 0));
    c.throw_if_fatal();
    drained = !message;
    if (!message && !waiting) break;
    if (message) c.take(*message, tailed);
    // An end that was awaited is news, though it is no record.
    if (tailed.empty() && was_behind && c.behind() == 0) break;
    left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
  }
  c.look(drained);
  return tailed;
}

bool KafkaTail::caught_up() const { return consumer_->behind() == 0; }
std::int64_t KafkaTail::behind() const { return consumer_->behind(); }

std::int32_t KafkaTail::partitions(std::string_view topic) const {
  const auto at = std::ranges::find(consumer_->ours, topic) - consumer_->ours.begin();
  return static_cast<std::int32_t>(consumer_->readings.at(static_cast<std::size_t>(at)).size());
}

}  // namespace segue::io
