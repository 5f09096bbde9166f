#include "tests/simulation/faults.h"

namespace segue::simulation {

using io::StoreStatus;

io::Claimed FaultyStore::claim(std::int32_t partition, const io::Token& token,
                               std::string_view owner) {
  faults_.may_die();
  const io::Claimed claimed = store_.claim(partition, token, owner);
  faults_.may_die();
  if (faults_.chance(0.03)) return {.status = StoreStatus::unreachable};
  return claimed;
}

std::vector<io::Loaded> FaultyStore::load(std::span<const io::LoadRequest> requests) {
  faults_.may_sleep();
  faults_.may_die();
  std::vector<io::LoadRequest> asked(requests.begin(), requests.end());
  if (faults_.sabotage == Sabotage::blind_reads) {
    for (io::LoadRequest& request : asked) request.fence = forged(request.fence);
  }
  std::vector<io::Loaded> loaded = store_.load(asked);
  if (faults_.chance(0.03)) {
    for (io::Loaded& one : loaded) one.reply.status = StoreStatus::unreachable;
  }
  return loaded;
}

std::vector<io::StoreReply> FaultyStore::apply(std::span<const io::ApplyRequest> requests) {
  std::vector<io::StoreReply> replies;
  for (const io::ApplyRequest& request : requests) replies.push_back(apply_one(request));
  return replies;
}

io::StoreReply FaultyStore::apply_one(io::ApplyRequest request) {
  faults_.may_sleep();
  faults_.may_die();
  if (faults_.chance(0.02)) {  // lost on the way there
    ++faults_.bitten;
    return {.status = StoreStatus::unreachable};
  }
  if (faults_.chance(0.02)) {  // lost for now: it arrives later
    ++faults_.bitten;
    delayed_.push_back({request, &store_});
    return {.status = StoreStatus::unreachable};
  }
  const io::StoreReply reply = write(request);
  faults_.may_die();
  if (faults_.chance(0.03)) {  // lost on the way back
    ++faults_.bitten;
    return {.status = StoreStatus::unreachable};
  }
  return reply;
}

io::StoreReply FaultyStore::write(const io::ApplyRequest& request) {
  io::ApplyRequest final = request;
  if (faults_.sabotage == Sabotage::no_fence) {
    final.fence = forged(request.fence);
    final.batch = batch_of(request.fence.partition) + 1;
  }
  if (faults_.sabotage == Sabotage::split_apply) {
    io::ApplyRequest position = request;
    position.writes.clear();
    position.batch = batch_of(request.fence.partition) + 1;
    const io::StoreReply reply = store_.apply(std::span(&position, 1)).front();
    if (reply.status != StoreStatus::ok) return reply;
    faults_.may_die();
    final.fence.next = request.next;
    final.batch = position.batch + 1;
  }
  return store_.apply(std::span(&final, 1)).front();
}

std::uint64_t FaultyStore::batch_of(std::int32_t partition) const {
  const auto found = store_.contents().find(partition);
  return found == store_.contents().end() ? 0 : found->second.checkpoint.batch;
}

io::Fence FaultyStore::forged(const io::Fence& fence) const {
  const auto found = store_.contents().find(fence.partition);
  if (found == store_.contents().end()) return fence;
  const io::MemoryStore::Checkpoint& checkpoint = found->second.checkpoint;
  return {.partition = fence.partition, .token = checkpoint.token, .next = checkpoint.next};
}

std::vector<io::StoreReply> FaultyStore::check(std::span<const io::Fence> fences) {
  faults_.may_die();
  return store_.check(fences);
}

io::StoreReply FaultyStore::mark(const io::Fence& fence, std::uint32_t marks) {
  faults_.may_die();
  return perhaps_lost(store_.mark(fence, marks));
}

// A death before this would look like one in the step itself: that is what poison is for.
io::StoreReply FaultyStore::unmark(const io::Fence& fence) {
  return perhaps_lost(store_.unmark(fence));
}

io::StoreReply FaultyStore::perhaps_lost(io::StoreReply reply) {
  if (!faults_.chance(0.2)) return reply;
  ++faults_.bitten;
  return {.status = StoreStatus::unreachable};
}

io::StoreReply FaultyStore::release(const io::Fence& fence) { return store_.release(fence); }

std::vector<bool> FaultySink::publish(std::span<const io::Publication> publications) {
  faults_.may_sleep();
  std::vector<bool> sent;
  for (const io::Publication& publication : publications) {
    faults_.may_die();
    const bool lost = faults_.chance(0.01);
    const bool report_lost = faults_.chance(0.01);
    if (lost || report_lost) ++faults_.bitten;
    if (!lost) sink_.publish(std::span(&publication, 1));
    // A careless producer takes a missing report for a success.
    sent.push_back(!(lost || report_lost) || faults_.sabotage == Sabotage::forgotten_report);
  }
  faults_.may_sleep();
  faults_.may_die();
  return sent;
}

}  // namespace segue::simulation
