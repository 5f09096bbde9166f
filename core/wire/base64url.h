#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace segue {

// RFC 4648, section 5, without padding: the alphabet of tokens.
std::string base64url(std::string_view bytes);
// None for anything but the text that `base64url` writes.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace segue
