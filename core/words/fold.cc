#include "core/words/fold.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace segue {
namespace {

struct Free {
  void operator()(utf8proc_uint8_t* text) const { std::free(text); }
};

constexpr auto kFoldOptions = static_cast<utf8proc_option_t>(
    UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);

// Characters that clients print in place of each other; NFKC keeps them apart.
using Pair = std::pair<std::string_view, char>;
constexpr std::array kPlain = {
    Pair{"`", '\''}, Pair{"\u2018", '\''}, Pair{"\u2019", '\''}, Pair{"\u201A", '\''},
    Pair{"\u201B", '\''}, Pair{"\u2039", '\''}, Pair{"\u203A", '\''}, Pair{"\u02B9", '\''},
    Pair{"\u02BB", '\''}, Pair{"\u02BC", '\''}, Pair{"\u02BD", '\''}, Pair{"\u02BE", '\''},
    Pair{"\u02BF", '\''}, Pair{"\u02C8", '\''}, Pair{"\u055A", '\''}, Pair{"\u05F3", '\''},
    Pair{"\u2032", '\''}, Pair{"\u2035", '\''}, Pair{"\uA78C", '\''}, Pair{"\u201C", '"'},
    Pair{"\u201D", '"'}, Pair{"\u201E", '"'}, Pair{"\u201F", '"'}, Pair{"\u00AB", '"'},
    Pair{"\u00BB", '"'}, Pair{"\u275D", '"'}, Pair{"\u275E", '"'}, Pair{"\u301D", '"'},
    Pair{"\u301E", '"'}, Pair{"\u2010", '-'}, Pair{"\u2012", '-'}, Pair{"\u2013", '-'},
    Pair{"\u2014", '-'}, Pair{"\u2015", '-'}, Pair{"\u2212", '-'}, Pair{"\u2043", '-'},
    Pair{"\u2215", '/'}, Pair{"\u29F8", '/'}, Pair{"\u301C", '~'}, Pair{"\u223C", '~'},
    Pair{"\u0131", 'i'},
    // Blanks that NFKC leaves.
    Pair{"\u0085", ' '}, Pair{"\u1680", ' '}, Pair{"\u2028", ' '}, Pair{"\u2029", ' '},
    Pair{"\u2800", ' '}};
// Characters of which NFKC makes something else: accents that stand alone, double primes, a stroke
// that it writes fractions with, and a capital whose dot would stay behind.
constexpr std::array kBefore = {Pair{"\u00B4", '\''}, Pair{"\u1FBD", '\''}, Pair{"\u1FBF", '\''},
                                Pair{"\u2033", '"'},  Pair{"\u2036", '"'},  Pair{"\u2044", '/'},
                                Pair{"\u0130", 'i'},  Pair{"I\u0307", 'i'}, Pair{"i\u0307", 'i'}};

bool is_ascii(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return (c & 0x80) != 0; });
}

void to_small_ascii(std::string& text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// None where it is not UTF-8; empty where nothing of it can be seen.
std::optional<std::string> nfkc_casefold(std::string_view text) {
  utf8proc_uint8_t* made = nullptr;
  const auto bytes = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                  static_cast<utf8proc_ssize_t>(text.size()), &made, kFoldOptions);
  const std::unique_ptr<utf8proc_uint8_t, Free> owned(made);
  if (bytes < 0) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(made), static_cast<std::size_t>(bytes));
}

void one_space_between(std::string& text) {
  std::string single;
  for (const char c : text) {
    const bool blank = c == ' ' || (c >= '\t' && c <= '\r');
    if (!blank) {
      single += c;
    } else if (!single.empty() && single.back() != ' ') {
      single += ' ';
    }
  }
  if (single.ends_with(' ')) single.pop_back();
  text = std::move(single);
}

void make_plain(std::string& text, std::span<const Pair> pairs) {
  for (const auto& [sign, plain] : pairs) {
    for (std::size_t at = text.find(sign); at != std::string::npos; at = text.find(sign, at + 1))
      text.replace(at, sign.size(), 1, plain);
  }
}

}  // namespace

std::string folded(std::string_view text) {
  std::string small(text);
  std::optional<std::string> made;
  if (!is_ascii(text)) {
    make_plain(small, kBefore);
    made = nfkc_casefold(small);
  }
  if (made) {
    small = std::move(*made);
  } else {
    to_small_ascii(small);
  }
  make_plain(small, kPlain);
  one_space_between(small);
  return small;
}

}  // namespace segue
