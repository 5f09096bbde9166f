#include <librdkafka/rdkafka.h>

#include <array>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/event/topics.h"
#include "core/io/kafka/kafka_client.h"
#include "deploy/admin/doctor/findings.h"
#include "deploy/admin/own_files.h"
#include "deploy/admin/topic_settings.h"
#include "deploy/admin/topics.h"

namespace segue::admin {
namespace {

constexpr std::chrono::seconds kKafkaWait{5};
constexpr int kGroupsWaitMs = 5'000;

// A group of workers, by default of their program's name, and the topic that it shares.
struct Group {
  std::string program;
  std::string_view topic;
  std::string_view idle_means;  // what stands still while it has no member
};
const std::array<Group, 3> kGroups = {
    Group{"segue-recommender", topic::kEvents, "no list is refreshed"},
    Group{"segue-trainer", topic::kItemSignals, "no track is learned"},
    Group{"segue-generator", topic::kGenerationJobs, "no track is composed"}};

struct GroupsDestroy {
  void operator()(const rd_kafka_group_list* list) const { rd_kafka_group_list_destroy(list); }
};

void check_topics(const Config& config, const std::vector<Topic>& topics, Findings& findings) {
  const std::vector<Topic> missing = missing_topics(config.kafka, topics);
  if (!missing.empty()) {
    std::string names;
    for (const Topic& topic : missing) names += (names.empty() ? "" : ", ") + topic.name;
    findings.say(State::failed, "topics", "There is no " + names + ".", "Run segue-admin init.");
    return;
  }
  findings.ok("topics", "All are there, with the partitions that admin.topics says.");
  const std::string unasked = check_topic_settings(config.kafka, topics);
  if (unasked.empty()) findings.ok("topic settings", "None loses or misplaces records.");
  if (!unasked.empty()) {
    findings.say(State::warning, "topic settings", "Kafka does not say them: " + unasked + ".",
                 "Let this client describe the topics' configuration.");
  }
}

void say_members(const Group& group, const rd_kafka_group_info& found, std::int32_t partitions,
                 Findings& findings) {
  const std::string check = "group " + group.program;
  const std::string members = std::to_string(found.member_cnt) + " members, " + found.state + ".";
  if (std::string_view(found.state) != "Stable") {
    findings.say(State::warning, check, members,
                 "It is sharing its partitions out; ask again in a moment.");
  } else if (partitions > 0 && found.member_cnt > partitions) {
    findings.say(State::warning, check, members,
                 std::to_string(found.member_cnt - partitions) +
                     " are idle: " + std::string(group.topic) + " has " +
                     std::to_string(partitions) + " partitions; stop some.");
  } else {
    findings.ok(check, members);
  }
}

void check_group(rd_kafka_t* client, const std::string& prefix, const Group& group,
                 std::int32_t partitions, Findings& findings) {
  const rd_kafka_group_list* listed = nullptr;
  const std::string check = "group " + group.program;
  const rd_kafka_resp_err_t error =
      rd_kafka_list_groups(client, (prefix + group.program).c_str(), &listed, kGroupsWaitMs);
  const std::unique_ptr<const rd_kafka_group_list, GroupsDestroy> owner(listed);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    findings.say(State::warning, check,
                 std::string("Kafka does not say: ") + rd_kafka_err2str(error) + ".",
                 "Ask again in a moment.");
  } else if (listed->group_cnt == 0 || listed->groups[0].member_cnt == 0) {
    findings.say(State::warning, check, "It has no member: " + std::string(group.idle_means) + ".",
                 "Start " + group.program + ".");
  } else {
    say_members(group, listed->groups[0], partitions, findings);
  }
}

std::int32_t partitions_of(const std::vector<Topic>& topics, std::string_view name) {
  for (const Topic& topic : topics) {
    if (topic.name == name) return topic.partitions;
  }
  return 0;
}

}  // namespace

void check_kafka(const Config& config, Findings& findings) {
  if (!kafka_answers(config.kafka, kKafkaWait)) {
    findings.say(State::failed, "kafka", "Kafka at " + config.kafka.brokers + " does not answer.",
                 "Start it, or set kafka.brokers.");
    return;
  }
  findings.ok("kafka", "Kafka at " + config.kafka.brokers + " answers.");
  std::vector<Topic> topics;
  try {
    topics = read_topics(topics_path(config.admin));
    check_topics(config, topics, findings);
  } catch (const std::runtime_error& wrong) {
    findings.say(State::failed, "topics", wrong.what(), "Correct what the line names.");
  }
  io::KafkaTrouble trouble;
  const io::KafkaHandle client =
      io::kafka_client(RD_KAFKA_PRODUCER, io::kafka_conf(config.kafka, trouble, {}));
  for (const Group& group : kGroups) {
    check_group(client.get(), config.kafka.prefix, group, partitions_of(topics, group.topic),
                findings);
  }
}

}  // namespace segue::admin
