#include "core/io/kafka/kafka_unreadable.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "core/io/log.h"

namespace segue::io {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kHeadPollMs = 30;
constexpr int kLeaderWaitMs = 1'000;
// Silence counts once the leader has answered so often meanwhile: its answers come through the same
// connection as the fetches', and are read by the same thread, one after the other.
constexpr int kAnswersInSilence = 25;
constexpr std::chrono::seconds kSayEvery{10};
constexpr std::chrono::seconds kInquestWithin{30};
constexpr std::chrono::seconds kAskAgainAfter{5};

std::array<std::atomic<std::uint64_t>, kTopics.size() + 1> seen{};

}  // namespace

bool is_about_data(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
    case RD_KAFKA_RESP_ERR__UNDERFLOW:
    case RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED:
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_UNKNOWN:  // a broker that stumbles over its own file says only this
      return true;
    default:
      return false;
  }
}

bool Standing::asks(std::int64_t next, std::int64_t high, Clock::time_point now) {
  if (asked_ || now < ask_from_) return false;
  if (!halted_) {
    if (high <= next) {
      behind_at_ = -1;
      return false;
    }
    if (behind_at_ != next) {
      behind_at_ = next;
      behind_since_ = now;
    }
    if (now - behind_since_ <= silence_max_) return false;
  }
  asked_ = true;
  return true;
}

void Standing::answered(bool found, Clock::time_point now) {
  asked_ = false;
  ask_from_ = found ? now : now + kAskAgainAfter;
  silence_max_ = found ? kSilenceAgainMax : kSilenceMax;
  if (found) halted_ = false;
}

// A consumer that reads one partition, from one offset, to see whether something comes.
struct Inquests::Reader : KafkaTrouble {
  explicit Reader(const KafkaConfig& config)
      : client(kafka_client(RD_KAFKA_CONSUMER,
                            kafka_conf(config, *this,
                                       {{"group.id", "segue-inquest"},  // required, never joined
                                        {"enable.auto.commit", "false"},
                                        {"enable.auto.offset.store", "false"},
                                        {"auto.offset.reset", "error"},
                                        {"check.crcs", "true"},
                                        {"isolation.level", "read_uncommitted"},
                                        {"enable.partition.eof", "true"},
                                        {"fetch.wait.max.ms", "20"},
                                        {"fetch.error.backoff.ms", "50"}}))),
        batches(client.get()) {
    rd_kafka_poll_set_consumer(client.get());
  }

  void assign(const Standstill& at) {
    const KafkaPartitions list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), at.partition)->offset =
        at.offset;
    rd_kafka_assign(client.get(), list.get());
  }
  void unassign() { rd_kafka_assign(client.get(), nullptr); }

  // Something of the partition, a record or an error; null: nothing yet.
  KafkaMessage next() {
    KafkaMessage message(rd_kafka_consumer_poll(client.get(), kHeadPollMs));
    if (message && message->rkt == nullptr) return {};
    return message;
  }

  bool leader_answers(const Standstill& at) { return end_of(at) > at.offset; }

  // In the log, by its leader; -1: it does not answer.
  std::int64_t end_of(const Standstill& at) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    const auto error = rd_kafka_query_watermark_offsets(client.get(), at.topic.c_str(),
                                                        at.partition, &low, &high, kLeaderWaitMs);
    return error == RD_KAFKA_RESP_ERR_NO_ERROR ? high : -1;
  }

  KafkaHandle client;
  KafkaBatches batches;
};

Inquests::Inquests(const KafkaConfig& config) : config_(config) {}

Inquests::~Inquests() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  news_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Inquests::ask(Standstill at) {
  {
    const std::lock_guard lock(mutex_);
    asked_.push_back(std::move(at));
  }
  if (!thread_.joinable()) thread_ = std::thread([this] { serve(); });
  news_.notify_one();
}

std::optional<Inquest> Inquests::answer() {
  const std::lock_guard lock(mutex_);
  if (answered_.empty()) return std::nullopt;
  Inquest first = std::move(answered_.front());
  answered_.pop_front();
  return first;
}

void Inquests::serve() {
  std::unique_ptr<Reader> reader;
  std::unique_lock lock(mutex_);
  for (;;) {
    news_.wait(lock, [this] { return ending_ || !asked_.empty(); });
    if (ending_) return;
    Standstill at = std::move(asked_.front());
    asked_.pop_front();
    lock.unlock();
    Inquest inquest{.at = at};
    try {
      if (!reader) reader = std::make_unique<Reader>(config_);
      inquest = hold(*reader, std::move(at));
    } catch (const std::runtime_error& e) {
      log::warn("An inquest into a partition that stands failed.", {{"error", e.what()}});
    }
    lock.lock();
    answered_.push_back(std::move(inquest));
  }
}

std::array<std::uint64_t, kTopics.size() + 1> unreadable_seen() {
  std::array<std::uint64_t, kTopics.size() + 1> counts{};
  std::ranges::copy(seen, counts.begin());
  return counts;
}

void Inquests::say(const std::string& topic, const Unreadable& what) {
  const std::string_view name =
      std::string_view(topic).substr(topic.starts_with(config_.prefix) ? config_.prefix.size() : 0);
  ++seen[static_cast<std::size_t>(std::ranges::find(kTopics, name) - kTopics.begin())];
  ++unsaid_;
  const auto now = Clock::now();
  if (now < quiet_until_) return;
  quiet_until_ = now + kSayEvery;
  log::warn("What cannot be read is passed over.", {{"topic", topic},
                                                    {"partition", std::int64_t{what.partition}},
                                                    {"offset", what.first},
                                                    {"next", what.next},
                                                    {"error", what.why},
                                                    {"times", std::exchange(unsaid_, 0)}});
}

Inquest Inquests::hold(Reader& reader, Standstill at) const {
  Inquest inquest{.at = std::move(at)};
  const Standstill& where = inquest.at;
  std::string why;
  int answers = 0;
  const auto until = Clock::now() + kInquestWithin;
  // Asked before: who then comes to the log's end without a record has read at least up to there.
  const std::int64_t end = reader.end_of(where);
  reader.assign(where);
  while (why.empty() && answers < kAnswersInSilence && !ending_ && Clock::now() < until) {
    const KafkaMessage message = reader.next();
    if (!message) {
      answers += reader.leader_answers(where) ? 1 : 0;
    } else if (message->partition != where.partition ||
               where.topic != rd_kafka_topic_name(message->rkt)) {
      continue;  // of the inquest before
    } else if (is_about_data(message->err)) {
      why = rd_kafka_message_errstr(message.get());
    } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR ||
               message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF ||
               message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
      inquest.outcome = Inquest::Outcome::readable;
      if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) inquest.end = end;
      break;
    }
  }
  reader.unassign();
  if (inquest.outcome == Inquest::Outcome::readable) return inquest;
  if (why.empty() && answers < kAnswersInSilence) return inquest;
  const auto behind = reader.batches.behind(where.topic, where.partition, where.offset);
  if (!behind) return inquest;
  inquest.outcome = Inquest::Outcome::unreadable;
  inquest.next = *behind;
  if (!why.empty()) inquest.at.why = why;
  if (inquest.at.why.empty()) inquest.at.why = "its batch ends before its records do";
  return inquest;
}

}  // namespace segue::io
