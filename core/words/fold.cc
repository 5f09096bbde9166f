#include "core/words/fold.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

namespace segue {
namespace {

struct Free {
  void operator()(utf8proc_uint8_t* text) const { std::free(text); }
};

constexpr auto kFoldOptions = static_cast<utf8proc_option_t>(
    UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);

// What clients print in place of each other; NFKC keeps them apart.
using Pair = std::pair<std::string_view, char>;
constexpr std::array<Pair, 19> kPlain = {{{"\u2018", '\''},
                                          {"\u2019", '\''},
                                          {"\u02BC", '\''},
                                          {"\u2032", '\''},
                                          {"\u201C", '"'},
                                          {"\u201D", '"'},
                                          {"\u201E", '"'},
                                          {"\u2033", '"'},
                                          {"\u2010", '-'},
                                          {"\u2012", '-'},
                                          {"\u2013", '-'},
                                          {"\u2014", '-'},
                                          {"\u2015", '-'},
                                          {"\u2212", '-'},
                                          // Blanks that NFKC leaves.
                                          {"\u0085", ' '},
                                          {"\u1680", ' '},
                                          {"\u2028", ' '},
                                          {"\u2029", ' '},
                                          {"\u2800", ' '}}};

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

void make_plain(std::string& text) {
  for (const auto& [sign, plain] : kPlain) {
    for (std::size_t at = text.find(sign); at != std::string::npos; at = text.find(sign, at + 1))
      text.replace(at, sign.size(), 1, plain);
  }
}

}  // namespace

std::string folded(std::string_view text) {
  std::optional<std::string> made;
  if (!is_ascii(text)) made = nfkc_casefold(text);
  std::string small = made ? std::move(*made) : std::string(text);
  if (made) {
    make_plain(small);
  } else {
    to_small_ascii(small);
  }
  one_space_between(small);
  return small;
}

}  // namespace segue
