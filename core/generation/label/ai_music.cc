#include "core/generation/label/ai_music.h"

#include <algorithm>

namespace segue {
namespace {

constexpr std::array<std::string_view, 3> kAiModeNames = {"off", "ask", "on"};

template <class Word, std::size_t N>
std::optional<Word> find(const std::array<std::string_view, N>& words, std::string_view name) {
  const auto found = std::find(words.begin(), words.end(), name);
  if (found == words.end()) return std::nullopt;
  return static_cast<Word>(found - words.begin());
}

}  // namespace

std::optional<AiPart> ai_part_of(std::string_view name) { return find<AiPart>(kAiPartNames, name); }
std::string_view name_of(AiMode mode) { return kAiModeNames[static_cast<std::size_t>(mode)]; }
std::optional<AiMode> ai_mode_of(std::string_view name) { return find<AiMode>(kAiModeNames, name); }

}  // namespace segue
