#include "consumers/tail/movement.h"

#include <algorithm>

namespace segue::tail {
namespace {

Movement movement(const std::vector<std::string>& before, const std::string& track,
                  std::size_t place) {
  if (before.empty()) return {};
  const auto at = std::find(before.begin(), before.end(), track);
  if (at == before.end()) return {.kind = Movement::Kind::entered};
  const auto risen = (at - before.begin()) - static_cast<std::ptrdiff_t>(place);
  if (risen == 0) return {.kind = Movement::Kind::same};
  if (risen > 0) return {.kind = Movement::Kind::up, .places = static_cast<std::int32_t>(risen)};
  return {.kind = Movement::Kind::down, .places = static_cast<std::int32_t>(-risen)};
}

}  // namespace

std::vector<Movement> movements(const std::vector<std::string>& before,
                                const std::vector<std::string>& now) {
  std::vector<Movement> result;
  result.reserve(now.size());
  for (std::size_t place = 0; place < now.size(); ++place) {
    result.push_back(movement(before, now[place], place));
  }
  return result;
}

}  // namespace segue::tail
