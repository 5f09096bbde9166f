#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "consumers/worker/runtime.h"
#include "core/io/ports.h"

namespace segue {

// A store that is asked, identically, until it has given a definite answer: a lost reply leaves
// open whether something happened, and only the same call again can tell (DUP). Waits longer and
// longer in between; throws std::runtime_error once that has taken `retry_for`.
class RetryingStore {
 public:
  RetryingStore(io::Store& store, const Runtime& runtime, Micros retry_for)
      : store_(store), runtime_(runtime), retry_for_(retry_for) {}

  io::Claimed claim(std::int32_t partition, const io::Token& token, std::string_view owner);
  std::vector<io::Loaded> load(std::span<const io::LoadRequest> requests);
  std::vector<io::StoreReply> apply(std::span<const io::ApplyRequest> requests);
  io::StoreReply mark(const io::Fence& fence, std::uint32_t marks);
  io::StoreReply unmark(const io::Fence& fence);
  // Asked once: what they are for can wait.
  std::vector<io::StoreReply> check(std::span<const io::Fence> fences) {
    return store_.check(fences);
  }
  io::StoreReply release(const io::Fence& fence) { return store_.release(fence); }

 private:
  template <class Call>
  io::StoreReply insist(Call call);

  io::Store& store_;
  const Runtime& runtime_;
  Micros retry_for_;
};

// Whether the call has to be made again.
bool unanswered(io::StoreStatus status);

}  // namespace segue
