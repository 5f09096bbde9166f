#pragma once

#include "core/generation/wish/specification.h"
#include "core/music/counts.h"
#include "core/music/score.h"

namespace segue::music {

// Composes the piece that is specified. Pure: the same specification and counts give the same score
// in every build, since all that decides is whole numbers. Its length is the specification's to the
// tick, its tempo within 1 %, each instrument plays, the end is a cadence on the tonic.
// Requires: a specification that `checked` or `decode_specification` made.
Score compose(const Specification& specification, const Counts& counts);

}  // namespace segue::music
