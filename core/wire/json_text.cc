#include "core/wire/json_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace segue::json {
namespace {

bool plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; }

// Eight bytes at a time: is one of them below 0x20, a quote or a backslash? (Mycroft's zero-byte
// test, 1987. It may say yes for plain text beyond ASCII, never no for what has to be escaped.)
bool may_need_escapes(std::uint64_t bytes) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = kOnes * 0x80;
  const auto below = [](std::uint64_t x, std::uint64_t n) { return (x - kOnes * n) & ~x & kHighs; };
  const std::uint64_t quote = bytes ^ (kOnes * '"');
  const std::uint64_t backslash = bytes ^ (kOnes * '\\');
  return (below(bytes, 0x20) | below(quote, 1) | below(backslash, 1)) != 0;
}

bool all_plain(std::string_view text) {
  while (text.size() >= 8) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data(), 8);
    if (may_need_escapes(bytes)) return false;
    text.remove_prefix(8);
  }
  return std::all_of(text.begin(), text.end(), plain);
}

void append_escaped(std::string& out, char c) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[static_cast<unsigned char>(c) & 0xF];
  }
}

template <class Number>
void append_any(std::string& out, Number value) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  out += '"';
  if (all_plain(text)) {  // nearly always
    out += text;
    out += '"';
    return;
  }
  std::size_t from = 0;  // everything before is written
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (plain(text[i])) continue;
    out.append(text, from, i - from);
    append_escaped(out, text[i]);
    from = i + 1;
  }
  out.append(text, from);
  out += '"';
}

void append_number(std::string& out, std::int64_t value) { append_any(out, value); }
void append_number(std::string& out, std::uint64_t value) { append_any(out, value); }
void append_number(std::string& out, float value) { append_any(out, value); }

void append_rounded(std::string& out, float value) {
  constexpr float kMost = 1e12F;
  if (!(value > -kMost && value < kMost)) return append_any(out, value);
  auto units = static_cast<std::int64_t>(value * 10'000 + (value < 0 ? -0.5F : 0.5F));
  if (units < 0) {
    out += '-';
    units = -units;
  }
  append_any(out, units / 10'000);
  const auto fraction = static_cast<int>(units % 10'000);
  if (fraction == 0) return;
  const std::array<char, 5> digits = {
      '.', static_cast<char>('0' + fraction / 1'000), static_cast<char>('0' + fraction / 100 % 10),
      static_cast<char>('0' + fraction / 10 % 10), static_cast<char>('0' + fraction % 10)};
  std::size_t size = digits.size();
  while (digits[size - 1] == '0') --size;
  out.append(digits.data(), size);
}

std::string& ObjectWriter::member(std::string_view name) {
  if (!first_) out_ += ',';
  first_ = false;
  append_string(out_, name);
  out_ += ':';
  return out_;
}

}  // namespace segue::json
