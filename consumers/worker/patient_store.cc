#include "consumers/worker/patient_store.h"

#include <algorithm>
#include <stdexcept>

namespace segue {
namespace {

constexpr std::chrono::milliseconds kAskAgainMin{5};
constexpr std::chrono::milliseconds kAskAgainMax{1'000};

class Patience {
 public:
  Patience(const io::Store& store, const Surroundings& surroundings, Micros retry_for)
      : store_(store),
        surroundings_(surroundings),
        retry_for_(retry_for),
        give_up_(surroundings.elapsed() + retry_for) {}

  void wait() {
    if (surroundings_.elapsed() >= give_up_) {
      const std::string why = store_.trouble();
      throw std::runtime_error("Redis took no command for " + std::to_string(retry_for_ / kSecond) +
                               " s; check redis.address and its memory (the limit is "
                               "redis.retry_for_s)" +
                               (why.empty() ? "" : ": " + why));
    }
    surroundings_.wait(pause_);
    pause_ = std::min(2 * pause_, kAskAgainMax);
  }

 private:
  const io::Store& store_;
  const Surroundings& surroundings_;
  Micros retry_for_;
  Micros give_up_;
  std::chrono::milliseconds pause_ = kAskAgainMin;
};

}  // namespace

bool unanswered(io::StoreStatus status) {
  return status == io::StoreStatus::unreachable || status == io::StoreStatus::refused;
}

io::Claimed PatientStore::claim(std::int32_t partition, const io::Token& token,
                                std::string_view owner) {
  Patience patience(store_, surroundings_, retry_for_);
  for (;;) {
    const io::Claimed claimed = store_.claim(partition, token, owner);
    if (!unanswered(claimed.status)) return claimed;
    patience.wait();
  }
}

std::vector<io::Loaded> PatientStore::load(std::span<const io::LoadRequest> requests) {
  Patience patience(store_, surroundings_, retry_for_);
  for (;;) {  // reading twice does no harm: all are asked again
    std::vector<io::Loaded> loaded = store_.load(requests);
    const bool open = std::any_of(loaded.begin(), loaded.end(), [](const io::Loaded& one) {
      return unanswered(one.reply.status);
    });
    if (!open) return loaded;
    patience.wait();
  }
}

std::vector<io::StoreReply> PatientStore::apply(std::span<const io::ApplyRequest> requests) {
  Patience patience(store_, surroundings_, retry_for_);
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
    patience.wait();
    const std::vector<io::StoreReply> late = store_.apply(again);
    for (std::size_t i = 0; i < open.size(); ++i) replies[open[i]] = late[i];
  }
}

io::StoreReply PatientStore::mark(const io::Fence& fence, std::uint32_t marks) {
  return insist([&] { return store_.mark(fence, marks); });
}

io::StoreReply PatientStore::unmark(const io::Fence& fence) {
  return insist([&] { return store_.unmark(fence); });
}

template <class Call>
io::StoreReply PatientStore::insist(Call call) {
  Patience patience(store_, surroundings_, retry_for_);
  for (;;) {
    const io::StoreReply reply = call();
    if (!unanswered(reply.status)) return reply;
    patience.wait();
  }
}

}  // namespace segue
