#include "core/io/kafka/kafka_producer.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace segue::io {
namespace {

// Twice what a broker lets into the events topic: a dead letter is the whole event and why.
constexpr const char* kMessageBytesMax = "2097152";

// Requests to a broker without an answer. librdkafka holds 256 KiB for each, however small, because
// lz4 might need them; without a bound a broker that stalls would cost that much an event. What
// waits meanwhile goes together, in fewer requests.
constexpr const char* kInFlightMax = "32";

rd_kafka_vu_t bytes(rd_kafka_vtype_t type, const std::optional<std::string>& text) {
  rd_kafka_vu_t field{};
  field.vtype = type;
  // librdkafka only reads: it is asked to copy.
  field.u.mem.ptr = text ? const_cast<char*>(text->data()) : nullptr;
  field.u.mem.size = text ? text->size() : 0;
  return field;
}

}  // namespace

KafkaConf producer_conf(const KafkaConfig& config, KafkaTrouble& trouble,
                        std::initializer_list<KafkaSetting> settings) {
  const std::string timeout = std::to_string(config.publish_timeout_ms);
  // An unanswered request is given up early enough to try another broker within the time-out.
  const std::string request =
      std::to_string(std::clamp<std::int64_t>(config.publish_timeout_ms / 3, 100, 10'000));
  KafkaConf conf = kafka_conf(config, trouble,
                              {{"acks", "all"},
                               {"partitioner", "murmur2_random"},
                               // Nothing rests on order or idempotence: a report without an offset
                               // counts as a failure, and readers know duplicates by id.
                               {"enable.idempotence", "false"},
                               // A list with its reasons shrinks to a quarter, for about 5 % more
                               // of a recommender's time.
                               {"compression.codec", "lz4"},
                               {"message.max.bytes", kMessageBytesMax},
                               {"max.in.flight", kInFlightMax},
                               {"linger.ms", std::to_string(config.linger_ms)},
                               // How long a topic may be unknown before its records fail.
                               {"topic.metadata.propagation.max.ms", "5000"},
                               {"message.timeout.ms", timeout},
                               {"request.timeout.ms", request}});
  kafka_set(conf.get(), settings);
  return conf;
}

rd_kafka_resp_err_t produce(rd_kafka_t* client, const std::string& prefix,
                            const Publication& publication, void* tag) {
  thread_local std::vector<rd_kafka_vu_t> fields;
  fields.clear();
  const auto add = [&]() -> rd_kafka_vu_t& { return fields.emplace_back(); };
  rd_kafka_vu_t& topic = add();
  topic.vtype = RD_KAFKA_VTYPE_TOPIC;
  thread_local std::string name;
  name.assign(prefix).append(publication.topic);
  topic.u.cstr = name.c_str();
  rd_kafka_vu_t& partition = add();
  partition.vtype = RD_KAFKA_VTYPE_PARTITION;
  partition.u.i32 = publication.partition >= 0 ? publication.partition : RD_KAFKA_PARTITION_UA;
  fields.push_back(bytes(RD_KAFKA_VTYPE_KEY, publication.key));
  fields.push_back(bytes(RD_KAFKA_VTYPE_VALUE, publication.value));
  rd_kafka_vu_t& flags = add();
  flags.vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  flags.u.i = RD_KAFKA_MSG_F_COPY;
  rd_kafka_vu_t& opaque = add();
  opaque.vtype = RD_KAFKA_VTYPE_OPAQUE;
  opaque.u.ptr = tag;
  for (const Header& header : publication.headers) {
    rd_kafka_vu_t& field = add();
    field.vtype = RD_KAFKA_VTYPE_HEADER;
    field.u.header.name = header.name.c_str();
    field.u.header.val = header.value.data();
    field.u.header.size = static_cast<ssize_t>(header.value.size());
  }
  const KafkaError error(rd_kafka_produceva(client, fields.data(), fields.size()));
  return error ? rd_kafka_error_code(error.get()) : RD_KAFKA_RESP_ERR_NO_ERROR;
}

bool in_log(rd_kafka_resp_err_t error, std::int64_t offset) {
  return error == RD_KAFKA_RESP_ERR_NO_ERROR && offset >= 0;
}

bool is_hopeless(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
      return true;
    default:
      return false;
  }
}

void throw_if_missing(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      throw std::runtime_error(std::string("Kafka takes no record: ") + rd_kafka_err2str(error) +
                               ": run `segue-admin init`, or give kafka.sasl_user the rights that "
                               "deploy/SECURITY.md lists.");
    default:
      return;
  }
}

}  // namespace segue::io
