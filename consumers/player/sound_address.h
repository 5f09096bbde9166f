#pragma once

#include <cstdint>
#include <string_view>

namespace segue::player {

// Where players may be sent for sound: over HTTPS, or else to this machine, too, as developers do.
enum class Sound : std::uint8_t { https, loopback_too };

// Where gateways send composed files from: behind it stands the key in the store. Relative, for
// the writer of a catalogue knows no gateway.
inline constexpr std::string_view kComposedSound = "/v1/audio/";

// The key in the address of a composed file as it stands in a catalogue; empty: this is no such
// address. Whether it is a key at all is the store's to say.
std::string_view composed_file(std::string_view url);

// Whether a player may be given this address: an absolute https one, or with `loopback_too` an http
// one of this machine. No other scheme is: some run as code where they are followed.
bool may_sound_from(std::string_view url, Sound sound);

}  // namespace segue::player
