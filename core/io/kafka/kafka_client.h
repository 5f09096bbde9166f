#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/config.h"
#include "core/io/kafka/kafka_figures.h"
#include "core/io/ports.h"

// librdkafka's handles with owners, and what all our clients share: settings, start-up checks and
// the texts of errors. For the Kafka adapters and segue-admin; nothing else includes it.
namespace segue::io {

// How often readers look for partitions that stand although their log goes on.
inline constexpr std::chrono::milliseconds kLookEvery{250};

struct KafkaDestroy {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
  void operator()(const rd_kafka_metadata_t* metadata) const {
    rd_kafka_metadata_destroy(metadata);
  }
  void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};
using KafkaHandle = std::unique_ptr<rd_kafka_t, KafkaDestroy>;
using KafkaConf = std::unique_ptr<rd_kafka_conf_t, KafkaDestroy>;
using KafkaMessage = std::unique_ptr<rd_kafka_message_t, KafkaDestroy>;
using KafkaPartitions = std::unique_ptr<rd_kafka_topic_partition_list_t, KafkaDestroy>;
using KafkaMetadata = std::unique_ptr<const rd_kafka_metadata_t, KafkaDestroy>;
using KafkaQueue = std::unique_ptr<rd_kafka_queue_t, KafkaDestroy>;
using KafkaError = std::unique_ptr<rd_kafka_error_t, KafkaDestroy>;

// The reports of a client's callbacks. Lost brokers are librdkafka's to find again, so they are
// logged at most once a minute, with the remedy where a person must act; a fatal error waits here
// for the next call of ours, which throws. Belongs to the client's thread, but for
// `distrust`, and must outlive the client.
class KafkaTrouble {
 public:
  void report(rd_kafka_resp_err_t error, std::string_view detail);
  void report_fatal(std::string_view detail);
  // Throws std::runtime_error if a fatal error was reported.
  void throw_if_fatal() const;
  // Why a broker's certificate was not trusted, which the error that follows does not say.
  // Thread-safe.
  void distrust(std::string_view why);
  // The last report that was about TLS, passwords or rights, with its remedy; "": there was none.
  const std::string& denied() const { return denied_; }
  // Tokens are asked for with these settings; a copy is kept.
  void log_in_with(const KafkaConfig& config) {
    login_ = std::make_unique<const KafkaConfig>(config);
  }
  // None unless `log_in_with` was called. Thread-safe from when the client begins.
  const KafkaConfig* login() const { return login_.get(); }
  // The client's statistics, where it was asked to give them.
  void note(const KafkaReport& report) { share_.note(report); }

 private:
  KafkaShare share_;
  std::unique_ptr<const KafkaConfig> login_;
  std::string fatal_;
  std::string denied_;
  std::chrono::steady_clock::time_point quiet_until_{};
  std::mutex mutex_;
  std::string distrusted_;  // guarded by mutex_
};

using KafkaSetting = std::pair<const char*, std::string>;

// Throws std::runtime_error for a setting that librdkafka refuses.
void kafka_set(rd_kafka_conf_t* conf, std::initializer_list<KafkaSetting> settings);

// The settings common to all clients (brokers, quick reconnects, no Nagle, TLS, log-in, log and
// error callbacks), kafka.properties, and then `settings`. `trouble` becomes the client's opaque,
// so a callback finds its class by deriving that from KafkaTrouble and casting down. Throws as
// kafka_set does.
KafkaConf kafka_conf(const KafkaConfig& config, KafkaTrouble& trouble,
                     std::initializer_list<KafkaSetting> settings);

// Starts a client. Throws std::runtime_error.
KafkaHandle kafka_client(rd_kafka_type_t type, KafkaConf conf);

// How long a start waits for a broker to answer.
inline constexpr std::chrono::milliseconds kKafkaStartWait{10'000};

// The brokers' metadata of all topics. Never creates one. Waits up to `wait`; throws
// std::runtime_error that names kafka.brokers and the remedy.
KafkaMetadata kafka_metadata(rd_kafka_t* client, const KafkaConfig& config,
                             std::chrono::milliseconds wait = kKafkaStartWait);

// The cluster's id, which a new installation does not share; "" from brokers that have none.
std::string kafka_cluster(rd_kafka_t* client);

// The name by which brokers know a topic of ours.
std::string wire_topic(const KafkaConfig& config, std::string_view topic);

// 0: there is no such topic. Requires: `topic` is a name as brokers know it.
std::int32_t partition_count(const rd_kafka_metadata_t& metadata, std::string_view topic);

// Finds a topic by our own name. Throws std::runtime_error with the remedy if it is missing, or has
// another number of partitions than `partitions` where that is not 0. Returns the number.
std::int32_t check_topic(const rd_kafka_metadata_t& metadata, const KafkaConfig& config,
                         std::string_view name, std::int32_t partitions);

// Where a partition of a topic begins and ends, as its leader says. Throws
// std::runtime_error when it does not answer in 10 s.
Watermarks kafka_watermarks(rd_kafka_t* client, const std::string& topic, std::int32_t partition);

// Larger records, key and headers included, are not read: a thousandth of that can be sent, packed.
inline constexpr std::size_t kRecordBytesMax = 8 * 1024 * 1024;

// A delivered message, copied; none if it is larger than kRecordBytesMax. Requires: message.err ==
// 0.
std::optional<Record> kafka_record(rd_kafka_message_t& message);
Unreadable too_large(const rd_kafka_message_t& message);

// Throws what has to stop a reader: an offset that is gone, a broken record, a missing right or
// topic. Returns for what heals by itself (brokers away, a group in motion), after reporting it.
// Requires: message.err != 0.
void check_consumed(const rd_kafka_message_t& message, KafkaTrouble& trouble);

}  // namespace segue::io
