#include "tests/simulation/faults/unguarded_store.h"

#include <algorithm>

namespace segue::simulation {

using io::StoreStatus;

const io::MemoryStore::Checkpoint* UnguardedStore::checkpoint(std::int32_t partition) const {
  const auto found = store_.contents().find(partition);
  return found == store_.contents().end() ? nullptr : &found->second.checkpoint;
}

// The fence as the store would take it if it asked for less.
io::Fence UnguardedStore::passing(const io::Fence& fence, bool reading) const {
  const io::MemoryStore::Checkpoint* held = checkpoint(fence.partition);
  if (held == nullptr) return fence;
  const bool nothing_asked = reading ? off(Guard::validated_reads) : off(Guard::fence);
  // A state whose position Kafka keeps has none of its own to compare.
  const bool no_position = off(Guard::position) || off(Guard::checkpoint);
  io::Fence passes = fence;
  if (nothing_asked || off(Guard::token)) passes.token = held->token;
  if (nothing_asked || no_position) passes.next = held->next;
  return passes;
}

io::ApplyRequest UnguardedStore::passing(const io::ApplyRequest& request) const {
  io::ApplyRequest passes = request;
  passes.fence = passing(request.fence, false);
  const io::MemoryStore::Checkpoint* held = checkpoint(request.fence.partition);
  const bool any_batch = off(Guard::fence) || off(Guard::position) || off(Guard::checkpoint) ||
                         off(Guard::one_write) || off(Guard::covered_with_items);
  if (any_batch && held != nullptr) passes.batch = held->batch + 1;
  return passes;
}

io::Claimed UnguardedStore::claim(std::int32_t partition, const io::Token& token,
                                  std::string_view owner) {
  io::Claimed claimed = store_.claim(partition, token, owner);
  if (off(Guard::checkpoint) && claimed.next >= 0) {
    const auto found = committed_.find(partition);
    claimed.next = found == committed_.end() ? 0 : found->second;
  }
  return claimed;
}

std::vector<io::Loaded> UnguardedStore::load(std::span<const io::LoadRequest> requests) {
  if (all_on()) return store_.load(requests);
  std::vector<io::LoadRequest> asked(requests.begin(), requests.end());
  for (io::LoadRequest& request : asked) request.fence = passing(request.fence, true);
  return store_.load(asked);
}

std::vector<io::StoreReply> UnguardedStore::apply(std::span<const io::ApplyRequest> requests) {
  std::vector<io::StoreReply> replies;
  replies.reserve(requests.size());
  for (const io::ApplyRequest& request : requests) replies.push_back(apply_one(request));
  return replies;
}

io::StoreReply UnguardedStore::apply_one(const io::ApplyRequest& request) {
  const io::MemoryStore::Checkpoint* held = checkpoint(request.fence.partition);
  const bool intrudes = held != nullptr && held->token != request.fence.token;
  io::StoreReply reply;
  if (off(Guard::one_write)) {
    io::ApplyRequest position = request;
    position.writes.clear();
    reply = apply_in_two(position, request);
  } else if (off(Guard::covered_with_items)) {
    io::ApplyRequest items = request;
    io::ApplyRequest covered = request;
    const auto is_shared = [](const io::Write& write) { return write.key == "shared"; };
    std::erase_if(items.writes, is_shared);
    std::erase_if(covered.writes, std::not_fn(is_shared));
    reply = apply_in_two(items, covered);
  } else if (all_on()) {
    reply = store_.apply(std::span(&request, 1)).front();
  } else {
    const io::ApplyRequest passes = passing(request);
    reply = store_.apply(std::span(&passes, 1)).front();
  }
  if (reply.status == StoreStatus::ok && intrudes) ++intrusions_;
  return reply;
}

io::StoreReply UnguardedStore::apply_in_two(const io::ApplyRequest& first, io::ApplyRequest then) {
  const io::ApplyRequest passes = passing(first);
  const io::StoreReply reply = store_.apply(std::span(&passes, 1)).front();
  if (reply.status != StoreStatus::ok) return reply;
  if (!faults_.late) faults_.may_die();  // the sender of a late command is gone
  then.fence.next = first.next;
  then = passing(then);
  return store_.apply(std::span(&then, 1)).front();
}

std::vector<io::StoreReply> UnguardedStore::check(std::span<const io::Fence> fences) {
  if (all_on()) return store_.check(fences);
  if (off(Guard::idle_check)) return std::vector<io::StoreReply>(fences.size());
  std::vector<io::Fence> asked;
  asked.reserve(fences.size());
  for (const io::Fence& fence : fences) asked.push_back(passing(fence, false));
  return store_.check(asked);
}

io::StoreReply UnguardedStore::mark(const io::Fence& fence, std::uint32_t marks) {
  if (off(Guard::quarantine)) return {};
  return store_.mark(passing(fence, false), marks);
}

io::StoreReply UnguardedStore::unmark(const io::Fence& fence) {
  if (off(Guard::unmark)) return {};
  return store_.unmark(passing(fence, false));
}

io::StoreReply UnguardedStore::release(const io::Fence& fence) {
  return store_.release(passing(fence, false));
}

}  // namespace segue::simulation
