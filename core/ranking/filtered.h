#pragma once

#include <cstdint>
#include <vector>

#include "core/event/filter.h"
#include "core/listener/listener.h"
#include "core/models/item_models.h"

namespace segue {

// Whether tracks meet the filter of the listener's request. A hard wish: of what is not known it is
// not known that it meets it, so it does not. Lives for one ranking.
class Filtered {
 public:
  // Requires: the listener's request has a filter, and does not change meanwhile.
  explicit Filtered(const Listener& listener);

  const Filter& filter() const { return filter_; }
  bool has(const ItemModels::Model& track) const;

 private:
  const Filter& filter_;
  std::vector<TrackId> heard_;  // within not_heard_days, sorted
};

}  // namespace segue
