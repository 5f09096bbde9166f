#pragma once

#include <string>

namespace segue {

// Appends what printf would print, at most 511 bytes.
__attribute__((format(printf, 2, 3))) void append(std::string& text, const char* format, ...);

}  // namespace segue
