#pragma once

#include <cstdint>
#include <initializer_list>

#include "core/io/kafka/kafka_client.h"
#include "core/io/ports.h"

// The part that all producers share.
namespace segue::io {

// acks=all, Kafka's own key hash, lz4, kafka.linger_ms, librdkafka's time-out at
// kafka.publish_timeout_ms; then `settings`.
KafkaConf producer_conf(const KafkaConfig& config, KafkaTrouble& trouble,
                        std::initializer_list<KafkaSetting> settings);

// Hands a copy to librdkafka for the topic with that prefix, whose delivery report will carry
// `tag`. Never blocks; QUEUE_FULL and other errors are returned, and then there will be no report.
rd_kafka_resp_err_t produce(rd_kafka_t* client, const std::string& prefix,
                            const Publication& publication, void* tag);

// Whether a delivery report proves that the record is in the log: no error, and an offset.
// librdkafka also reports records as delivered, without an offset, of which it does not know it.
bool in_log(rd_kafka_resp_err_t error, std::int64_t offset);

// Sending the same record again cannot help: it is too large or malformed.
bool is_hopeless(rd_kafka_resp_err_t error);

// Throws std::runtime_error with the remedy if `error` says that the topic or partition is missing,
// or that we may not write to it.
void throw_if_missing(rd_kafka_resp_err_t error);

}  // namespace segue::io
