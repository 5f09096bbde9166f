#include "consumers/player/sound_address.h"

#include <algorithm>
#include <string>

namespace segue::player {
namespace {

constexpr std::string_view kHttps = "https://";
constexpr std::string_view kHttp = "http://";

std::string_view authority_of(std::string_view behind_scheme) {
  return behind_scheme.substr(0, behind_scheme.find_first_of("/?#"));
}

// Whether it is the name of this machine, and nothing that begins so.
bool is_loopback(std::string_view authority) {
  const std::size_t from = authority.starts_with('[') ? authority.find(']') : 0;
  const std::size_t colon = authority.find(':', std::min(from, authority.size()));
  const std::string_view host = authority.substr(0, colon);
  const std::string_view port =
      colon == std::string_view::npos ? std::string_view() : authority.substr(colon + 1);
  const bool number = port.find_first_not_of("0123456789") == std::string_view::npos;
  return number && (host == "localhost" || host == "127.0.0.1" || host == "[::1]");
}

// `small` is in small letters.
bool begins_with(std::string_view text, std::string_view small) {
  return text.size() >= small.size() &&
         std::ranges::equal(text.substr(0, small.size()), small, [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
         });
}

}  // namespace

std::string_view composed_file(std::string_view url) {
  return url.starts_with(kComposedSound) ? url.substr(kComposedSound.size()) : std::string_view();
}

bool may_sound_from(std::string_view url, Sound sound) {
  // Browsers drop line breaks and take a backslash for a slash.
  const auto plain = [](char c) { return static_cast<unsigned char>(c) > ' ' && c != '\\'; };
  if (!std::ranges::all_of(url, plain)) return false;
  if (begins_with(url, kHttps)) {
    const std::string_view authority = authority_of(url.substr(kHttps.size()));
    return !authority.empty() && authority.find('@') == std::string_view::npos;
  }
  return sound == Sound::loopback_too && begins_with(url, kHttp) &&
         is_loopback(authority_of(url.substr(kHttp.size())));
}

}  // namespace segue::player
