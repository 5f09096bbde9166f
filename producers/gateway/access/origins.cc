#include "producers/gateway/access/origins.h"

#include <algorithm>
#include <stdexcept>

namespace segue::gateway {
namespace {

std::string small(std::string_view text) {
  std::string letters(text);
  std::ranges::transform(letters, letters.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return letters;
}

// RFC 3986, 3.1.
bool is_scheme(std::string_view text) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";
  constexpr std::string_view kAll = "abcdefghijklmnopqrstuvwxyz0123456789+-.";
  return !text.empty() && kLetters.find(text.front()) != std::string_view::npos &&
         text.find_first_not_of(kAll) == std::string_view::npos;
}

bool is_web(std::string_view scheme) { return scheme == "https" || scheme == "http"; }

// The origin that any document could be given, so that it names no site.
bool names_no_site(std::string_view scheme) {
  constexpr std::string_view kSchemes[] = {"file",       "data",  "blob",
                                           "javascript", "about", "filesystem"};
  return std::ranges::find(kSchemes, scheme) != std::end(kSchemes);
}

}  // namespace

std::optional<Origins::Origin> read_origin(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  Origins::Origin origin{.scheme = small(text.substr(0, colon)), .authority = {}};
  auto authority = io::read_authority(text.substr(colon + 3));
  if (!authority || !is_scheme(origin.scheme) || names_no_site(origin.scheme)) return std::nullopt;
  origin.authority = std::move(*authority);
  io::leave_out_usual_port(origin.scheme, origin.authority);
  return origin;
}

Origins::Origins(std::string_view list, Own own) : own_(own) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view one = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    auto origin = read_origin(one);
    if (!origin) {
      throw std::invalid_argument("\"" + std::string(one) +
                                  "\" is not like https://player.example or "
                                  "chrome-extension://abcdefghijklmnop");
    }
    allowed_.push_back(std::move(*origin));
  }
}

bool Origins::allows(std::string_view origin, std::string_view host) const {
  const auto read = read_origin(origin);
  if (!read) return false;
  if (is_own(*read, host)) return true;
  if (own_.loopback_too && is_web(read->scheme) && read->authority.is_loopback()) return true;
  return std::ranges::find(allowed_, *read) != allowed_.end();
}

bool Origins::is_own(const Origin& origin, std::string_view host) const {
  auto own = io::read_authority(host);
  if (!own || origin.scheme != (own_.tls ? "https" : "http")) return false;
  io::leave_out_usual_port(origin.scheme, *own);
  return origin.authority == *own;
}

}  // namespace segue::gateway
