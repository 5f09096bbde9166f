#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "producers/gateway/services.h"

namespace segue::gateway {

// Versions count within a series: one listener's lists in one Kafka cluster. In another one, or
// under another pseudonym, they begin again, and a player's greater version of before must not keep
// it from what is new.
std::string series_of(const Services& services, const Player& player);

// The version that a player has of this series, -1 if its version is of another. A player that
// names no series is believed.
std::int64_t version_within(std::string_view series, std::int64_t version, std::string_view named);

}  // namespace segue::gateway
