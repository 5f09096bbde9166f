#include "core/io/kafka/kafka_producer.h"
#include "core/io/kafka/kafka_sink.h"

namespace segue::io {
namespace {

// While the queue is full: until a report makes room, looking again so often.
constexpr int kFullWaitMs = 10;
// Reports are served after so many records at the latest.
constexpr std::uint32_t kServeEvery = 256;

}  // namespace

struct KafkaStream::Producer : KafkaTrouble {
  explicit Producer(const KafkaConfig& config) : prefix(config.prefix), client(make(config)) {
    kafka_metadata(client.get(), config);
  }

  KafkaHandle make(const KafkaConfig& config) {
    KafkaConf conf = producer_conf(config, *this,
                                   {{"batch.num.messages", "10000"},
                                    {"queue.buffering.max.messages", "100000"},
                                    {"queue.buffering.max.kbytes", "65536"}});
    rd_kafka_conf_set_dr_msg_cb(conf.get(), &Producer::on_report);
    return kafka_client(RD_KAFKA_PRODUCER, std::move(conf));
  }

  static void on_report(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    auto* self = static_cast<Producer*>(static_cast<KafkaTrouble*>(opaque));
    if (in_log(message->err, message->offset)) {
      ++self->delivered;
      return;
    }
    ++self->failed;
    self->last_error = message->err;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      self->report(message->err, "a record was not delivered");
    }
  }

  void serve(int wait_ms) {
    rd_kafka_poll(client.get(), wait_ms);
    throw_if_fatal();
    throw_if_missing(last_error);
  }

  const std::string prefix;
  std::uint64_t delivered = 0;
  std::uint64_t failed = 0;
  std::uint32_t sent = 0;
  rd_kafka_resp_err_t last_error = RD_KAFKA_RESP_ERR_NO_ERROR;
  KafkaHandle client;  // last: its callbacks use the rest
};

KafkaStream::KafkaStream(const KafkaConfig& config)
    : producer_(std::make_unique<Producer>(config)) {}
KafkaStream::~KafkaStream() = default;

void KafkaStream::send(const Publication& publication) {
  Producer& p = *producer_;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  while ((error = produce(p.client.get(), p.prefix, publication, nullptr)) ==
         RD_KAFKA_RESP_ERR__QUEUE_FULL) {
    p.serve(kFullWaitMs);
  }
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw_if_missing(error);
    ++p.failed;
  }
  if (++p.sent % kServeEvery == 0) p.serve(0);
}

void KafkaStream::serve(std::chrono::milliseconds wait) {
  producer_->serve(static_cast<int>(wait.count()));
}

std::size_t KafkaStream::flush(std::chrono::milliseconds wait) {
  rd_kafka_flush(producer_->client.get(), static_cast<int>(wait.count()));
  producer_->throw_if_fatal();
  return static_cast<std::size_t>(rd_kafka_outq_len(producer_->client.get()));
}

std::uint64_t KafkaStream::delivered() const { return producer_->delivered; }
std::uint64_t KafkaStream::failed() const { return producer_->failed; }

}  // namespace segue::io
