#include "core/io/memory/memory_store.h"

namespace segue::io {

Claimed MemoryStore::claim(std::int32_t partition, const Token& token, std::string_view) {
  Checkpoint& checkpoint = contents_[partition].checkpoint;
  if (!checkpoint.claimed || checkpoint.token != token) ++checkpoint.attempts;
  checkpoint.token = token;
  checkpoint.claimed = true;
  return {.status = StoreStatus::ok,
          .next = checkpoint.next,
          .batch = checkpoint.batch,
          .attempts = checkpoint.attempts,
          .stepping = checkpoint.stepping,
          .marks = checkpoint.marks};
}

StoreReply MemoryStore::validate(const Fence& fence) const {
  const auto found = contents_.find(fence.partition);
  if (found == contents_.end()) return {.status = StoreStatus::fenced};
  const Checkpoint& checkpoint = found->second.checkpoint;
  if (!checkpoint.claimed || checkpoint.token != fence.token) {
    return {.status = StoreStatus::fenced};
  }
  if (checkpoint.next != fence.next) {
    return {.status = StoreStatus::offset, .next = checkpoint.next};
  }
  return {};
}

std::vector<Loaded> MemoryStore::load(std::span<const LoadRequest> requests) {
  std::vector<Loaded> all;
  for (const LoadRequest& request : requests) {
    Loaded& loaded = all.emplace_back();
    loaded.reply = validate(request.fence);
    if (loaded.reply.status != StoreStatus::ok) continue;
    const auto& values = contents_.at(request.fence.partition).values;
    for (const std::string& key : request.keys) {
      const auto found = values.find(key);
      loaded.values.push_back(found == values.end() ? std::nullopt : std::optional(found->second));
    }
  }
  return all;
}

std::vector<StoreReply> MemoryStore::apply(std::span<const ApplyRequest> requests) {
  std::vector<StoreReply> replies;
  for (const ApplyRequest& request : requests) replies.push_back(apply_one(request));
  return replies;
}

StoreReply MemoryStore::apply_one(const ApplyRequest& request) {
  const auto found = contents_.find(request.fence.partition);
  if (found == contents_.end()) return {.status = StoreStatus::fenced};
  Partition& partition = found->second;
  Checkpoint& checkpoint = partition.checkpoint;
  const bool ours = checkpoint.claimed && checkpoint.token == request.fence.token;
  if (ours && checkpoint.batch == request.batch && checkpoint.next == request.next) {
    return {.status = StoreStatus::duplicate};
  }
  const StoreReply valid = validate(request.fence);
  // Before the first run the first owner says with batch 1 where it begins.
  const bool begins = valid.status == StoreStatus::offset && checkpoint.next < 0;
  if (valid.status != StoreStatus::ok && !begins) return valid;
  // An empty batch leaves the position where it is: only its number tells an old command.
  if (request.batch <= checkpoint.batch) return {.status = StoreStatus::duplicate};
  if (request.batch > checkpoint.batch + 1) {
    return {.status = StoreStatus::offset, .next = checkpoint.next};
  }
  for (const Write& write : request.writes) {
    if (write.value) {
      partition.values[write.key] = *write.value;
    } else {
      partition.values.erase(write.key);
    }
  }
  checkpoint.next = request.next;
  checkpoint.batch = request.batch;
  checkpoint.stepping = -1;
  checkpoint.marks = 0;
  if (!request.keep_attempts) checkpoint.attempts = 0;
  return {};
}

std::vector<StoreReply> MemoryStore::check(std::span<const Fence> fences) {
  std::vector<StoreReply> replies;
  for (const Fence& fence : fences) replies.push_back(validate(fence));
  return replies;
}

StoreReply MemoryStore::mark(const Fence& fence, std::uint32_t marks) {
  const StoreReply valid = validate(fence);
  if (valid.status != StoreStatus::ok) return valid;
  Checkpoint& checkpoint = contents_.at(fence.partition).checkpoint;
  checkpoint.stepping = fence.next;
  checkpoint.marks = marks;
  return {};
}

StoreReply MemoryStore::unmark(const Fence& fence) {
  const StoreReply valid = validate(fence);
  if (valid.status != StoreStatus::ok) return valid;
  Checkpoint& checkpoint = contents_.at(fence.partition).checkpoint;
  checkpoint.stepping = -1;
  checkpoint.marks = 0;
  return {};
}

StoreReply MemoryStore::release(const Fence& fence) {
  const StoreReply valid = validate(fence);
  if (valid.status != StoreStatus::ok) return valid;
  Checkpoint& checkpoint = contents_.at(fence.partition).checkpoint;
  checkpoint.claimed = false;
  checkpoint.attempts = 0;
  checkpoint.stepping = -1;
  checkpoint.marks = 0;
  return {};
}

}  // namespace segue::io
