#include "core/io/https_address.h"

#include <algorithm>
#include <stdexcept>

namespace segue::io {
namespace {

[[noreturn]] void bad_address(std::string_view url) {
  throw std::invalid_argument("\"" + std::string(url) + "\" is not like https://id.example/path");
}

bool is_host(std::string_view text, bool v6) {
  constexpr std::string_view kNames =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
  constexpr std::string_view kV6 = "0123456789abcdefABCDEF:.";
  return !text.empty() && text.find_first_not_of(v6 ? kV6 : kNames) == std::string_view::npos;
}

}  // namespace

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         text.find_first_not_of("0123456789") == std::string_view::npos &&
         std::stoi(std::string(text)) <= 65'535 && std::stoi(std::string(text)) > 0;
}

HttpsAddress https_address(std::string_view url) {
  constexpr std::string_view kScheme = "https://";
  const auto plain = [](char c) { return c > ' ' && c < '\x7f' && c != '#' && c != '"'; };
  if (!url.starts_with(kScheme) || !std::ranges::all_of(url, plain)) bad_address(url);
  const std::string_view rest = url.substr(kScheme.size());
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view authority = rest.substr(0, end);
  HttpsAddress address;
  address.written = authority;
  address.target = rest.substr(end);
  if (!address.target.starts_with('/')) address.target.insert(0, "/");
  const bool v6 = authority.starts_with('[');
  const std::size_t host_end =
      v6 ? authority.find(']') : std::min(authority.find(':'), authority.size());
  if (host_end == std::string_view::npos) bad_address(url);
  address.host = authority.substr(v6 ? 1 : 0, host_end - (v6 ? 1 : 0));
  const std::string_view after = authority.substr(host_end + (v6 ? 1 : 0));
  if (!after.empty()) {
    if (!after.starts_with(':') || !is_port(after.substr(1))) bad_address(url);
    address.port = after.substr(1);
  }
  if (!is_host(address.host, v6)) bad_address(url);
  return address;
}

}  // namespace segue::io
