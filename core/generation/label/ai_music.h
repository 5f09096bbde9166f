#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace segue {

// The parts of a track that a machine can have made. Their names travel (`ai`, `ai_music`), so they
// only ever grow.
enum class AiPart : std::uint8_t { composed, performed, voice, lyrics, post_production };
inline constexpr std::size_t kAiParts = 5;
inline constexpr std::array<std::string_view, kAiParts> kAiPartNames = {
    "composed", "performed", "voice", "lyrics", "post_production"};

// A set of parts, one bit each in the order of AiPart.
using AiParts = std::uint8_t;
constexpr AiParts bit_of(AiPart part) {
  return static_cast<AiParts>(1U << static_cast<unsigned>(part));
}
inline constexpr AiParts kAllAiParts = (1U << kAiParts) - 1;
std::optional<AiPart> ai_part_of(std::string_view name);

// A listener's wish about music that a machine made. `off`: none of it, ever; `ask`: what exists
// may be listed, and nothing is composed before the listener says so; `on`: it may be composed at
// once.
enum class AiMode : std::uint8_t { off, ask, on };
std::string_view name_of(AiMode mode);
std::optional<AiMode> ai_mode_of(std::string_view name);

// A listener's words on their setting: what is not said stays.
struct AiMusicSaid {
  std::optional<AiMode> mode = {};
  AiParts refused = 0;
  AiParts allowed = 0;  // refused no more
  bool empty() const { return !mode && refused == 0 && allowed == 0; }
  bool operator==(const AiMusicSaid&) const = default;
};

struct AiMusic {
  AiMode mode = AiMode::ask;
  AiParts refused = 0;  // not wanted in any mode

  // Whether a track of which a machine made these parts may stand in the listener's lists.
  bool allows(AiParts made) const {
    return made == 0 || (mode != AiMode::off && (made & refused) == 0);
  }
  // Whether a track may be composed for the listener at all.
  bool may_compose() const { return allows(bit_of(AiPart::composed) | bit_of(AiPart::performed)); }
  // The setting after what was said; what is both allowed and refused is refused.
  AiMusic after(const AiMusicSaid& said) const {
    const auto kept = static_cast<AiParts>(refused & ~said.allowed);
    return {said.mode.value_or(mode), static_cast<AiParts>(kept | said.refused)};
  }
  bool operator==(const AiMusic&) const = default;
};

}  // namespace segue
