#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "consumers/worker/runtime.h"
#include "core/io/memory/memory_store.h"
#include "core/tuning.h"
#include "tests/simulation/faults/faulty_log.h"
#include "tests/simulation/faults/unguarded_store.h"
#include "tests/simulation/world/group.h"
#include "tests/simulation/world/players.h"

namespace segue {
struct WorkerRules;
struct Experiment;
}  // namespace segue

namespace segue::simulation {

inline constexpr std::int32_t kEventPartitions = 2;
inline constexpr std::int32_t kSignalPartitions = 2;

// All that happened between two times that an operator re-created the events topic: what there is
// to judge.
struct Chapter {
  io::MemoryLog log;
  io::MemoryStore::Contents listeners;
};

// Two stages of real workers on in-memory ports, players, and everything that may go wrong around
// them. Time is virtual; all is decided by the seed.
class World {
 public:
  World(std::uint64_t seed, Guard off);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Lets things happen, faults included; then lets all settle without faults.
  void run(std::uint64_t happenings);

  // Requires for all of these: `run`.
  const std::vector<Chapter>& chapters() const { return chapters_; }
  const io::MemoryStore& items() const { return train_.store; }
  const std::vector<std::string>& acknowledged() const { return players_.acknowledged(); }
  std::uint64_t intrusions() const;
  std::uint64_t faults_bitten() const { return faults_.bitten; }
  bool settled() const { return settled_; }

 private:
  // A stage's state, and its group of processes.
  struct Stage {
    Stage(World& world, std::string_view input, Group::Spawn spawn);
    io::MemoryStore store;
    std::map<std::int32_t, std::int64_t> committed;
    UnguardedStore functions;
    Group group;
    std::vector<io::MemoryStore::Contents> backups;
  };

  void happen();
  void meanwhile();
  void back_up();
  void restore();
  void lose_a_server();
  void recreate_events();
  // True once both stages have reached the end of their input.
  bool settle(bool trainers_too);
  bool at_end(const Stage& stage) const;
  void create_topics();
  std::unique_ptr<Process> recommender();
  std::unique_ptr<Process> trainer();
  WorkerRules rules(std::string_view input);
  std::string source() const;

  Micros now_ = 1'700'000'000 * kSecond;
  Faults faults_;
  Runtime runtime_;
  io::MemoryLog log_;
  FaultyBroker broker_;
  Players players_;
  Stage recommend_;
  Stage train_;
  std::uint64_t incarnation_ = 1;
  std::vector<Chapter> chapters_;
  bool settled_ = true;
};

}  // namespace segue::simulation
