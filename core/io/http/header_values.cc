#include "core/io/http/header_values.h"

#include <algorithm>

namespace segue::io {
namespace {

char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The first of these marks that is not in quotes; the end: there is none.
std::size_t find_mark(std::string_view value, char mark) {
  bool quoted = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (quoted && value[i] == '\\') {
      ++i;
    } else if (value[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && value[i] == mark) {
      return i;
    }
  }
  return value.size();
}

// The texts between these marks, without empty ones.
std::vector<std::string_view> pieces(std::string_view value, char mark) {
  std::vector<std::string_view> found;
  while (!value.empty()) {
    const std::size_t end = find_mark(value, mark);
    const std::string_view piece = trimmed(value.substr(0, end));
    if (!piece.empty()) found.push_back(piece);
    value.remove_prefix(std::min(end + 1, value.size()));
  }
  return found;
}

std::string small_letters(std::string_view text) {
  std::string letters(text);
  std::ranges::transform(letters, letters.begin(), small);
  return letters;
}

}  // namespace

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return small(x) == small(y); });
}

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (small(c) >= 'a' && small(c) <= 'z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

std::vector<std::string_view> list_of(std::string_view value) { return pieces(value, ','); }

std::string unquoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string(text);
  std::string bare;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\\' && i + 2 < text.size()) ++i;
    bare += text[i];
  }
  return bare;
}

MediaType read_media_type(std::string_view value) {
  const auto parts = pieces(value, ';');
  if (parts.empty() || trimmed(value).starts_with(';')) return {};
  MediaType read{.type = small_letters(parts.front()), .charset = {}};
  if (read.type.find('/') == std::string::npos) return {};
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::size_t equals = parts[i].find('=');
    if (equals == std::string_view::npos || !same_word(parts[i].substr(0, equals), "charset")) {
      continue;
    }
    read.charset = small_letters(unquoted(parts[i].substr(equals + 1)));
  }
  return read;
}

bool names_tag(std::string_view if_none_match, std::string_view tag) {
  const auto given = list_of(if_none_match);
  return std::ranges::any_of(given, [&](std::string_view each) {
    if (each.starts_with("W/")) each.remove_prefix(2);
    return each == tag || (each == "*" && given.size() == 1);
  });
}

}  // namespace segue::io
