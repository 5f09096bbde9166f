#pragma once

#include <string_view>

namespace segue {

// UTF-8's byte order mark, with which some editors and languages begin a text.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// The text behind the mark, or all of it where there is none. JSON's readers may ignore the mark
// (RFC 8259, 8.1).
constexpr std::string_view without_byte_order_mark(std::string_view text) {
  return text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text;
}

}  // namespace segue
