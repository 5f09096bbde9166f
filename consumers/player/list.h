#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/list/snapshot.h"
#include "core/time.h"

namespace segue::player {

// A listener's list as this process knows it: as it was published, or else as Redis keeps it.
struct List {
  std::int64_t version = -1;
  std::string published;  // the record's JSON; empty: only `snapshot` is known
  Snapshot snapshot = {};
  bool has_listeners_names = false;  // texts that only listeners sent
  std::size_t gone = 0;              // of so many tracks such a text has left since
  Micros at = 0;                     // by a steady clock: when what it says was known to hold
  // It stands in for a listener's first: the newcomers' list of this version; -1: it is their own.
  std::int64_t stands_in = -1;
};
using ListPtr = std::shared_ptr<const List>;

}  // namespace segue::player
