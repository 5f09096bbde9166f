#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/io/clock.h"
#include "core/io/redis/redis_client.h"
#include "core/io/redis/redis_store.h"
#include "deploy/admin/doctor/findings.h"

namespace segue::admin {
namespace {

// Redis functions came with this one.
constexpr std::int64_t kRedisMajorMin = 7;
// More between this clock and that of Redis makes ages and lags wrong that a person reads.
constexpr std::int64_t kSkewMaxS = 2;
constexpr std::int64_t kSlots = 16'384;

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

// The node is named where there are several.
std::string check_of(std::string check, std::string_view node) {
  if (!node.empty()) check.append(" ").append(node);
  return check;
}

// `take` is given what each master answers, and its name in a cluster. None is left out in silence.
template <class Take>
void ask_each(io::RedisClient& redis, std::initializer_list<std::string_view> words,
              const std::string& check, Findings& findings, const Take& take) {
  redis.ask_masters(words, [&](const io::RedisReply& reply) {
    const std::string node = redis.asked_master();
    if (!reply) {
      findings.say(State::failed, check_of(check, node), "Redis does not answer any more.",
                   "Start it.");
    } else if (redis.is_refusal(*reply)) {
      findings.say(State::warning, check_of(check, node), io::text_of(*reply),
                   redis.trouble().refused
                       ? "Give redis.user the rights that deploy/SECURITY.md lists."
                       : "Look at the log of Redis.");
    } else {
      take(*reply, node);
    }
  });
}

void check_server(std::string_view info, std::string_view node, Findings& findings) {
  const std::string version = field_of(info, "redis_version");
  const bool young = number_of(version) >= kRedisMajorMin;
  findings.say(young ? State::ok : State::failed, check_of("redis version", node),
               "It is " + version + ".", young ? "" : "Redis 7 or newer has functions.");
  const std::string policy = field_of(info, "maxmemory_policy");
  const bool keeps = policy == "noeviction";
  findings.say(keeps ? State::ok : State::failed, check_of("redis memory", node),
               "maxmemory-policy is " + policy + ".",
               keeps ? "" : "CONFIG SET maxmemory-policy noeviction: others drop state.");
  const bool log = field_of(info, "aof_enabled") == "1";
  findings.say(log ? State::ok : State::warning, check_of("redis persistence", node),
               log ? "The append-only file is on." : "The append-only file is off.",
               log ? "" : "CONFIG SET appendonly yes, or a restart replays days of the log.");
  const bool written = field_of(info, "aof_last_write_status") != "err" &&
                       field_of(info, "rdb_last_bgsave_status") != "err";
  if (written) return;
  findings.say(State::failed, check_of("redis disk", node), "Its last write to the disk failed.",
               "Look at the disk of Redis.");
}

// A node of a cluster answers for its own slots alone; those without a node take no write.
void check_cluster(std::string_view info, std::string_view node, Findings& findings) {
  // The first field has no line before it.
  const std::string cluster = "\n" + std::string(info);
  const std::int64_t assigned = number_of(field_of(cluster, "cluster_slots_assigned"));
  const std::int64_t failing = number_of(field_of(cluster, "cluster_slots_fail")) +
                               number_of(field_of(cluster, "cluster_slots_pfail"));
  const std::string slots = std::to_string(assigned) + " of " + std::to_string(kSlots) +
                            " slots have a node, " + std::to_string(failing) + " fail.";
  const bool whole =
      assigned == kSlots && failing == 0 && field_of(cluster, "cluster_state") == "ok";
  findings.say(whole ? State::ok : State::failed, check_of("redis cluster", node), slots,
               whole ? "" : "redis-cli --cluster fix, and start the nodes that are away.");
}

void check_clock(const redisReply& time, std::string_view node, Findings& findings) {
  if (time.type != REDIS_REPLY_ARRAY || time.elements == 0) return;
  const std::int64_t theirs = number_of(io::text_of(*time.element[0]));
  const std::int64_t skew = std::abs(wall_clock() / kSecond - theirs);
  const bool near = skew <= kSkewMaxS;
  findings.say(near ? State::ok : State::warning, check_of("clock", node),
               "Redis' differs by " + std::to_string(skew) + " s.",
               near ? "" : "Let NTP set the clocks of both machines.");
}

void check_servers(io::RedisClient& redis, Findings& findings) {
  bool cluster = false;
  ask_each(redis, {"INFO"}, "redis server", findings,
           [&](const redisReply& info, std::string_view node) {
             check_server(io::text_of(info), node, findings);
             cluster = cluster || field_of(io::text_of(info), "cluster_enabled") == "1";
           });
  if (cluster) {
    ask_each(redis, {"CLUSTER", "INFO"}, "redis cluster", findings,
             [&](const redisReply& info, std::string_view node) {
               check_cluster(io::text_of(info), node, findings);
             });
  }
  ask_each(redis, {"TIME"}, "clock", findings, [&](const redisReply& time, std::string_view node) {
    check_clock(time, node, findings);
  });
}

void check_state(const Config& config, Findings& findings) {
  const std::optional<io::Meta> meta = io::initialised(config.redis);
  if (!meta) {
    findings.say(State::failed, "state", "Redis was not prepared.", "Run segue-admin init.");
    return;
  }
  // They go with what Redis loses: a copy without them, FUNCTION FLUSH.
  const std::string& version = meta->library_version;
  const bool current = version == io::kFunctionsVersion;
  findings.say(current ? State::ok : State::failed, "functions",
               version.empty() ? "They are not loaded." : "They have version " + version + ".",
               current ? "" : "Run the segue-admin init of the version that runs.");
  const bool same = meta->state_schema == io::kStateSchema;
  findings.say(same ? State::ok : State::failed, "state",
               "It has schema " + std::to_string(meta->state_schema) + ".",
               same ? "" : "Run the build that wrote it, or an empty Redis and a replay.");
}

}  // namespace

void check_redis(const Config& config, Findings& findings) {
  try {
    if (!io::redis_answers(config.redis)) {
      findings.say(State::failed, "redis", "Redis at " + config.redis.address + " does not answer.",
                   "Start it, or set redis.address.");
      return;
    }
    findings.ok("redis", "Redis at " + config.redis.address + " answers.");
    io::RedisClient redis(config.redis);
    check_servers(redis, findings);
    check_state(config, findings);
  } catch (const std::runtime_error& wrong) {
    findings.say(State::failed, "redis", wrong.what(), "Correct what the line names.");
  }
}

}  // namespace segue::admin
