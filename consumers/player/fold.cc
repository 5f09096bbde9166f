#include "consumers/player/fold.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <utility>

namespace segue::player {
namespace {

struct Free {
  void operator()(utf8proc_uint8_t* text) const { std::free(text); }
};

constexpr auto kFoldOptions = static_cast<utf8proc_option_t>(
    UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);

// What clients print in place of each other; NFKC keeps them apart.
using Pair = std::pair<std::string_view, char>;
constexpr std::array<Pair, 14> kPunctuation = {{{"\u2018", '\''},
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
                                                {"\u2212", '-'}}};

bool is_ascii(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return (c & 0x80) != 0; });
}

void to_small_ascii(std::string& text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Empty where it is not UTF-8.
std::string nfkc_casefold(std::string_view text) {
  utf8proc_uint8_t* made = nullptr;
  const auto bytes = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                  static_cast<utf8proc_ssize_t>(text.size()), &made, kFoldOptions);
  const std::unique_ptr<utf8proc_uint8_t, Free> owned(made);
  if (bytes <= 0) return {};
  return {reinterpret_cast<const char*>(made), static_cast<std::size_t>(bytes)};
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

void plain_punctuation(std::string& text) {
  for (const auto& [sign, plain] : kPunctuation) {
    for (std::size_t at = text.find(sign); at != std::string::npos; at = text.find(sign, at + 1))
      text.replace(at, sign.size(), 1, plain);
  }
}

}  // namespace

std::string folded(std::string_view text) {
  std::string small;
  if (!is_ascii(text)) small = nfkc_casefold(text);
  if (small.empty()) {
    small = text;
    to_small_ascii(small);
  } else {
    plain_punctuation(small);
  }
  one_space_between(small);
  return small;
}

}  // namespace segue::player
