#include "producers/gateway/access/rate_limit.h"

#include <algorithm>
#include <cmath>

namespace segue::gateway {

Micros RateLimit::take(const std::string& name, double amount, Micros now, double paid) {
  const auto [found, fresh] = buckets_.try_emplace(name);
  Bucket& bucket = found->second;
  if (fresh) {
    bucket = {.left = burst_, .at = now, .wanted = 0, .place = used_.insert(used_.end(), name)};
    if (used_.size() > names_max_) {
      buckets_.erase(used_.front());
      used_.pop_front();
    }
  } else {
    used_.splice(used_.end(), used_, bucket.place);
  }
  bucket.left =
      std::min(burst_, bucket.left + rate_ * seconds_of(std::max<Micros>(now - bucket.at, 0)));
  bucket.at = now;
  const double wanted = std::min(amount, burst_);
  const double owed = std::max(wanted - std::min(paid, burst_), 0.0);
  if (bucket.left >= owed) {
    bucket.left -= owed;
    return 0;
  }
  return static_cast<Micros>(std::ceil((wanted - bucket.left) / rate_ * 1e6));
}

void RateLimit::give_back(const std::string& name, double taken, double wanted) {
  const auto found = buckets_.find(name);
  if (found == buckets_.end()) return;
  found->second.left = std::min(burst_, found->second.left + taken);
  found->second.wanted = std::min(burst_, wanted);
}

Micros RateLimit::wait_for_more(const std::string& name, Micros now) {
  const auto found = buckets_.find(name);
  if (found == buckets_.end()) return 0;
  const double there = left(name, now).left;
  if (there < found->second.wanted) {
    return static_cast<Micros>(std::ceil((found->second.wanted - there) / rate_ * 1e6));
  }
  found->second.wanted = 0;
  return 0;
}

void RateLimit::forget(const std::string& name) {
  const auto found = buckets_.find(name);
  if (found == buckets_.end()) return;
  used_.erase(found->second.place);
  buckets_.erase(found);
}

RateLimit::Left RateLimit::left(const std::string& name, Micros now) const {
  Left state{.all = burst_, .left = burst_};
  const auto found = buckets_.find(name);
  if (found == buckets_.end()) return state;
  const Bucket& bucket = found->second;
  state.left =
      std::min(burst_, bucket.left + rate_ * seconds_of(std::max<Micros>(now - bucket.at, 0)));
  state.full_in = static_cast<Micros>(std::ceil((burst_ - state.left) / rate_ * 1e6));
  return state;
}

}  // namespace segue::gateway
