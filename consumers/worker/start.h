#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "consumers/worker/threads.h"
#include "consumers/worker/worker.h"
#include "core/io/program.h"
#include "core/io/redis/redis_store.h"

namespace segue {

// The rules that the settings give a worker.
WorkerRules worker_rules(const Config& config, std::string_view input);

// kafka.group, or the program's own name.
std::string group_of(const Config& config, std::string_view program);

// The notes of `segue-admin init`, once Redis answers; waits for that for redis.retry_for_s. None:
// the program was asked to stop meanwhile. Throws std::runtime_error as RedisStore::meta does.
std::optional<io::Meta> meta_of_state(io::Program& program, std::string_view input);

// Partitions of a topic as `segue-admin init` recorded them. Throws std::runtime_error naming the
// remedy if it recorded none.
std::int32_t partitions_in(const io::Meta& meta, std::string_view topic);

// Tells a program's health whether its worker takes part: partitions were assigned, or it has
// waited long enough to know that the others have them all and it stands by; and whether one of
// them stands still. One thread.
class Participation {
 public:
  Participation(io::Health& health, const Config& config);
  void note(const io::BatchReport& report);

 private:
  io::Health& health_;
  std::chrono::steady_clock::time_point stands_by_from_;
  bool known_ = false;
  std::set<std::int32_t> standing_;  // partitions
};

// The work of the threads of a worker program.
struct Plan {
  KafkaConfig fetching;
  WorkerRules rules;
  std::int32_t partitions = 0;  // of the input
  std::int64_t threads = 1;
  // One a thread.
  std::function<std::unique_ptr<AnyWork>(const Runtime&)> make_work;
};

// The `main` of a worker program: consumers of the group `group_of(config, name)` that work on
// `input` until the program is stopped. `plan` is asked once Redis has said what topics there are;
// it may wait, and start threads of its own. Returns the program's exit code; throws what a thread
// threw.
int run_worker(io::Program& program, std::string_view name, std::string_view input,
               const std::function<Plan(const io::Meta&, Threads&)>& plan);

}  // namespace segue
