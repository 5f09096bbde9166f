#pragma once

#include <string>
#include <string_view>
#include <vector>

// Values of headers as RFC 9110 has them.
namespace segue::io {

// Whether both are one token: letters' case does not matter (5.6.2).
bool same_word(std::string_view a, std::string_view b);

// Whether it is a token: a header's name, a coding (5.6.2).
bool is_token(std::string_view text);

// The elements of a list (5.6.1), without blanks around them; a comma in quotes is no end. Empty
// ones are left out.
std::vector<std::string_view> list_of(std::string_view value);

// The text of a quoted string (5.6.4), or the text itself where it is none.
std::string unquoted(std::string_view text);

// A media type and its charset, if it names one (8.3.1): in small letters, without quotes.
struct MediaType {
  std::string type;  // "application/json"; empty: this is none
  std::string charset;
};
MediaType read_media_type(std::string_view value);

// Whether an If-None-Match names this entity tag, which has its quotes: weak comparison (8.8.3.2).
bool names_tag(std::string_view if_none_match, std::string_view tag);

}  // namespace segue::io
