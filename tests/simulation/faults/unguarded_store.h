#pragma once

#include <cstdint>
#include <map>

#include "core/io/memory/memory_store.h"
#include "tests/simulation/faults/faults.h"

namespace segue::simulation {

// The Redis functions without the guard that is off; with all guards on it changes nothing. Counts
// writes by workers that were not the last to claim.
class UnguardedStore final : public io::Store {
 public:
  // `committed` holds Kafka's committed offsets of the stage.
  UnguardedStore(io::MemoryStore& store, Faults& faults,
                 const std::map<std::int32_t, std::int64_t>& committed)
      : store_(store), faults_(faults), committed_(committed) {}

  io::Claimed claim(std::int32_t partition, const io::Token& token,
                    std::string_view owner) override;
  std::vector<io::Loaded> load(std::span<const io::LoadRequest> requests) override;
  std::vector<io::StoreReply> apply(std::span<const io::ApplyRequest> requests) override;
  std::vector<io::StoreReply> check(std::span<const io::Fence> fences) override;
  io::StoreReply mark(const io::Fence& fence, std::uint32_t marks) override;
  io::StoreReply unmark(const io::Fence& fence) override;
  io::StoreReply release(const io::Fence& fence) override;

  std::uint64_t intrusions() const { return intrusions_; }

 private:
  bool all_on() const { return faults_.off == Guard::none; }
  bool off(Guard guard) const { return faults_.off == guard; }
  const io::MemoryStore::Checkpoint* checkpoint(std::int32_t partition) const;
  io::Fence passing(const io::Fence& fence, bool reading) const;
  io::ApplyRequest passing(const io::ApplyRequest& request) const;
  io::StoreReply apply_one(const io::ApplyRequest& request);
  io::StoreReply apply_in_two(const io::ApplyRequest& first, io::ApplyRequest then);

  io::MemoryStore& store_;
  Faults& faults_;
  const std::map<std::int32_t, std::int64_t>& committed_;
  std::uint64_t intrusions_ = 0;
};

}  // namespace segue::simulation
