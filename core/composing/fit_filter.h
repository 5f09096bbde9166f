#pragma once

#include <string_view>

#include "core/event/filter.h"
#include "core/generation/wish/specification.h"
#include "core/time.h"

namespace segue {

// Fits what would be composed to the request's filter: a genre or a length that it leaves out is
// replaced by one that it has. Empty, or why nothing that can be composed meets the filter.
std::string_view fit_filter(const Filter& filter, Micros now, Wished& wished);

}  // namespace segue
