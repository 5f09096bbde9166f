#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "consumers/tail/message.h"
#include "consumers/tail/movement.h"
#include "consumers/tail/titles.h"
#include "core/event/event.h"

namespace segue::tail {

// How one listener's session looks on a terminal. Text from the log is stripped of control
// characters: a track's title must not command the terminal.
class Screen {
 public:
  enum class Colour : bool { no, yes };
  explicit Screen(Colour colour) : colour_(colour) {}

  // "Following NAME." with its line break.
  std::string heading(std::string_view user_id) const;
  // One line: when, what, which track, how much of it.
  std::string event(const Event& event, const Titles& titles) const;
  // The first five with their movement against `before` (track ids, best first).
  std::string recommendation(const SeenRecommendation& seen,
                             const std::vector<std::string>& before) const;

 private:
  std::string paint(std::string_view text, std::string_view code) const;
  std::string moved(const Movement& movement) const;
  std::string row(std::size_t place, const SeenTrack& track, const Movement& movement,
                  double share) const;

  Colour colour_;
};

// The text without control characters, cut or filled to so many characters.
std::string fitted(std::string_view text, std::size_t characters);

}  // namespace segue::tail
