#include "deploy/admin/doctor.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/io/kafka/kafka_client.h"
#include "core/io/redis/redis_client.h"
#include "core/io/redis/redis_store.h"
#include "core/wire/json_text.h"
#include "deploy/admin/own_files.h"
#include "deploy/admin/topic_settings.h"
#include "deploy/admin/topics.h"

namespace segue::admin {
namespace {

constexpr std::chrono::seconds kKafkaWait{5};
constexpr int kGroupsWaitMs = 5'000;
// Redis functions came with this one.
constexpr std::int64_t kRedisMajorMin = 7;
// More between this clock and that of Redis makes ages and lags wrong that a person reads.
constexpr std::int64_t kSkewMaxS = 2;

enum class State : std::uint8_t { ok, warning, failed };

// Prints what it is told and remembers the worst.
class Findings {
 public:
  explicit Findings(bool json) : json_(json) {}

  void say(State state, std::string_view check, std::string_view what, std::string_view remedy) {
    failed_ = failed_ || state == State::failed;
    const std::string_view word = kWords[static_cast<std::size_t>(state)];
    std::string line;
    if (json_) {
      json::ObjectWriter object(line);
      object.text("check", check);
      object.text("state", word);
      object.text("says", what);
      if (!remedy.empty()) object.text("remedy", remedy);
      object.close();
    } else {
      line.append(word).append(kWidth - word.size(), ' ').append(check).append(": ").append(what);
      if (!remedy.empty()) line.append(" Remedy: ").append(remedy);
      std::ranges::replace(line, '\n', ' ');
    }
    std::cout << line << std::endl;
  }
  void ok(std::string_view check, std::string_view what) { say(State::ok, check, what, {}); }
  bool failed() const { return failed_; }

 private:
  static constexpr std::string_view kWords[] = {"ok", "warning", "failed"};
  static constexpr std::size_t kWidth = 9;
  const bool json_;
  bool failed_ = false;
};

void check_topics(const Config& config, Findings& findings) {
  try {
    const std::vector<Topic> topics = read_topics(topics_path(config.admin));
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
  } catch (const std::runtime_error& wrong) {
    findings.say(State::failed, "topics", wrong.what(), "Correct what the line names.");
  }
}

struct GroupsDestroy {
  void operator()(const rd_kafka_group_list* list) const { rd_kafka_group_list_destroy(list); }
};

void check_group(rd_kafka_t* client, const std::string& group, Findings& findings) {
  const rd_kafka_group_list* listed = nullptr;
  const rd_kafka_resp_err_t error =
      rd_kafka_list_groups(client, group.c_str(), &listed, kGroupsWaitMs);
  const std::unique_ptr<const rd_kafka_group_list, GroupsDestroy> owner(listed);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    findings.say(State::warning, "group " + group,
                 std::string("Kafka does not say: ") + rd_kafka_err2str(error) + ".",
                 "Ask again in a moment.");
    return;
  }
  const int members = listed->group_cnt > 0 ? listed->groups[0].member_cnt : 0;
  if (members > 0) {
    findings.ok("group " + group,
                std::to_string(members) + " members, " + listed->groups[0].state + ".");
    return;
  }
  findings.say(State::warning, "group " + group, "It has no member.", "Start " + group + ".");
}

void check_kafka(const Config& config, Findings& findings) {
  if (!kafka_answers(config.kafka, kKafkaWait)) {
    findings.say(State::failed, "kafka", "Kafka at " + config.kafka.brokers + " does not answer.",
                 "Start it, or set kafka.brokers.");
    return;
  }
  findings.ok("kafka", "Kafka at " + config.kafka.brokers + " answers.");
  check_topics(config, findings);
  io::KafkaTrouble trouble;
  const io::KafkaHandle client =
      io::kafka_client(RD_KAFKA_PRODUCER, io::kafka_conf(config.kafka, trouble, {}));
  for (const std::string group : {"segue-recommender", "segue-trainer"}) {
    check_group(client.get(), group, findings);
  }
}

// The value of a field of INFO; "" if it is not there.
std::string field_of(std::string_view info, const std::string& name) {
  const std::string wanted = "\n" + name + ":";
  const std::size_t at = info.find(wanted);
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + wanted.size();
  return std::string(info.substr(begin, info.find_first_of("\r\n", begin) - begin));
}

std::int64_t number_of(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

void check_server(std::string_view info, Findings& findings) {
  const std::string version = field_of(info, "redis_version");
  const bool young = number_of(version) >= kRedisMajorMin;
  findings.say(young ? State::ok : State::failed, "redis version", "It is " + version + ".",
               young ? "" : "Redis 7 or newer has functions.");
  const std::string policy = field_of(info, "maxmemory_policy");
  const bool keeps = policy == "noeviction";
  findings.say(keeps ? State::ok : State::failed, "redis memory",
               "maxmemory-policy is " + policy + ".",
               keeps ? "" : "CONFIG SET maxmemory-policy noeviction: others drop state.");
  const bool log = field_of(info, "aof_enabled") == "1";
  findings.say(log ? State::ok : State::warning, "redis persistence",
               log ? "The append-only file is on." : "The append-only file is off.",
               log ? "" : "CONFIG SET appendonly yes, or a restart replays days of the log.");
  const bool written = field_of(info, "aof_last_write_status") != "err" &&
                       field_of(info, "rdb_last_bgsave_status") != "err";
  if (written) return;
  findings.say(State::failed, "redis disk", "Its last write to the disk failed.",
               "Look at the disk of Redis.");
}

void check_clock(io::RedisClient& redis, Findings& findings) {
  const io::RedisReply time = redis.ask({"TIME"});
  if (!time || time->type != REDIS_REPLY_ARRAY || time->elements == 0) return;
  const std::int64_t theirs = number_of(io::text_of(*time->element[0]));
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t skew =
      std::abs(std::chrono::duration_cast<std::chrono::seconds>(now).count() - theirs);
  const bool near = skew <= kSkewMaxS;
  findings.say(near ? State::ok : State::warning, "clock",
               "Redis' differs by " + std::to_string(skew) + " s.",
               near ? "" : "Let NTP set the clocks of both machines.");
}

void check_state(const Config& config, Findings& findings) {
  const std::optional<io::Meta> meta = io::initialised(config.redis);
  if (!meta) {
    findings.say(State::failed, "state", "Redis was not prepared.", "Run segue-admin init.");
    return;
  }
  const bool same =
      meta->library_version == io::kFunctionsVersion && meta->state_schema == io::kStateSchema;
  findings.say(same ? State::ok : State::failed, "state",
               "Functions have version " + meta->library_version + ", the state schema " +
                   std::to_string(meta->state_schema) + ".",
               same ? "" : "Run the segue-admin init of the version that runs.");
}

void check_redis(const Config& config, Findings& findings) {
  try {
    if (!io::redis_answers(config.redis)) {
      findings.say(State::failed, "redis", "Redis at " + config.redis.address + " does not answer.",
                   "Start it, or set redis.address.");
      return;
    }
    findings.ok("redis", "Redis at " + config.redis.address + " answers.");
    io::RedisClient redis(config.redis);
    const io::RedisReply info = redis.ask({"INFO"});
    if (info && !redis.is_refusal(*info)) check_server(io::text_of(*info), findings);
    check_clock(redis, findings);
    check_state(config, findings);
  } catch (const std::runtime_error& wrong) {
    findings.say(State::failed, "redis", wrong.what(), "Correct what the line names.");
  }
}

}  // namespace

int doctor(const Config& config) {
  Findings findings(config.admin.json);
  check_kafka(config, findings);
  check_redis(config, findings);
  return findings.failed() ? 1 : 0;
}

}  // namespace segue::admin
