#include <string_view>
#include <vector>

#include "core/io/program.h"
#include "deploy/admin/broker.h"
#include "deploy/admin/copy.h"
#include "deploy/admin/doctor/doctor.h"
#include "deploy/admin/generate/generate.h"
#include "deploy/admin/init.h"
#include "deploy/admin/lag.h"
#include "deploy/admin/letters/dead_letters.h"
#include "deploy/admin/reshard/reshard.h"
#include "deploy/admin/secret.h"
#include "deploy/admin/skip.h"

namespace {

// Settings that choose dead letters, and others.
std::vector<std::string_view> chosen_letters(std::vector<std::string_view> settings) {
  settings.insert(settings.end(),
                  {"reason", "from_topic", "original", "since", "until", "letters_max"});
  return settings;
}

// Each with the settings of the own section that it reads.
std::vector<segue::io::Command> commands() {
  return {
      {"init",
       "Create topics, load the Redis functions, write sg:meta. Idempotent.",
       {"topics", "functions", "replication", "wait_s"}},
      {"doctor",
       "Look at Kafka and Redis as Segue needs them; each line names its remedy.",
       {"topics", "json"}},
      {"lag", "Say for each partition how much waits, and for how long.", {"json"}},
      {"dead-letters", "List what could not be read; see --reason and what follows it.",
       chosen_letters({"json"})},
      {"dead-letters show", "The same with key, headers and value of the original.",
       chosen_letters({"json"})},
      {"dead-letters replay", "Put originals back to the topic that they came from.",
       chosen_letters({"all", "json"})},
      {"backup", "Write a copy of Redis, functions and all, to standard output.", {"silence_s"}},
      {"restore",
       "Give Redis the copy that standard input is; says what that replaces.",
       {"silence_s", "yes"}},
      {"skip",
       "Move a partition that stands past what it cannot do; says what that loses.",
       {"from_topic", "partition", "to", "yes"}},
      {"reshard",
       "Move the whole state to the partitions that --topics says, under --to-prefix.",
       {"topics", "functions", "to_prefix", "replication", "dry_run", "json"}},
      {"generate watch",
       "Write what Prometheus and Grafana need, for these settings.",
       {"out", "targets", "topics"}},
      {"generate kubernetes",
       "Write manifests for these settings; secrets are named only.",
       {"out", "topics", "replication"}},
      {"secret", "Print a new secret, for the gateway's settings of that kind."},
      {"secret wrap", "Print one of the key on standard input, as older builds took it."},
      {"broker", "Serve an in-memory broker until stopped; its address on stdout.", {"topics"}}};
}

}  // namespace

int main(int argc, char** argv) {
  const segue::io::ProgramInfo info{
      .name = "segue-admin",
      .summary = "Prepares Kafka and Redis for Segue, and looks after what could not be read.",
      .sections = {"kafka", "redis", "admin", "log"},
      .own_section = "admin",
      .examples = {"segue-admin init --kafka.brokers 127.0.0.1:9092 --redis.address 127.0.0.1:6379",
                   "segue-admin init --replication 3 --wait-s 120",
                   "segue-admin dead-letters --since 2026-11-21T00:00:00Z",
                   "segue-admin dead-letters show --original segue.events.v1/3/1207",
                   "segue-admin dead-letters replay --reason quarantined",
                   "segue-admin skip --partition 3 --to 1208 --yes",
                   "segue-admin backup --redis.address redis:6379 > segue.rdb",
                   "segue-admin restore --redis.address redis:6379 --yes < segue.rdb",
                   "segue-admin reshard --topics topics.toml --to-prefix b. --dry-run",
                   "segue-admin generate watch --out watch",
                   "segue-admin generate kubernetes --config segue.toml --out manifests",
                   "segue-admin secret > pseudonyms.key", "segue-admin broker"},
      .commands = commands()};
  return segue::io::run_program(info, argc, argv, [](segue::io::Program& program) {
    const std::string_view command = program.command();
    if (command == "init") return segue::admin::init(program.config());
    if (command == "doctor") return segue::admin::doctor(program.config());
    if (command == "lag") return segue::admin::lag(program.config());
    if (command == "backup") return segue::admin::backup(program.config());
    if (command == "restore") return segue::admin::restore(program.config());
    if (command == "generate watch") return segue::admin::generate_watch(program.config());
    if (command == "generate kubernetes") {
      return segue::admin::generate_kubernetes(program.config());
    }
    if (command == "skip") return segue::admin::skip(program.config());
    if (command == "reshard") return segue::admin::reshard(program.config());
    if (command == "secret") return segue::admin::secret();
    if (command == "secret wrap") return segue::admin::wrap_secret();
    if (command != "broker") return segue::admin::dead_letters(program.config(), command);
    return segue::admin::broker(program.config());
  });
}
