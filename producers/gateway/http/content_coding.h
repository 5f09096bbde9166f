#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace segue::gateway {

// How a body is packed, by its Content-Encoding (RFC 9110, 8.4).
enum class Coding : std::uint8_t { identity, gzip, deflate };

// The answer to a coding that is not known.
inline constexpr std::string_view kCodings = "gzip, deflate";

// None: another coding than these, or several.
std::optional<Coding> read_coding(std::string_view content_encoding);

// A body unpacked, or why it is none.
struct Unpacked {
  enum class Outcome : std::uint8_t { good, broken, too_large, refused };
  Outcome outcome = Outcome::good;
  std::string body;
};

// Unpacks at most `bytes_max`; what would be more is not unpacked. `may_go_on` is asked with what
// there is each time a further 10 KiB are to be, so that unpacking costs while it goes on.
Unpacked unpack(std::string_view packed, Coding coding, std::size_t bytes_max,
                const std::function<bool(std::size_t unpacked)>& may_go_on);

}  // namespace segue::gateway
