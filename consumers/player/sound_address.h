#pragma once

#include <cstdint>
#include <string_view>

namespace segue::player {

// Where players may be sent for sound: over HTTPS, or else to this machine, too, as developers do.
enum class Sound : std::uint8_t { https, loopback_too };

// Whether a player may be given this address: an absolute https one, or with `loopback_too` an http
// one of this machine. No other scheme is: some run as code where they are followed.
bool may_sound_from(std::string_view url, Sound sound);

}  // namespace segue::player
