#pragma once

#include <cstdint>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "core/ids.h"
#include "core/network.h"
#include "core/query.h"

namespace segue {

// What one ranking leaves for the moment when the listener says what they listened to instead: how
// every candidate was described and scored, and the list that was published. About 110 KB.
struct Ranked {
  std::vector<ItemId> ids;  // by candidate
  Features features;        // by candidate; may have more rows than there are candidates
  Eigen::VectorXf situation;
  Eigen::VectorXf linear;    // by candidate: the linear stage's score
  Eigen::VectorXf scores;    // by candidate: what the list is sorted by
  std::vector<ItemId> list;  // as published, best first
};

// The tracks nearest to where a listener was when they were looked for: a search serves some
// rankings of a session.
struct Nearby {
  std::vector<Near> tracks;
  std::uint64_t session = 0;
  std::int64_t age = -1;  // rankings since; -1: nothing was looked for
};

// The latest rankings of the listeners heard last, so that a list need not be ranked anew to be
// scored. Bounded: past `max` the one longest unused is forgotten, and its listener's list is
// ranked again when it is needed. Says nothing of state: with or without it counts are the same.
// One thread.
class RankedMemory {
 public:
  explicit RankedMemory(std::size_t max) : max_(max) {}

  // Exchanges `ranked` with the memory of another ranking, so that buffers are used again. `stamp`
  // says in which state of the listener it was made.
  void keep(std::uint64_t listener, std::uint64_t stamp, Ranked& ranked);
  // True: `ranked` is what was kept for this listener in this state, once.
  bool recall(std::uint64_t listener, std::uint64_t stamp, Ranked& ranked);
  // What was near this listener; to be replaced by whoever looks again. Valid until the next call.
  Nearby& nearby(std::uint64_t listener);
  // Nothing of this listener is left.
  void forget(std::uint64_t listener);
  std::size_t size() const { return kept_.size(); }

 private:
  struct Kept {
    std::uint64_t listener = 0;
    std::uint64_t stamp = 0;
    std::uint64_t used = 0;
    Ranked ranked;
    Nearby nearby;
  };
  std::size_t place_for(std::uint64_t listener);

  std::size_t max_;
  std::uint64_t clock_ = 0;
  std::vector<Kept> kept_;
  Nearby nobodys_;
  boost::unordered_flat_map<std::uint64_t, std::size_t> by_listener_;
};

}  // namespace segue
