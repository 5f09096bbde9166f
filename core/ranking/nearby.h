#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <vector>

#include "core/ranking/query.h"

namespace segue {

// The tracks nearest to where a listener was when they were searched for: one search serves some
// rankings of a session.
struct Nearby {
  std::vector<Near> tracks;
  std::uint64_t session = 0;
  std::int64_t age = -1;  // rankings since the search; -1: there was none
};

// The latest searches, by listener. Bounded: at most kListenersMax are kept, and of those the
// listeners heard last. Lists may depend on it, counts and signals never do. One thread.
class NearbyMemory {
 public:
  static constexpr std::size_t kListenersMax = 8'192;

  // The listener's latest search, or one with age -1 to be filled in. Valid until the next call.
  Nearby& of(ListenerId listener);
  void forget(ListenerId listener);
  std::size_t size() const { return recent_.size() + older_.size(); }

 private:
  using Generation = boost::unordered_flat_map<std::uint64_t, Nearby>;
  // Two generations instead of a list in order of use: when the recent one is full it becomes the
  // older one, and one not asked for meanwhile is dropped at once.
  Generation recent_;
  Generation older_;
};

}  // namespace segue
