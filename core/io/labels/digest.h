#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace segue::io {

// SHA-256 of these parts one after the other, 64 small hexadecimal digits.
std::string sha256(std::initializer_list<std::string_view> parts);
inline std::string sha256(std::string_view bytes) { return sha256({bytes}); }

// Reads a megabyte at a time. Throws std::runtime_error where the file cannot be read.
std::string sha256_of_file(const std::string& path);

}  // namespace segue::io
