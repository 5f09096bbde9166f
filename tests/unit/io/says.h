#pragma once

#include <string>
#include <string_view>

namespace segue::io {

inline bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace segue::io
