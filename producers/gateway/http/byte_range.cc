#include "producers/gateway/http/byte_range.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "core/io/http/header_values.h"

namespace segue::gateway {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

// A number of any length: one that is too large is as large as can be. None: these are not digits.
std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  return wrong == std::errc() ? number : kMost;
}

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

ByteRange last_bytes(std::uint64_t count, std::uint64_t size) {
  if (count == 0 || size == 0) return {.kind = ByteRange::Kind::unsatisfiable};
  const std::uint64_t bytes = std::min(count, size);
  return {.kind = ByteRange::Kind::part, .first = size - bytes, .bytes = bytes};
}

}  // namespace

ByteRange read_range(std::string_view range, std::uint64_t size) {
  const ByteRange whole{.kind = ByteRange::Kind::whole, .first = 0, .bytes = size};
  const std::size_t equals = range.find('=');
  if (equals == std::string_view::npos || !io::same_word(range.substr(0, equals), "bytes"))
    return whole;
  const std::string_view one = without_blanks(range.substr(equals + 1));
  const std::size_t hyphen = one.find('-');
  if (hyphen == std::string_view::npos) return whole;
  const std::string_view from = one.substr(0, hyphen);
  const std::string_view to = one.substr(hyphen + 1);
  const auto last = to.empty() ? std::optional(kMost) : number_in(to);
  if (!last) return whole;
  if (from.empty()) return to.empty() ? whole : last_bytes(*last, size);
  const auto first = number_in(from);
  if (!first || *first > *last) return whole;
  if (*first >= size) return {.kind = ByteRange::Kind::unsatisfiable};
  return {.kind = ByteRange::Kind::part,
          .first = *first,
          .bytes = std::min(*last, size - 1) - *first + 1};
}

bool range_counts(std::string_view if_range, std::string_view tag) {
  return if_range.empty() || if_range == tag;
}

}  // namespace segue::gateway
