#include "tests/simulation/world/group.h"

#include <stdexcept>
#include <utility>

namespace segue::simulation {
namespace {

constexpr std::size_t kProcessesMax = 3;

}  // namespace

Group::Group(const io::MemoryLog& log, std::string input, Faults& faults, Spawn spawn,
             std::function<void()> meanwhile)
    : log_(log),
      input_(std::move(input)),
      faults_(faults),
      spawn_(std::move(spawn)),
      meanwhile_(std::move(meanwhile)) {}

void Group::start() {
  spawn();
  for (std::int32_t p = 0; p < log_.partitions(input_); ++p) move(p, spawn());
}

void Group::clear() {
  processes_.clear();
  owner_.clear();
}

std::size_t Group::spawn() {
  processes_.push_back(spawn_());
  return processes_.size() - 1;
}

void Group::turn(std::size_t process) {
  const auto before = std::exchange(faults_.others_go_on, [this, process] { sleep(process); });
  try {
    processes_[process]->turn();
  } catch (const Killed&) {
    bury(process);
  } catch (const std::runtime_error&) {  // it says why and exits; a supervisor starts another
    bury(process);
  }
  faults_.others_go_on = before;
}

void Group::let_all_turn() {
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    if (processes_[i]->alive) turn(i);
  }
}

// The group gives the dead one's partitions to others.
void Group::bury(std::size_t process) {
  processes_[process]->alive = false;
  processes_[process]->turn = nullptr;
  processes_[process]->stop = nullptr;
  for (const auto& [partition, owner] : owner_) {
    if (owner == process) move(partition, any_alive(process));
  }
}

void Group::kill_one() { bury(any_alive(kNone)); }

void Group::stop_one() {
  const std::size_t process = any_alive(kNone);
  processes_[process]->stop();
  bury(process);
}

void Group::move_one() {
  const auto partitions = static_cast<std::uint64_t>(log_.partitions(input_));
  const auto partition = static_cast<std::int32_t>(faults_.below(partitions));
  move(partition, any_alive(kNone));
}

void Group::move(std::int32_t partition, std::size_t to) {
  const auto owner = owner_.find(partition);
  if (owner != owner_.end()) {
    if (owner->second == to) return;
    processes_[owner->second]->source->revoke(partition);
  }
  owner_[partition] = to;
  processes_[to]->source->assign(partition);
}

std::size_t Group::any_alive(std::size_t besides) {
  std::vector<std::size_t> alive;
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    if (processes_[i]->alive && i != besides && i != asleep_) alive.push_back(i);
  }
  if (alive.size() < kProcessesMax && (alive.empty() || faults_.chance(0.1))) return spawn();
  return alive[faults_.below(alive.size())];
}

// A process sleeps in the middle of a turn: the group thinks it dead, others do its work.
void Group::sleep(std::size_t sleeper) {
  asleep_ = sleeper;
  for (const auto& [partition, owner] : owner_) {
    if (owner == sleeper) move(partition, any_alive(sleeper));
  }
  for (std::uint64_t turns = 1 + faults_.below(8); turns > 0; --turns) {
    meanwhile_();
    turn(any_alive(sleeper));
  }
  asleep_ = kNone;
}

}  // namespace segue::simulation
