#pragma once

#include <span>
#include <vector>

#include "core/io/ports.h"
#include "tests/simulation/faults/faults.h"

namespace segue::simulation {

// A store behind a bad network, seen by a process that may die or sleep at each call. Commands and
// replies get lost; commands arrive twice, or much later.
class FaultyStore final : public io::Store {
 public:
  FaultyStore(io::Store& store, Faults& faults) : store_(store), faults_(faults) {}

  io::Claimed claim(std::int32_t partition, const io::Token& token,
                    std::string_view owner) override;
  std::vector<io::Loaded> load(std::span<const io::LoadRequest> requests) override;
  std::vector<io::StoreReply> apply(std::span<const io::ApplyRequest> requests) override;
  std::vector<io::StoreReply> check(std::span<const io::Fence> fences) override;
  io::StoreReply mark(const io::Fence& fence, std::uint32_t marks) override;
  io::StoreReply unmark(const io::Fence& fence) override;
  io::StoreReply release(const io::Fence& fence) override;

  // Called once an apply was answered, for a process that publishes only then.
  std::function<void()> applied;

 private:
  io::StoreReply apply_one(const io::ApplyRequest& request);
  // True if the command did not get there now. `keep` is called if it will later.
  template <class Keep>
  bool lost_on_the_way(Keep keep);
  bool reply_lost() { return faults_.redis_is_down() || faults_.bites(0.02); }

  io::Store& store_;
  Faults& faults_;
  bool marked_ = false;  // an event is marked: a death now would be blamed on it
};

}  // namespace segue::simulation
