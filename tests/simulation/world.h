#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "consumers/recommender/recommender.h"
#include "consumers/trainer/trainer.h"
#include "core/io/memory_log.h"
#include "core/io/memory_store.h"
#include "tests/simulation/faults.h"

namespace segue::simulation {

// Stepping an event of this track kills the process.
inline constexpr const char* kPoison = "poison";
inline constexpr std::int32_t kEventPartitions = 2;
inline constexpr std::int32_t kSignalPartitions = 2;

// One stage of the pipeline: its input topic, its state, and the processes that work on it.
struct Stage {
  // A process. Its ports are its own; what they lead to is the world's.
  struct Process {
    std::unique_ptr<io::MemorySource> source;
    std::function<void()> turn;  // may throw Killed
    bool alive = true;
  };
  std::string input;
  io::MemoryStore store;
  std::map<std::int32_t, std::size_t> owner;  // partition -> process
  std::vector<std::unique_ptr<Process>> processes;
  std::vector<io::MemoryStore::Contents> backups;
};

// Two stages of real workers on in-memory ports, and everything that may go wrong around them.
// Time is virtual; all is decided by the seed.
class World {
 public:
  World(std::uint64_t seed, Sabotage sabotage);

  // Lets things happen, faults included; then lets all settle without faults.
  void run(std::size_t happenings);

  const io::MemoryLog& log() const { return log_; }
  const io::MemoryStore& listeners() const { return recommend_.store; }
  const io::MemoryStore& items() const { return train_.store; }
  std::uint64_t faults_bitten() const { return faults_.bitten; }
  bool settled() const { return settled_; }

 private:
  void client_sends();
  void happen();
  void let_turn(Stage& stage);
  void turn(Stage& stage, std::size_t process);
  void move(Stage& stage, std::int32_t partition, std::size_t to);
  void bury(Stage& stage, std::size_t process);
  std::size_t spawn(Stage& stage);
  std::size_t any_alive(Stage& stage, std::size_t besides);
  void back_up_or_restore(Stage& stage);
  void deliver_late();
  void others_go_on();
  void settle();
  Tuning tuning() const;
  Experiment experiment() const;
  WorkerRules rules(const Stage& stage);

  Faults faults_;
  Micros now_ = 1'700'000'000 * kSecond;
  Surroundings surroundings_;
  io::MemoryLog log_;
  io::MemorySink sink_;
  Stage recommend_;
  Stage train_;
  std::vector<DelayedApply> delayed_;
  std::map<std::string, std::uint64_t> seqs_;  // session -> last seq
  std::vector<EncodedEvent> sent_;             // for retries
  // The turn that is going on, for a sleeper's partitions to be given away.
  Stage* turning_stage_ = nullptr;
  std::size_t turning_ = 0;
  bool settled_ = false;
};

}  // namespace segue::simulation
