#include "core/words/printed.h"

#include <algorithm>
#include <array>

#include "core/ids.h"
#include "core/words/fold.h"

namespace segue {
namespace {

constexpr std::string_view kMade = "name:";
constexpr std::string_view kMusicBrainz = "mbid:";

// Characters that turn the direction of reading.
constexpr std::array<std::string_view, 12> kTurning = {"\u061C", "\u200E", "\u200F", "\u202A",
                                                       "\u202B", "\u202C", "\u202D", "\u202E",
                                                       "\u2066", "\u2067", "\u2068", "\u2069"};

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Bytes of the blank or line's end that the text begins with, or of what commands a terminal (C0,
// DEL, and C1 as U+0080 to U+009F); 0: it begins with none.
std::size_t blank_at(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) <= 0x20 || byte(0) == 0x7F) return 1;
  if (text.starts_with("\u2028") || text.starts_with("\u2029")) return 3;
  return byte(0) == 0xC2 && text.size() > 1 && byte(1) < 0xA0 ? 2 : 0;
}

std::size_t turning_at(std::string_view text) {
  for (const std::string_view turning : kTurning) {
    if (text.starts_with(turning)) return turning.size();
  }
  return 0;
}

std::string clipped(std::string text) {
  std::size_t size = std::min(text.size(), kTitleBytesMax);
  while (size < text.size() && size > 0 && continues(text[size])) --size;
  text.resize(size);
  return text;
}

}  // namespace

std::string display_text(std::string_view text) {
  if (text.empty()) return {};
  std::string line;
  for (std::size_t i = 0; i < text.size() && line.size() <= kTitleBytesMax;) {
    const std::size_t turning = turning_at(text.substr(i));
    const std::size_t blank = blank_at(text.substr(i));
    if (turning + blank == 0) {
      line += text[i++];
      continue;
    }
    if (blank > 0 && !line.empty() && line.back() != ' ') line += ' ';
    i += turning + blank;
  }
  line = clipped(std::move(line));
  while (line.ends_with(' ')) line.pop_back();
  return folded(line).empty() ? std::string() : line;
}

bool is_visible(std::string_view text) {
  // Most are plain: one look.
  const auto plain = [](char c) { return c > ' ' && c < '\x7F'; };
  return std::ranges::any_of(text, plain) || !display_text(text).empty();
}

std::uint64_t printed_hash(std::string_view artist, std::string_view title) {
  return track_id(folded(artist) + '\n' + folded(title)).value;
}

std::string made_track_id(std::string_view artist, std::string_view title) {
  return std::string(kMade) + item_key(ItemId{printed_hash(artist, title)});
}

std::string made_artist_id(std::string_view artist) { return made_track_id(artist, {}); }

bool is_made_id(std::string_view id) { return id.starts_with(kMade); }

bool is_opaque_id(std::string_view id) { return is_made_id(id) || id.starts_with(kMusicBrainz); }

}  // namespace segue
