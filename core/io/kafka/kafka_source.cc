#include "core/io/kafka/kafka_source.h"

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>

#include "core/io/kafka/kafka_client.h"
#include "core/io/kafka/kafka_unreadable.h"
#include "core/io/log.h"

namespace segue::io {
namespace {

using Clock = std::chrono::steady_clock;

// How long leaving the group may take; a group whose broker is silent finds out by itself.
constexpr std::chrono::seconds kLeaveWithin{5};
constexpr int kLeavePollMs = 100;
// Bytes of a partition in one answer, compressed: a whole answer comes past the limits of what is
// queued. A larger batch comes alone.
constexpr std::int64_t kPartitionBytesMax = 128 * 1024;

// A poll ends with the record that passes this.
constexpr std::size_t kPollBytesMax = 16 * 1024 * 1024;

std::size_t bytes_of(const Record& record) {
  return (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
}

KafkaPartitions list_of(const std::string& topic, std::span<const PartitionOffset> partitions) {
  KafkaPartitions list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const auto& [partition, offset] : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
  }
  return list;
}

void throw_if(rd_kafka_error_t* raised, const char* what) {
  const KafkaError error(raised);
  if (error) {
    throw std::runtime_error(std::string("Kafka consumer: ") + what + ": " +
                             rd_kafka_error_string(error.get()));
  }
}

}  // namespace

// The group gives and takes partitions in `on_rebalance`, which runs inside poll, on our thread. An
// assignment is acknowledged there with an empty list, so that the group goes on at once; reading
// begins in `start`, when it is known where. librdkafka allows an incremental assign at any time.
// Offsets in here are the broker's; what comes in and goes out is `begins_at` further.
struct KafkaSource::Consumer : KafkaTrouble {
  struct Owned {
    bool reading = false;
    std::int64_t next = 0;  // the lowest offset to hand out
    // Up to here nothing follows `next` but markers of transactions, which are never handed out.
    std::int64_t markers_end = -1;
    Standing standing = {};
  };

  Consumer(const KafkaConfig& config, std::string_view group, std::string_view topic_name,
           std::int32_t partitions);
  ~Consumer();
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  static void on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t what,
                           rd_kafka_topic_partition_list_t* list, void* opaque);
  void assigned(const rd_kafka_topic_partition_list_t& list);
  void revoked(const rd_kafka_topic_partition_list_t& list);
  void say(std::string_view what, const rd_kafka_topic_partition_list_t& list) const;
  // Gives one message to `polled`; false if it was none.
  bool take(KafkaMessage message);
  void drop_revoked();
  // An error that came as a message.
  void take_error(const rd_kafka_message_t& message);
  // Asks about partitions that stand, and goes on where the answer allows it. `drained`: all that
  // had come was taken.
  void look(bool drained);
  void settle(const Inquest& inquest);
  // Reads a partition that is being read from there on.
  void restart(std::int32_t partition, std::int64_t next);
  std::int64_t high_seen(std::int32_t partition) const;
  bool leave();
  void unassign(std::span<const PartitionOffset> partitions);

  const std::string topic;  // as brokers know it
  const std::int64_t begins_at;
  std::map<std::int32_t, Owned> owned;
  Polled polled;
  std::string callback_error;  // an exception must not fly through librdkafka
  Inquests inquests;
  Clock::time_point looked{};
  bool halted_now = false;  // since then
  std::size_t polled_bytes = 0;
  // Questions go through a client of their own: on the reading one they would queue behind a fetch
  // that the broker holds until there is something to send.
  KafkaTrouble asker_trouble;
  KafkaHandle asker;
  KafkaHandle client;  // last: its callbacks use the rest
};

KafkaSource::Consumer::Consumer(const KafkaConfig& config, std::string_view group,
                                std::string_view topic_name, std::int32_t partitions)
    : topic(wire_topic(config, topic_name)),
      begins_at(config.begins_at),
      inquests(config),
      asker(kafka_client(RD_KAFKA_CONSUMER, kafka_conf(config, asker_trouble, {}))) {
  check_topic(*kafka_metadata(asker.get(), config), config, topic_name, partitions);

  const std::int64_t session_ms = config.session_timeout_ms;
  KafkaConf conf = kafka_conf(
      config, *this,
      {{"group.id", std::string(group)},
       {"partition.assignment.strategy", "cooperative-sticky"},
       {"session.timeout.ms", std::to_string(session_ms)},
       {"heartbeat.interval.ms",
        std::to_string(std::clamp<std::int64_t>(session_ms / 10, 1, 1'000))},
       {"max.poll.interval.ms", std::to_string(std::max<std::int64_t>(session_ms, 300'000))},
       {"enable.auto.commit", "false"},
       {"enable.auto.offset.store", "false"},
       {"auto.offset.reset", "error"},
       {"check.crcs", "true"},
       {"isolation.level", "read_uncommitted"},
       {"enable.partition.eof", "false"},
       {"statistics.interval.ms", kStatisticsEveryMs},
       {"fetch.wait.max.ms", std::to_string(config.fetch_wait_ms)},
       {"fetch.min.bytes", std::to_string(config.fetch_bytes_min)},
       {"fetch.error.backoff.ms", "100"},
       // Past these the broker's thread looks again only after a second (measured, 2.0.2): what is
       // queued must last so long, or catching up stutters. A worker that keeps up queues nothing;
       // one that waits for Redis holds that much, several times over in librdkafka's own lists.
       {"queued.min.messages", "30000"},
       {"queued.max.messages.kbytes", "16384"},
       // Not less than the broker gathers: where one partition alone has a backlog, no answer would
       // be large enough, and each would wait for company.
       {"fetch.message.max.bytes",
        std::to_string(std::max(kPartitionBytesMax, config.fetch_bytes_min))}});
  // A member that stays away for less than the session time-out comes back to its partitions.
  if (!config.instance.empty()) kafka_set(conf.get(), {{"group.instance.id", config.instance}});
  rd_kafka_conf_set_rebalance_cb(conf.get(), &Consumer::on_rebalance);
  client = kafka_client(RD_KAFKA_CONSUMER, std::move(conf));
  rd_kafka_poll_set_consumer(client.get());

  const KafkaPartitions wanted(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(wanted.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  const rd_kafka_resp_err_t error = rd_kafka_subscribe(client.get(), wanted.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error("Cannot subscribe to " + topic + ": " + rd_kafka_err2str(error));
  }
}

KafkaSource::Consumer::~Consumer() {
  if (!client || leave()) return;
  // To destroy it would wait for the broker without end (2.0.2). It is left to the end of the
  // process, which is near.
  static_cast<void>(client.release());
}

// Leaves the group, which revokes what is left through the callback; false: no broker answered.
bool KafkaSource::Consumer::leave() {
  const KafkaQueue queue(rd_kafka_queue_get_consumer(client.get()));
  const KafkaError error(rd_kafka_consumer_close_queue(client.get(), queue.get()));
  if (error) return false;
  const auto until = Clock::now() + kLeaveWithin;
  while (rd_kafka_consumer_closed(client.get()) == 0 && Clock::now() < until) {
    // Records that were fetched are still among the callbacks, and are dropped.
    const KafkaMessage dropped(rd_kafka_consumer_poll(client.get(), kLeavePollMs));
  }
  return rd_kafka_consumer_closed(client.get()) != 0;
}

void KafkaSource::Consumer::on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t what,
                                         rd_kafka_topic_partition_list_t* list, void* opaque) {
  auto* self = static_cast<Consumer*>(static_cast<KafkaTrouble*>(opaque));
  try {
    if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
      self->assigned(*list);
    } else {
      self->revoked(*list);
    }
  } catch (const std::exception& e) {
    self->callback_error = e.what();
  }
  rd_kafka_yield(client);  // poll returns now and says so
}

void KafkaSource::Consumer::assigned(const rd_kafka_topic_partition_list_t& list) {
  say("Partitions were assigned.", list);
  for (int i = 0; i < list.cnt; ++i) {
    const std::int32_t partition = list.elems[i].partition;
    owned[partition] = {};
    polled.assigned.push_back(partition);
  }
  const KafkaPartitions none(rd_kafka_topic_partition_list_new(0));
  throw_if(rd_kafka_incremental_assign(client.get(), none.get()), "assign");
}

void KafkaSource::Consumer::revoked(const rd_kafka_topic_partition_list_t& list) {
  say("Partitions were revoked.", list);
  std::vector<PartitionOffset> reading;
  for (int i = 0; i < list.cnt; ++i) {
    const std::int32_t partition = list.elems[i].partition;
    const auto found = owned.find(partition);
    if (found == owned.end()) continue;
    if (found->second.reading) reading.push_back({partition, 0});
    owned.erase(found);
    std::erase(polled.assigned, partition);
    polled.revoked.push_back(partition);
  }
  // Also with an empty list, for partitions that were never started: it is the acknowledgement.
  unassign(reading);
}

void KafkaSource::Consumer::say(std::string_view what,
                                const rd_kafka_topic_partition_list_t& list) const {
  if (list.cnt == 0) return;  // a round of the group in which this member's did not change
  std::vector<std::int32_t> partitions;
  partitions.reserve(static_cast<std::size_t>(list.cnt));
  for (int i = 0; i < list.cnt; ++i) partitions.push_back(list.elems[i].partition);
  std::ranges::sort(partitions);
  std::string text;
  for (const std::int32_t p : partitions) text += (text.empty() ? "" : ",") + std::to_string(p);
  log::info(what, {{"topic", topic}, {"partitions", text}});
}

void KafkaSource::Consumer::unassign(std::span<const PartitionOffset> partitions) {
  throw_if(rd_kafka_incremental_unassign(client.get(), list_of(topic, partitions).get()),
           "unassign");
}

bool KafkaSource::Consumer::take(KafkaMessage message) {
  if (!message) return false;
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    take_error(*message);
    return true;
  }
  const auto found = owned.find(message->partition);
  if (found == owned.end() || !found->second.reading || found->second.standing.halted())
    return true;
  if (message->offset < found->second.next) return true;
  found->second.next = message->offset + 1;
  found->second.standing.moved();
  auto record = kafka_record(*message);
  if (record) {
    polled_bytes += bytes_of(*record);
    polled.records.push_back(std::move(*record));
  } else {
    polled.unreadable.push_back(too_large(*message));
    inquests.say(topic, polled.unreadable.back());
  }
  return true;
}

void KafkaSource::Consumer::take_error(const rd_kafka_message_t& message) {
  const auto found = message.rkt != nullptr ? owned.find(message.partition) : owned.end();
  const bool reading = found != owned.end() && found->second.reading;
  if (reading && found->second.standing.halted())
    return;  // what follows an error in the data may be anything
  if (!is_about_data(message.err)) return check_consumed(message, *this);
  if (!reading) return;
  found->second.standing.halt();
  halted_now = true;
}

void KafkaSource::Consumer::look(bool drained) {
  while (const std::optional<Inquest> inquest = inquests.answer()) settle(*inquest);
  const auto now = Clock::now();
  if (now < looked + kLookEvery && !halted_now) return;
  looked = now;
  halted_now = false;
  for (auto& [partition, at] : owned) {
    if (!at.reading || (!drained && !at.standing.halted())) continue;
    if (!at.standing.asks(at.next, high_seen(partition), now)) continue;
    inquests.ask({.topic = topic, .partition = partition, .offset = at.next});
  }
}

void KafkaSource::Consumer::settle(const Inquest& inquest) {
  const std::int32_t partition = inquest.at.partition;
  const auto found = owned.find(partition);
  // Revoked, moved or gone on by itself meanwhile.
  if (found == owned.end() || !found->second.reading) return;
  Owned& at = found->second;
  const bool halted = at.standing.halted();
  const bool here = at.next == inquest.at.offset;
  const bool unreadable = here && inquest.outcome == Inquest::Outcome::unreadable;
  if (unreadable) {
    polled.unreadable.push_back(
        {.partition = partition, .first = at.next, .next = inquest.next, .why = inquest.at.why});
    inquests.say(topic, polled.unreadable.back());
    restart(partition, inquest.next);
  } else if (here && halted && inquest.outcome == Inquest::Outcome::readable) {
    restart(partition, at.next);
  }
  if (here && !halted) at.markers_end = std::max(at.markers_end, inquest.end);
  at.standing.answered(unreadable, Clock::now());
}

void KafkaSource::Consumer::restart(std::int32_t partition, std::int64_t next) {
  const std::array at = {PartitionOffset{partition, next}};
  unassign(at);
  owned[partition] = {.reading = true, .next = next};
  throw_if(rd_kafka_incremental_assign(client.get(), list_of(topic, at).get()), "start");
}

std::int64_t KafkaSource::Consumer::high_seen(std::int32_t partition) const {
  std::int64_t low = -1;
  std::int64_t high = -1;
  rd_kafka_get_watermark_offsets(client.get(), topic.c_str(), partition, &low, &high);
  const auto found = owned.find(partition);
  if (found != owned.end() && high <= found->second.markers_end) return found->second.next;
  return std::max<std::int64_t>(high, -1);
}

void KafkaSource::Consumer::drop_revoked() {
  if (polled.revoked.empty()) return;
  const auto is_revoked = [&](const auto& one) {
    return std::ranges::find(polled.revoked, one.partition) != polled.revoked.end();
  };
  std::erase_if(polled.records, is_revoked);
  std::erase_if(polled.unreadable, is_revoked);
}

KafkaSource::KafkaSource(const KafkaConfig& config, std::string_view group, std::string_view topic,
                         std::int32_t partitions)
    : consumer_(std::make_unique<Consumer>(config, group, topic, partitions)) {}
KafkaSource::~KafkaSource() = default;

Polled KafkaSource::poll(std::size_t records_max, std::chrono::milliseconds wait) {
  Consumer& c = *consumer_;
  c.polled = {};
  c.polled_bytes = 0;
  const auto moved = [&] { return !c.polled.assigned.empty() || !c.polled.revoked.empty(); };
  const auto until = Clock::now() + wait;
  auto left = wait;
  bool drained = false;
  while (c.polled.records.size() < records_max && c.polled_bytes < kPollBytesMax) {
    // Once there is a record, only what has arrived already is taken: nothing waits for company.
    const bool waiting = c.polled.records.empty() && !moved() && left.count() > 0;
    const int timeout_ms = waiting ? static_cast<int>(left.count()) : 0;
    const bool came = c.take(KafkaMessage(rd_kafka_consumer_poll(c.client.get(), timeout_ms)));
    c.throw_if_fatal();
    if (!c.callback_error.empty()) throw std::runtime_error(c.callback_error);
    drained = !came;
    if (moved() || (!came && !waiting)) break;
    left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
  }
  c.look(drained);
  c.drop_revoked();
  for (Record& record : c.polled.records) record.offset += c.begins_at;
  for (Unreadable& range : c.polled.unreadable) {
    range.first += c.begins_at;
    range.next += c.begins_at;
  }
  return std::move(c.polled);
}

void KafkaSource::start(std::span<const PartitionOffset> partitions) {
  Consumer& c = *consumer_;
  std::vector<PartitionOffset> moving;
  std::vector<PartitionOffset> starting;
  for (const auto& [partition, offset] : partitions) {
    const auto found = c.owned.find(partition);
    if (found == c.owned.end()) continue;  // revoked meanwhile
    const PartitionOffset at{partition, offset - c.begins_at};
    if (found->second.reading) moving.push_back(at);
    found->second = {.reading = true, .next = at.offset};
    starting.push_back(at);
  }
  // Unassigning outdates what was fetched before; assigning again reads from our offset, where a
  // seek would race with the fetcher.
  if (!moving.empty()) c.unassign(moving);
  if (starting.empty()) return;
  throw_if(rd_kafka_incremental_assign(c.client.get(), list_of(c.topic, starting).get()), "start");
}

void KafkaSource::pause(std::int32_t partition) {
  Consumer& c = *consumer_;
  const auto found = c.owned.find(partition);
  if (found == c.owned.end() || !found->second.reading) return;
  const std::array at = {PartitionOffset{partition, 0}};
  c.unassign(at);
  found->second = {};
}

Watermarks KafkaSource::watermarks(std::int32_t partition) {
  const Watermarks marks = kafka_watermarks(consumer_->asker.get(), consumer_->topic, partition);
  return {.low = consumer_->begins_at + marks.low, .high = consumer_->begins_at + marks.high};
}

std::int64_t KafkaSource::high_seen(std::int32_t partition) {
  const std::int64_t high = consumer_->high_seen(partition);
  return high < 0 ? high : consumer_->begins_at + high;
}

void KafkaSource::hint(std::span<const PartitionOffset> partitions) {
  if (partitions.empty()) return;
  const KafkaPartitions list = list_of(consumer_->topic, partitions);
  for (int i = 0; i < list->cnt; ++i) list->elems[i].offset -= consumer_->begins_at;
  // Asynchronous, and its outcome is of no interest: no reader resumes from it.
  rd_kafka_commit(consumer_->client.get(), list.get(), 1);
}

}  // namespace segue::io
