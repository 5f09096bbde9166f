#include "producers/gateway/push/series.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <cstdio>

namespace segue::gateway {

std::string series_of(const Services& services, const Player& player) {
  const std::string whole = services.confirmations.cluster() + '/' + player.listener;
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx",
                static_cast<unsigned long long>(XXH3_64bits(whole.data(), whole.size())));
  return digits.data();
}

std::int64_t version_within(std::string_view series, std::int64_t version, std::string_view named) {
  return named.empty() || named == series ? version : -1;
}

}  // namespace segue::gateway
