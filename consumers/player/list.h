#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/list/snapshot.h"

namespace segue::player {

// A listener's list as this process knows it: as it was published, or else as Redis keeps it.
struct List {
  std::int64_t version = -1;
  std::string published;  // the record's JSON; empty: only `snapshot` is known
  Snapshot snapshot = {};
};
using ListPtr = std::shared_ptr<const List>;

}  // namespace segue::player
