#include "core/io/server_probe.h"

#include "core/io/kafka/kafka_client.h"
#include "core/io/redis/redis_client.h"

namespace segue::io {
namespace {

constexpr int kKafkaWaitMs = 2'000;

}  // namespace

struct ServerProbe::Clients {
  Clients(const KafkaConfig& kafka_config, const RedisConfig& redis_config)
      : kafka(kafka_client(RD_KAFKA_PRODUCER, kafka_conf(kafka_config, trouble, {}))),
        redis(redis_config) {}

  KafkaTrouble trouble;
  KafkaHandle kafka;
  RedisClient redis;
};

ServerProbe::ServerProbe(const KafkaConfig& kafka, const RedisConfig& redis)
    : clients_(std::make_unique<Clients>(kafka, redis)) {}
ServerProbe::~ServerProbe() = default;

bool ServerProbe::kafka_answers() {
  rd_kafka_poll(clients_->kafka.get(), 0);  // its complaints would pile up
  const rd_kafka_metadata_t* metadata = nullptr;
  const rd_kafka_resp_err_t error =
      rd_kafka_metadata(clients_->kafka.get(), 0, nullptr, &metadata, kKafkaWaitMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
  return KafkaMetadata(metadata)->broker_cnt > 0;
}

bool ServerProbe::redis_answers() { return clients_->redis.answers(); }

}  // namespace segue::io
