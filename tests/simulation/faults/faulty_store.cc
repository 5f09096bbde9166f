#include "tests/simulation/faults/faulty_store.h"

namespace segue::simulation {

using io::StoreStatus;

template <class Keep>
bool FaultyStore::lost_on_the_way(Keep keep) {
  if (faults_.redis_is_down()) return true;
  if (faults_.bites(0.01)) return true;
  if (!faults_.bites(0.015)) return false;
  keep();
  return true;
}

io::Claimed FaultyStore::claim(std::int32_t partition, const io::Token& token,
                               std::string_view owner) {
  faults_.may_die();
  const auto later = [&] {
    faults_.keep([&store = store_, partition, token] { store.claim(partition, token, "late"); });
  };
  if (lost_on_the_way(later)) return {.status = StoreStatus::unreachable};
  const io::Claimed claimed = store_.claim(partition, token, owner);
  faults_.may_die();
  if (reply_lost()) return {.status = StoreStatus::unreachable};
  return claimed;
}

std::vector<io::Loaded> FaultyStore::load(std::span<const io::LoadRequest> requests) {
  faults_.may_sleep();
  faults_.may_die();
  std::vector<io::Loaded> loaded = store_.load(requests);
  if (reply_lost()) {
    for (io::Loaded& one : loaded) one.reply.status = StoreStatus::unreachable;
  }
  return loaded;
}

std::vector<io::StoreReply> FaultyStore::apply(std::span<const io::ApplyRequest> requests) {
  std::vector<io::StoreReply> replies;
  replies.reserve(requests.size());
  for (const io::ApplyRequest& request : requests) replies.push_back(apply_one(request));
  if (applied) applied();
  return replies;
}

io::StoreReply FaultyStore::apply_one(const io::ApplyRequest& request) {
  faults_.may_sleep();
  faults_.may_die();
  const auto later = [&] {
    faults_.keep([&store = store_, request] { store.apply(std::span(&request, 1)); });
  };
  if (lost_on_the_way(later)) return {.status = StoreStatus::unreachable};
  if (faults_.bites(0.005)) return {.status = StoreStatus::refused};
  if (faults_.bites(0.01)) store_.apply(std::span(&request, 1));  // it arrives twice
  const io::StoreReply reply = store_.apply(std::span(&request, 1)).front();
  faults_.may_die();
  if (reply_lost()) return {.status = StoreStatus::unreachable};
  return reply;
}

std::vector<io::StoreReply> FaultyStore::check(std::span<const io::Fence> fences) {
  faults_.may_die();
  if (reply_lost()) {
    return std::vector<io::StoreReply>(fences.size(), {.status = StoreStatus::unreachable});
  }
  return store_.check(fences);
}

// A death between `mark` and `unmark` would look like one in the step itself: that is what poison
// is for.
io::StoreReply FaultyStore::mark(const io::Fence& fence, std::uint32_t marks) {
  if (!marked_) faults_.may_die();
  const io::StoreReply reply = store_.mark(fence, marks);
  marked_ = reply.status == StoreStatus::ok;
  if (faults_.bites(0.1)) return {.status = StoreStatus::unreachable};
  return reply;
}

io::StoreReply FaultyStore::unmark(const io::Fence& fence) {
  const io::StoreReply reply = store_.unmark(fence);
  if (faults_.bites(0.1)) return {.status = StoreStatus::unreachable};
  marked_ = false;
  return reply;
}

io::StoreReply FaultyStore::release(const io::Fence& fence) {
  if (reply_lost()) return {.status = StoreStatus::unreachable};
  return store_.release(fence);
}

}  // namespace segue::simulation
