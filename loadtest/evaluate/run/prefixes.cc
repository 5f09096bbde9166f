#include "loadtest/evaluate/run/prefixes.h"

#include "producers/replay/files/session_lines.h"

namespace segue {

std::optional<std::vector<std::string>> Prefixes::next() {
  while (const auto line = rows_.next()) {
    const std::size_t tab = line->find('\t');
    if (tab != std::string_view::npos) {
      const auto before = tracks_of_line(line->substr(0, tab));
      const auto after = tracks_of_line(line->substr(tab + 1));
      if (before && after && !before->empty() && after->size() == 1) {
        std::vector<std::string> tracks(before->begin(), before->end());
        tracks.emplace_back(after->front());
        return tracks;
      }
    }
    rows_.leave_out("expected track ids separated by single spaces, a tab and the next track's id");
  }
  return std::nullopt;
}

}  // namespace segue
