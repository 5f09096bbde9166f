#pragma once

#include <string>

#include "loadtest/evaluate/evaluation.h"

namespace segue {

// What was found, as tables for people.
std::string text_of(const Evaluated& result);

}  // namespace segue
