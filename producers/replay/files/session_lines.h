#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "producers/replay/files/listening.h"

namespace segue {

// The synthetic clock of sessions without one: they are played one after another from a moment long
// enough ago that seven million listens fit before today, each so long.
inline constexpr Micros kSessionsBegin = 315'532'800 * kSecond;  // 1980-01-01T00:00:00Z
inline constexpr Micros kSessionTrack = 200 * kSecond;

// The tracks of a line, separated by single spaces; spaces at its end are ignored. None in an empty
// line. Errors: bad_field, for what is no id (a tab, for one: that is another kind of file).
Result<std::vector<std::string_view>> tracks_of_line(std::string_view line);

// Plays a file with one session a line, plain or gzip: track ids separated by spaces, in the order
// of time. Nothing is known of who listened, when, or of artists: every session is a listener of
// its own, named after its number in the file. Empty lines are no sessions; a line with a bad id is
// left out whole. Throws std::runtime_error as open_listens and Listening::next do.
std::unique_ptr<Listening> open_session_lines(const std::string& path);

}  // namespace segue
