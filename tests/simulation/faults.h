#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <vector>

#include "core/io/memory_store.h"

namespace segue::simulation {

// A process dies here and now. Not a std::exception, so that nothing on the way can catch it.
struct Killed {};

// What is broken on purpose, to show that the verdict notices.
enum class Sabotage {
  none,
  no_fence,          // whoever writes, writes
  blind_reads,       // reads are not validated
  split_apply,       // position and state are two writes
  forgotten_report,  // a publication without a report counts as sent
};

// Which fault happens at which call, by seed.
class Faults {
 public:
  explicit Faults(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  bool chance(double share) {
    return static_cast<double>(random_() >> 11) * 0x1p-53 < (quiet ? 0 : share);
  }
  // Dies with a small chance.
  void may_die() {
    if (chance(0.02)) {
      ++bitten;
      throw Killed{};
    }
  }
  // A process that stops for a while; others take over, then it goes on where it was.
  void may_sleep() {
    if (suspended || !chance(0.02)) return;
    ++bitten;
    suspended = true;
    others_go_on();
    suspended = false;
  }

  std::function<void()> others_go_on;
  bool suspended = false;
  bool quiet = false;  // no more faults
  std::uint64_t bitten = 0;
  Sabotage sabotage = Sabotage::none;

 private:
  std::mt19937_64 random_;
};

// A command on a dead connection that Redis gets later all the same.
struct DelayedApply {
  io::ApplyRequest request;
  io::MemoryStore* store = nullptr;
};

// A store behind a bad network, seen by a process that may die at each call.
class FaultyStore final : public io::Store {
 public:
  FaultyStore(io::MemoryStore& store, Faults& faults, std::vector<DelayedApply>& delayed)
      : store_(store), faults_(faults), delayed_(delayed) {}

  io::Claimed claim(std::int32_t partition, const io::Token& token,
                    std::string_view owner) override;
  std::vector<io::Loaded> load(std::span<const io::LoadRequest> requests) override;
  std::vector<io::StoreReply> apply(std::span<const io::ApplyRequest> requests) override;
  std::vector<io::StoreReply> check(std::span<const io::Fence> fences) override;
  io::StoreReply mark(const io::Fence& fence, std::uint32_t marks) override;
  io::StoreReply unmark(const io::Fence& fence) override;
  io::StoreReply release(const io::Fence& fence) override;

 private:
  io::StoreReply apply_one(io::ApplyRequest request);
  io::StoreReply write(const io::ApplyRequest& request);
  io::StoreReply perhaps_lost(io::StoreReply reply);
  // The fence that would pass, whoever asks.
  io::Fence forged(const io::Fence& fence) const;
  std::uint64_t batch_of(std::int32_t partition) const;

  io::MemoryStore& store_;
  Faults& faults_;
  std::vector<DelayedApply>& delayed_;
};

// A broker that loses records or only their reports.
class FaultySink final : public io::Sink {
 public:
  FaultySink(io::Sink& sink, Faults& faults) : sink_(sink), faults_(faults) {}
  std::vector<bool> publish(std::span<const io::Publication> publications) override;

 private:
  io::Sink& sink_;
  Faults& faults_;
};

}  // namespace segue::simulation
