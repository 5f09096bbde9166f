#pragma once

#include <string>

#include "loadtest/evaluate/figures/summary.h"

namespace segue {

// What was found, as tables for people.
std::string text_of(const Summary& summary);

}  // namespace segue
