#include "core/io/kafka/kafka_confirmed.h"

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "core/io/kafka/kafka_client.h"
#include "core/io/kafka/kafka_producer.h"

namespace segue::io {
namespace {

// Without a report the thread looks up so often, to see whether it should end.
constexpr int kPollMs = 100;

// A broker reads a connection's next request once it has answered the one before. So one is with it
// and one at its door; a third would only wait there, where nothing joins it any more. Records that
// wait here go together: none waits for company, and the busier the broker, the fewer requests.
constexpr const char* kInFlightMax = "2";

}  // namespace

struct KafkaConfirmed::Producer : KafkaTrouble {
  Producer(const KafkaConfig& config, std::string_view topic, OnReports when_reported)
      : on_reports(std::move(when_reported)),
        prefix(config.prefix),
        begins_at(config.begins_at),
        client(make(config)) {
    const KafkaMetadata metadata = kafka_metadata(client.get(), config);
    partitions = check_topic(*metadata, config, topic, 0);
    cluster = kafka_cluster(client.get());
    thread = std::thread([this] { serve(); });
  }

  ~Producer() {
    ending = true;
    thread.join();
  }
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  KafkaHandle make(const KafkaConfig& config) {
    KafkaConf conf = producer_conf(config, *this,
                                   {{"queue.buffering.max.messages", "100000"},
                                    {"queue.buffering.max.kbytes", "262144"},
                                    {"statistics.interval.ms", kStatisticsEveryMs},
                                    {"max.in.flight", kInFlightMax}});
    rd_kafka_conf_set_dr_msg_cb(conf.get(), &Producer::on_report);
    return kafka_client(RD_KAFKA_PRODUCER, std::move(conf));
  }

  static void on_report(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    auto* self = static_cast<Producer*>(static_cast<KafkaTrouble*>(opaque));
    const bool delivered = in_log(message->err, message->offset);
    if (!delivered) self->report(message->err, "a record was not delivered");
    self->reports.push_back({.tag = reinterpret_cast<std::uintptr_t>(message->_private),
                             .in_log = delivered,
                             .offset = delivered ? self->begins_at + message->offset : -1});
  }

  void serve() {
    while (!ending) {
      rd_kafka_poll(client.get(), kPollMs);
      if (!reports.empty()) on_reports(std::exchange(reports, {}));
      try {
        throw_if_fatal();
      } catch (const std::runtime_error& fatal) {
        const std::lock_guard lock(mutex);
        failure = fatal.what();
        return;
      }
    }
  }

  const OnReports on_reports;
  const std::string prefix;
  const std::int64_t begins_at;
  std::int32_t partitions = 0;
  std::string cluster;
  std::vector<Report> reports;  // the thread's
  std::atomic<bool> ending{false};
  mutable std::mutex mutex;
  std::string failure;  // guarded by mutex
  KafkaHandle client;
  std::thread thread;  // last: it uses the rest
};

KafkaConfirmed::KafkaConfirmed(const KafkaConfig& config, std::string_view topic,
                               OnReports on_reports)
    : producer_(std::make_unique<Producer>(config, topic, std::move(on_reports))) {}
KafkaConfirmed::~KafkaConfirmed() = default;

bool KafkaConfirmed::send(const Publication& publication, std::uint64_t tag) {
  // librdkafka hands the pointer back as it is; it is never followed.
  void* const carried = reinterpret_cast<void*>(static_cast<std::uintptr_t>(tag));
  return produce(producer_->client.get(), producer_->prefix, publication, carried) ==
         RD_KAFKA_RESP_ERR_NO_ERROR;
}

void KafkaConfirmed::check() const {
  const std::lock_guard lock(producer_->mutex);
  if (!producer_->failure.empty()) throw std::runtime_error(producer_->failure);
}

std::int32_t KafkaConfirmed::partitions() const { return producer_->partitions; }
const std::string& KafkaConfirmed::cluster() const { return producer_->cluster; }

}  // namespace segue::io
