#include "deploy/admin/topic_settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "core/io/kafka/kafka_client.h"

namespace segue::admin {
namespace {

constexpr int kAnswerWithinMs = 10'000;

struct AdminDestroy {
  void operator()(rd_kafka_ConfigResource_t* resource) const {
    rd_kafka_ConfigResource_destroy(resource);
  }
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
  void operator()(rd_kafka_AdminOptions_t* options) const {
    rd_kafka_AdminOptions_destroy(options);
  }
};
using Resource = std::unique_ptr<rd_kafka_ConfigResource_t, AdminDestroy>;
using Answer = std::unique_ptr<rd_kafka_event_t, AdminDestroy>;

enum class Rule : std::uint8_t { same, at_least };
struct Checked {
  std::string_view name;
  Rule rule = Rule::same;
};
constexpr std::array kChecked = {
    Checked{"message.timestamp.type", Rule::same},
    Checked{"cleanup.policy", Rule::same},
    Checked{"max.message.bytes", Rule::at_least},
    Checked{"retention.ms", Rule::at_least},
};

// "compact,delete" and "delete, compact" are one policy.
std::string in_order(std::string_view value) {
  std::vector<std::string> parts;
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    std::string part(value.substr(0, comma));
    std::erase(part, ' ');
    parts.push_back(std::move(part));
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
  std::ranges::sort(parts);
  std::string all;
  for (const std::string& part : parts) all += (all.empty() ? "" : ",") + part;
  return all;
}

// Kafka's -1 is no limit.
std::optional<std::int64_t> limit_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (wrong != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number < 0 ? std::numeric_limits<std::int64_t>::max() : number;
}

bool fits(Rule rule, std::string_view wanted, std::string_view found) {
  if (rule == Rule::same) return in_order(wanted) == in_order(found);
  const auto least = limit_of(wanted);
  const auto has = limit_of(found);
  return !least || !has || *has >= *least;
}

std::string_view value_of(const rd_kafka_ConfigResource_t* found, std::string_view name) {
  std::size_t count = 0;
  const auto* entries = rd_kafka_ConfigResource_configs(found, &count);
  for (std::size_t i = 0; i < count; ++i) {
    if (name != rd_kafka_ConfigEntry_name(entries[i])) continue;
    const char* value = rd_kafka_ConfigEntry_value(entries[i]);
    return value != nullptr ? value : std::string_view();
  }
  return {};
}

// How this topic differs, and the command that mends it; "" if it does not. A setting that the
// broker does not name is taken to be right.
std::string difference(const KafkaConfig& kafka, const Topic& topic,
                       const rd_kafka_ConfigResource_t* found) {
  std::string has;
  std::string says;
  std::string mends;
  for (const Checked& each : kChecked) {
    const auto wanted =
        std::ranges::find(topic.config, each.name, &std::pair<std::string, std::string>::first);
    if (wanted == topic.config.end()) continue;
    const std::string_view value = value_of(found, each.name);
    if (value.empty() || fits(each.rule, wanted->second, value)) continue;
    const std::string name(each.name);
    has += (has.empty() ? "" : ", ") + name + "=" + std::string(value);
    says += (says.empty() ? "" : ", ") + name + "=" + wanted->second;
    const bool list = wanted->second.find(',') != std::string::npos;
    mends += (mends.empty() ? "" : ",") + name + "=" +
             (list ? "[" + wanted->second + "]" : wanted->second);
  }
  if (has.empty()) return {};
  return "Topic " + topic.name + " has " + has + ", admin.topics says " + says +
         ": correct the file, or run kafka-configs.sh --bootstrap-server " + kafka.brokers +
         " --alter --entity-type topics --entity-name " + topic.name + " --add-config '" + mends +
         "'.";
}

// Asks the first broker: any of them knows, and an in-memory one has no controller, which
// librdkafka would ask and wait for.
Answer ask(rd_kafka_t* client, std::int32_t broker, std::span<const Topic> topics) {
  std::vector<Resource> owners;
  std::vector<rd_kafka_ConfigResource_t*> wanted;
  for (const Topic& topic : topics) {
    owners.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.name.c_str()));
    wanted.push_back(owners.back().get());
  }
  const std::unique_ptr<rd_kafka_AdminOptions_t, AdminDestroy> options(
      rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS));
  std::string error(512, '\0');
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kAnswerWithinMs, error.data(),
                                            error.size());
  rd_kafka_AdminOptions_set_broker(options.get(), broker, error.data(), error.size());
  const io::KafkaQueue queue(rd_kafka_queue_new(client));
  rd_kafka_DescribeConfigs(client, wanted.data(), wanted.size(), options.get(), queue.get());
  return Answer(rd_kafka_queue_poll(queue.get(), 2 * kAnswerWithinMs));
}

}  // namespace

std::string check_topic_settings(const KafkaConfig& kafka, std::span<const Topic> ours) {
  if (ours.empty()) return {};
  std::vector<Topic> topics(ours.begin(), ours.end());
  for (Topic& topic : topics) topic.name = io::wire_topic(kafka, topic.name);
  io::KafkaTrouble trouble;
  const io::KafkaHandle client =
      io::kafka_client(RD_KAFKA_PRODUCER, io::kafka_conf(kafka, trouble, {}));
  const io::KafkaMetadata metadata = io::kafka_metadata(client.get(), kafka);
  if (metadata->broker_cnt == 0) return "there is no broker";
  const Answer answer = ask(client.get(), metadata->brokers[0].id, topics);
  if (!answer) return "no answer";
  if (rd_kafka_event_error(answer.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return rd_kafka_event_error_string(answer.get());
  }
  std::size_t count = 0;
  const auto** found = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(answer.get()), &count);
  std::string unasked;
  std::string wrong;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = rd_kafka_ConfigResource_name(found[i]);
    if (const auto error = rd_kafka_ConfigResource_error(found[i])) {
      unasked = name + ": " + rd_kafka_err2str(error);
      continue;
    }
    const auto topic = std::ranges::find(topics, name, &Topic::name);
    if (topic == topics.end()) continue;
    const std::string differs = difference(kafka, *topic, found[i]);
    if (!differs.empty()) wrong += (wrong.empty() ? "" : " ") + differs;
  }
  if (!wrong.empty()) throw std::runtime_error(wrong);
  return unasked;
}

}  // namespace segue::admin
