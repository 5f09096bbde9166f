#pragma once

#include <string>
#include <string_view>
#include <vector>

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
};

// How rows of one kind of file look.
struct ListenFormat {
  std::string_view name;
  std::string_view header;
  Result<ListenRow> (*read)(std::string_view line);  // the error says what was expected
};

// "30music" or "segue-csv"; null for another name.
const ListenFormat* listen_format(std::string_view name);
// All names, for a message: "30music or segue-csv".
std::string listen_format_names();

// Splits a line of RFC 4180: fields in quotes may hold commas and doubled quotes. A field does not
// go on in the next line. Errors: malformed.
Result<std::vector<std::string>> split_csv(std::string_view line);

}  // namespace segue
