#pragma once

#include <cstdint>
#include <vector>

#include "core/ranking/query.h"

namespace segue {

// Tracks that must not stand in a list, whatever their score: tracks and artists that the listener
// hid or the request excludes, tracks that it has named as those to be like or unlike, what is
// queued already, explicit tracks where they are not wanted, and what the request's filter leaves
// out. A track of which the catalogue says nothing is not explicit. Lives for one list.
class Barred {
 public:
  explicit Barred(const Query& query);

  // Nothing is barred; most listeners, most of the time.
  bool empty() const {
    return tracks_.empty() && artists_.empty() && explicit_allowed_ && filtered_ == nullptr;
  }
  bool operator()(const ItemModels::Model& track) const;

 private:
  std::vector<std::uint64_t> tracks_;  // sorted
  std::vector<std::uint64_t> artists_;
  bool explicit_allowed_ = true;
  const Filtered* filtered_;
};

}  // namespace segue
