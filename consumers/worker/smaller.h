#pragma once

#include <vector>

#include "core/io/ports.h"

namespace segue {

// Publications in place of one that its topic refuses as too large; each piece may be
// refused again, and has a smaller form then. Empty: there is none.
//   dead letter   its beginning, with size and SHA-256 of the whole; then place and reason alone
//   list          the first half of its tracks
//   signals       two records, cut between two events: the second only once the first is in the log
std::vector<io::Publication> smaller(const io::Publication& refused);

}  // namespace segue
