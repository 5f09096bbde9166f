#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

namespace segue::json {

// The text with each number that neither 64 bits nor a double hold as the nearest double, at most
// ±1e308; texts within it stay as they are. Never longer than the text. JSON bounds no number, and
// a field that is ignored may hold any.
std::string with_numbers_that_fit(std::string_view text);

// Parses as `parser.parse` does, and takes numbers of any size. `padded` has SIMDJSON_PADDING
// readable bytes behind its `bytes`; the parser has the capacity for them. One thread a parser.
simdjson::error_code parse(simdjson::dom::parser& parser, const char* padded, std::size_t bytes,
                           simdjson::dom::element& root);
simdjson::error_code parse(simdjson::dom::parser& parser, const simdjson::padded_string& text,
                           simdjson::dom::element& root);

}  // namespace segue::json
