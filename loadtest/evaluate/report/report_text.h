#pragma once

#include <string>

#include "loadtest/evaluate/figures/summary.h"

namespace segue {

// The findings, as tables for people.
std::string text_of(const Summary& summary);

// Where the mix's hits end, as a table.
std::string text_of(const Ends& ends);

}  // namespace segue
