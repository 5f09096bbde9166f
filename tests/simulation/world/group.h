#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/io/memory/memory_log.h"
#include "tests/simulation/faults/faults.h"

namespace segue::simulation {

// A worker process. Its ports are its own; what they lead to is the world's.
struct Process {
  std::unique_ptr<io::MemorySource> source;
  std::function<void()> turn;  // may throw Killed, or what a worker throws when it gives up
  std::function<void()> stop;  // as on SIGTERM
  bool alive = true;
};

// The processes that read one topic, and who owns which of its partitions: what Kafka's group
// coordinator, a supervisor and an operator do.
class Group {
 public:
  using Spawn = std::function<std::unique_ptr<Process>()>;

  // `meanwhile` happens while a process sleeps.
  Group(const io::MemoryLog& log, std::string input, Faults& faults, Spawn spawn,
        std::function<void()> meanwhile);

  // A process for each partition, and one that stands by.
  void start();
  void let_one_turn() { turn(any_alive(kNone)); }
  void let_all_turn();
  // Gives a partition to a process, perhaps its owner.
  void move_one();
  // kill -9, or a clean stop.
  void kill_one();
  void stop_one();
  // All are stopped and forgotten, as before the topic is re-created.
  void clear();

  const std::string& input() const { return input_; }

 private:
  static constexpr std::size_t kNone = SIZE_MAX;

  void turn(std::size_t process);
  void sleep(std::size_t sleeper);
  void bury(std::size_t process);
  void move(std::int32_t partition, std::size_t to);
  std::size_t any_alive(std::size_t besides);
  std::size_t spawn();

  const io::MemoryLog& log_;
  const std::string input_;
  Faults& faults_;
  const Spawn spawn_;
  const std::function<void()> meanwhile_;
  std::vector<std::unique_ptr<Process>> processes_;
  std::map<std::int32_t, std::size_t> owner_;  // partition -> process
  std::size_t asleep_ = kNone;
};

}  // namespace segue::simulation
