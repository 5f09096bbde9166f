#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/event/event.h"
#include "core/result.h"
#include "core/time.h"

namespace segue {

// One row of a file of recorded listens.
struct ListenRow {
  Micros time = 0;
  std::string user_id;
  std::string session_id;  // empty: unknown
  std::string track_id;
  std::string artist_id;      // empty: unknown
  float played_fraction = 1;  // 0 to 1
  std::string title = {};     // what the track and its artist are called; empty: not said
  std::string artist = {};
};

// The moments that a row may name. Players that have no clock write 1970; parse_time reads no
// further than the last second of 2199, and a reader may set an earlier end.
inline constexpr Micros kTimeMin = 631'152'000 * kSecond;  // 1990-01-01T00:00:00Z
inline constexpr Micros kTimeMax = 7'258'118'399 * kSecond;

// UTF-8 of at most 128 bytes, with something to be seen; or empty.
bool is_listen_id(std::string_view text);

// The end of the play that a row tells of, as number `seq` of its session: skipped where less than
// half was played, as in the public skip data sets, else completed. Named by content, not by the
// line: a longer file gives old rows their old names.
EventDraft event_of(ListenRow row, std::string session, std::uint64_t seq);

// Why no listen can have happened then; none if it can.
std::optional<Error> unlikely(Micros time, Micros not_after);

// How rows of one kind of file look.
struct ListenFormat {
  std::string_view name;
  std::string_view header;
  std::string_view longer_header;  // of files that say more; empty: there are none
  Result<ListenRow> (*read)(std::string_view line);  // the error says what was expected
};

// "30music" or "segue-csv"; null for another name.
const ListenFormat* listen_format(std::string_view name);

// Splits a line of RFC 4180: fields in quotes may hold commas and doubled quotes. A field does not
// go on in the next line. Errors: malformed.
Result<std::vector<std::string>> split_csv(std::string_view line);

}  // namespace segue
