#pragma once

#include <string_view>

namespace segue::gateway {

// Throws std::invalid_argument unless the text is a secret: at least 32 and at most 128 random
// bytes, written in hexadecimal (`openssl rand -hex 32`) or base64, with or without the URL's
// alphabet and padding (`openssl rand -base64 32`), and nothing else. What cannot be random is
// refused, whatever it is: texts, addresses, keys of any format, patterns. The text itself is the
// key, as it is for JWT libraries that are given a string.
void must_be_secret(std::string_view text);

}  // namespace segue::gateway
