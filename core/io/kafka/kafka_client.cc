#include "core/io/kafka/kafka_client.h"

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <thread>

#include "core/io/kafka/kafka_security.h"
#include "core/io/kafka/kafka_token.h"
#include "core/io/log.h"

namespace segue::io {
namespace {

constexpr std::chrono::seconds kTroubleEvery{60};
constexpr std::chrono::milliseconds kWatermarksWait{10'000};
constexpr std::chrono::milliseconds kLeaderPause{20};

void on_error(rd_kafka_t* client, int error, const char* detail, void* opaque) {
  auto* trouble = static_cast<KafkaTrouble*>(opaque);
  if (error != RD_KAFKA_RESP_ERR__FATAL) {
    trouble->report(static_cast<rd_kafka_resp_err_t>(error), detail);
    return;
  }
  std::array<char, 512> text{};
  const auto fatal = rd_kafka_fatal_error(client, text.data(), text.size());
  const std::string remedy(remedy_of(fatal, text.data()));
  trouble->report_fatal(text.data() + (remedy.empty() ? "" : ". " + remedy));
}

// On a thread of librdkafka's, in the handshake. 1: go on.
int on_certificate(rd_kafka_t*, const char*, std::int32_t, int* wrong, int, const char*,
                   std::size_t, char* text, std::size_t size, void* opaque) {
  if (*wrong == X509_V_OK) return 1;
  const char* const why = X509_verify_cert_error_string(*wrong);
  static_cast<KafkaTrouble*>(opaque)->distrust(why);
  std::snprintf(text, size, "%s", why);
  return 0;
}

// librdkafka reports each attempt at each broker; `on_error` already says what a person needs.
void on_log(const rd_kafka_t*, int, const char* facility, const char* text) {
  log::debug("The Kafka client says something.", {{"facility", facility}, {"error", text}});
}

// 0: librdkafka frees its text.
int on_statistics(rd_kafka_t*, char* json, std::size_t bytes, void* opaque) {
  if (const auto report = read_statistics({json, bytes})) {
    static_cast<KafkaTrouble*>(opaque)->note(*report);
  }
  return 0;
}

std::string at_brokers(const KafkaConfig& config) { return " at kafka.brokers=" + config.brokers; }

// Troubles that heal by themselves: brokers coming back, leaders and groups in motion.
bool is_passing(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
    case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
    case RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST:
    case RD_KAFKA_RESP_ERR__NOOP:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_MEMBER_ID_REQUIRED:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED:
      return true;
    default:
      return false;
  }
}

std::string place_of(const rd_kafka_message_t& message) {
  if (message.rkt == nullptr) return "the consumer group";
  return std::string(rd_kafka_topic_name(message.rkt)) + "/" + std::to_string(message.partition);
}

// None: with the `bytes` of key and value it is more than a record may have.
std::optional<std::vector<Header>> headers_of(const rd_kafka_message_t& message,
                                              std::size_t bytes) {
  std::vector<Header> headers;
  rd_kafka_headers_t* raw = nullptr;
  if (rd_kafka_message_headers(&message, &raw) != RD_KAFKA_RESP_ERR_NO_ERROR) return headers;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(raw, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    bytes += std::strlen(name) + size + sizeof(Header);
    if (bytes > kRecordBytesMax) return std::nullopt;
    headers.push_back({name, std::string(static_cast<const char*>(value), size)});
  }
  return headers;
}

}  // namespace

void KafkaTrouble::report(rd_kafka_resp_err_t error, std::string_view detail) {
  std::string text = std::string(rd_kafka_err2name(error)) + ": " + std::string(detail);
  if (error == RD_KAFKA_RESP_ERR__SSL) {
    const std::lock_guard lock(mutex_);
    if (!distrusted_.empty()) text += " (" + distrusted_ + ")";
  }
  const std::string remedy(remedy_of(error, text));
  const bool news = !remedy.empty() && !denied_.ends_with(remedy);
  if (!remedy.empty()) denied_ = text + ". " + remedy;
  const auto now = std::chrono::steady_clock::now();
  if (now < quiet_until_ && !news) return;
  quiet_until_ = now + kTroubleEvery;
  log::warn("Kafka is in trouble; the client goes on trying.",
            {{"error", text}, {"remedy", remedy}});
}

void KafkaTrouble::distrust(std::string_view why) {
  const std::lock_guard lock(mutex_);
  distrusted_ = why;
}

void KafkaTrouble::report_fatal(std::string_view detail) { fatal_ = detail; }

void KafkaTrouble::throw_if_fatal() const {
  if (!fatal_.empty()) throw std::runtime_error("Kafka client: fatal error: " + fatal_);
}

void kafka_set(rd_kafka_conf_t* conf, std::initializer_list<KafkaSetting> settings) {
  for (const auto& [name, value] : settings) {
    std::array<char, 512> text{};
    if (rd_kafka_conf_set(conf, name, value.c_str(), text.data(), text.size()) !=
        RD_KAFKA_CONF_OK) {
      throw std::runtime_error("Kafka client: setting " + std::string(name) + ": " + text.data());
    }
  }
}

KafkaConf kafka_conf(const KafkaConfig& config, KafkaTrouble& trouble,
                     std::initializer_list<KafkaSetting> settings) {
  KafkaConf conf(rd_kafka_conf_new());
  kafka_set(conf.get(), {{"bootstrap.servers", config.brokers},
                         {"client.id", "segue"},
                         {"socket.nagle.disable", "true"},
                         {"log.connection.close", "false"},
                         // A broker that is there and silent is given up after this, not after a
                         // minute. More than the longest held fetch.
                         {"socket.timeout.ms", "12000"},
                         // A broker that restarts is found again within a second, not ten.
                         {"reconnect.backoff.ms", "50"},
                         {"reconnect.backoff.max.ms", "1000"}});
  secure(conf.get(), config);
  if (config.sasl_mechanism == kOauthBearer) bring_tokens(conf.get(), config, trouble);
  kafka_set(conf.get(), settings);
  rd_kafka_conf_set_opaque(conf.get(), &trouble);
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  rd_kafka_conf_set_log_cb(conf.get(), on_log);
  rd_kafka_conf_set_stats_cb(conf.get(), on_statistics);
  rd_kafka_conf_set_ssl_cert_verify_cb(conf.get(), on_certificate);
  return conf;
}

KafkaHandle kafka_client(rd_kafka_type_t type, KafkaConf conf) {
  std::array<char, 512> text{};
  KafkaHandle client(rd_kafka_new(type, conf.get(), text.data(), text.size()));
  if (!client) throw std::runtime_error("Kafka client: " + std::string(text.data()));
  static_cast<void>(conf.release());  // the client owns it now
  serve_tokens(client.get());
  return client;
}

namespace {

// The client's callbacks may have said why access is denied; "": nothing.
std::string denied(rd_kafka_t* client) {
  rd_kafka_poll(client, 0);
  if (rd_kafka_type(client) == RD_KAFKA_CONSUMER) {
    // Where its events go to the consumer's queue; nothing is assigned yet.
    const KafkaMessage dropped(rd_kafka_consumer_poll(client, 0));
  }
  return static_cast<KafkaTrouble*>(rd_kafka_opaque(client))->denied();
}

}  // namespace

KafkaMetadata kafka_metadata(rd_kafka_t* client, const KafkaConfig& config,
                             std::chrono::milliseconds wait) {
  const auto until = std::chrono::steady_clock::now() + wait;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR__TIMED_OUT;
  do {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    const rd_kafka_metadata_t* metadata = nullptr;
    // All topics: asking for one by name may create it.
    error = rd_kafka_metadata(client, 1, nullptr, &metadata,
                              static_cast<int>(std::max<std::int64_t>(left.count(), 1)));
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return KafkaMetadata(metadata);
  } while (is_passing(error) && std::chrono::steady_clock::now() < until);
  if (const std::string why = denied(client); !why.empty()) {
    throw std::runtime_error("Kafka" + at_brokers(config) + " is not open to us: " + why);
  }
  throw std::runtime_error("No Kafka broker answers" + at_brokers(config) + " (" +
                           rd_kafka_err2str(error) +
                           "): start Kafka, or set kafka.brokers to where it listens.");
}

std::string kafka_cluster(rd_kafka_t* client) {
  // Comes with the metadata, so that a caller who has read that does not wait.
  const std::unique_ptr<char, decltype(&std::free)> id(
      rd_kafka_clusterid(client, static_cast<int>(kKafkaStartWait.count())), &std::free);
  return id ? id.get() : "";
}

std::string wire_topic(const KafkaConfig& config, std::string_view topic) {
  return config.prefix + std::string(topic);
}

std::int32_t partition_count(const rd_kafka_metadata_t& metadata, std::string_view topic) {
  for (int i = 0; i < metadata.topic_cnt; ++i) {
    const rd_kafka_metadata_topic_t& found = metadata.topics[i];
    if (topic == found.topic) return found.partition_cnt;
  }
  return 0;
}

std::int32_t check_topic(const rd_kafka_metadata_t& metadata, const KafkaConfig& config,
                         std::string_view name, std::int32_t partitions) {
  const std::string topic = wire_topic(config, name);
  const std::int32_t found = partition_count(metadata, topic);
  if (found == 0) {
    throw std::runtime_error("There is no topic " + topic + at_brokers(config) +
                             ", or no right to it: run `segue-admin init`, or give "
                             "kafka.sasl_user the rights that deploy/SECURITY.md lists.");
  }
  if (partitions > 0 && found != partitions) {
    throw std::runtime_error(
        "Topic " + topic + at_brokers(config) + " has " + std::to_string(found) +
        " partitions, but its state was made for " + std::to_string(partitions) +
        ": connect to the Kafka and Redis that belong together, or begin again with both empty.");
  }
  return found;
}

Watermarks kafka_watermarks(rd_kafka_t* client, const std::string& topic, std::int32_t partition) {
  const auto until = std::chrono::steady_clock::now() + kWatermarksWait;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR__TIMED_OUT;
  do {
    Watermarks marks;
    error =
        rd_kafka_query_watermark_offsets(client, topic.c_str(), partition, &marks.low, &marks.high,
                                         static_cast<int>(kWatermarksWait.count()));
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return marks;
    // A leader that is just being elected; the client learns of it meanwhile.
    std::this_thread::sleep_for(kLeaderPause);
  } while (is_passing(error) && std::chrono::steady_clock::now() < until);
  throw std::runtime_error("Kafka does not say where " + topic + "/" + std::to_string(partition) +
                           " begins and ends: " + rd_kafka_err2str(error) + ".");
}

std::optional<Record> kafka_record(rd_kafka_message_t& message) {
  const std::size_t whole = message.len + message.key_len;
  if (whole > kRecordBytesMax) return std::nullopt;
  auto headers = headers_of(message, whole);
  if (!headers) return std::nullopt;
  const auto bytes = [](const void* data, std::size_t size) -> std::optional<std::string> {
    if (data == nullptr) return std::nullopt;
    return std::string(static_cast<const char*>(data), size);
  };
  constexpr std::int64_t kMicrosPerMilli = 1'000;
  constexpr std::int64_t kMillisMax = 7'258'118'400'000;  // the year 2200, as far as times go
  return Record{.partition = message.partition,
                .offset = message.offset,
                .timestamp = std::clamp<std::int64_t>(rd_kafka_message_timestamp(&message, nullptr),
                                                      0, kMillisMax) *
                             kMicrosPerMilli,
                .key = bytes(message.key, message.key_len),
                .value = bytes(message.payload, message.len),
                .headers = std::move(*headers)};
}

Unreadable too_large(const rd_kafka_message_t& message) {
  return {.partition = message.partition,
          .first = message.offset,
          .next = message.offset + 1,
          .why = "a record of " + std::to_string(message.len) +
                 " bytes and its key and headers: more than " + std::to_string(kRecordBytesMax) +
                 " are not read"};
}

void check_consumed(const rd_kafka_message_t& message, KafkaTrouble& trouble) {
  if (is_passing(message.err)) {
    trouble.report(message.err, rd_kafka_message_errstr(&message));
    return;
  }
  const std::string what = place_of(message);
  switch (message.err) {
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      throw std::runtime_error(
          what +
          ": the offset to read from is not in the log: the log was trimmed (retention) or "
          "re-created; nothing is skipped. " +
          rd_kafka_message_errstr(&message));
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      throw std::runtime_error(what + " is gone from Kafka; `segue-admin init` makes topics.");
    default: {
      // Going on could skip a record that cannot be read.
      const std::string text = rd_kafka_message_errstr(&message);
      const std::string remedy(remedy_of(message.err, text));
      throw std::runtime_error(what + ": " + rd_kafka_err2name(message.err) + ": " + text +
                               (remedy.empty() ? "" : ". " + remedy));
    }
  }
}

}  // namespace segue::io
