#pragma once

#include <iosfwd>

#include "loadtest/evaluate/evaluation.h"

namespace segue {

// A line for each listen that counts, tab-separated, after a line of names: the event's number in
// the stream, the listener's number, the kind of target, whether the mix proposed it (1 or 0), and
// its rank in the mix's and each baseline's list (0: not among the first kDepth). No id.
void write_ranks(std::ostream& out, const Evaluated& result);

}  // namespace segue
