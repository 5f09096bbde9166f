#include "consumers/worker/retrying_store.h"

#include <algorithm>
#include <stdexcept>

namespace segue {
namespace {

constexpr std::chrono::milliseconds kAskAgainMin{5};
constexpr std::chrono::milliseconds kAskAgainMax{1'000};

class Retry {
 public:
  Retry(const io::Store& store, const Runtime& runtime, Micros retry_for)
      : store_(store),
        runtime_(runtime),
        retry_for_(retry_for),
        give_up_(runtime.elapsed() + retry_for) {}

  void wait() {
    if (runtime_.elapsed() >= give_up_) {
      const std::string why = store_.trouble();
      throw std::runtime_error("Redis took no command for " + std::to_string(retry_for_ / kSecond) +
                               " s; check redis.address and its memory (the limit is "
                               "redis.retry_for_s)" +
                               (why.empty() ? "" : ": " + why));
    }
    runtime_.wait(pause_);
    pause_ = std::min(2 * pause_, kAskAgainMax);
  }

 private:
  const io::Store& store_;
  const Runtime& runtime_;
  Micros retry_for_;
  Micros give_up_;
  std::chrono::milliseconds pause_ = kAskAgainMin;
};

}  // namespace

bool unanswered(io::StoreStatus status) {
  return status == io::StoreStatus::unreachable || status == io::StoreStatus::refused;
}

io::Claimed RetryingStore::claim(std::int32_t partition, const io::Token& token,
                                 std::string_view owner) {
  Retry retry(store_, runtime_, retry_for_);
  for (;;) {
    const io::Claimed claimed = store_.claim(partition, token, owner);
    if (!unanswered(claimed.status)) return claimed;
    retry.wait();
  }
}

std::vector<io::Loaded> RetryingStore::load(std::span<const io::LoadRequest> requests) {
  Retry retry(store_, runtime_, retry_for_);
  for (;;) {  // reading twice does no harm: all are asked again
    std::vector<io::Loaded> loaded = store_.load(requests);
    const bool open = std::any_of(loaded.begin(), loaded.end(), [](const io::Loaded& one) {
      return unanswered(one.reply.status);
    });
    if (!open) return loaded;
    retry.wait();
  }
}

std::vector<io::StoreReply> RetryingStore::apply(std::span<const io::ApplyRequest> requests) {
  Retry retry(store_, runtime_, retry_for_);
  std::vector<io::StoreReply> replies = store_.apply(requests);
  for (;;) {  // only what is open is sent again
    std::vector<std::size_t> open;
    std::vector<io::ApplyRequest> again;
    for (std::size_t i = 0; i < replies.size(); ++i) {
      if (!unanswered(replies[i].status)) continue;
      open.push_back(i);
      again.push_back(requests[i]);
    }
    if (open.empty()) return replies;
    retry.wait();
    const std::vector<io::StoreReply> late = store_.apply(again);
    for (std::size_t i = 0; i < open.size(); ++i) replies[open[i]] = late[i];
  }
}

io::StoreReply RetryingStore::mark(const io::Fence& fence, std::uint32_t marks) {
  return insist([&] { return store_.mark(fence, marks); });
}

io::StoreReply RetryingStore::unmark(const io::Fence& fence) {
  return insist([&] { return store_.unmark(fence); });
}

template <class Call>
io::StoreReply RetryingStore::insist(Call call) {
  Retry retry(store_, runtime_, retry_for_);
  for (;;) {
    const io::StoreReply reply = call();
    if (!unanswered(reply.status)) return reply;
    retry.wait();
  }
}

}  // namespace segue
