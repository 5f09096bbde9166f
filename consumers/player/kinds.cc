#include "consumers/player/kinds.h"

#include <algorithm>

#include "core/check.h"
#include "core/ids.h"

namespace segue::player {
namespace {

// A name longer than this is not looked for in a text.
constexpr std::size_t kWordsMax = 3;

std::string lower(std::string_view text) {
  std::string small(text);
  for (char& c : small) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return small;
}

bool ends_a_word(char c) {
  return std::string_view(" \t\n\r,.;:!?\"()").find(c) != std::string_view::npos;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char c : lower(text)) {
    if (!ends_a_word(c)) {
      words.back() += c;
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

}  // namespace

void Kinds::add(std::string_view name) {
  if (name.empty()) return;
  Kind& kind = kinds_[lower(name)];
  if (kind.tracks == 0) kind.name = name;
  ++kind.tracks;
}

void Kinds::remove(std::string_view name) {
  if (name.empty()) return;
  const auto found = kinds_.find(lower(name));
  SEGUE_CHECK(found != kinds_.end());
  if (--found->second.tracks == 0) kinds_.erase(found);
}

const std::string* Kinds::find(std::string_view name) const {
  const auto found = kinds_.find(lower(name));
  return found == kinds_.end() ? nullptr : &found->second.name;
}

const std::string* Kinds::find(std::uint32_t hash) const {
  const auto found =
      std::ranges::find_if(kinds_, [&](const auto& each) { return kind_hash(each.first) == hash; });
  return found == kinds_.end() ? nullptr : &found->second.name;
}

const std::string* Kinds::named_in(std::string_view text) const {
  const std::vector<std::string> words = words_of(text);
  for (std::size_t length = kWordsMax; length > 0; --length) {
    for (std::size_t from = 0; from + length <= words.size(); ++from) {
      std::string name = words[from];
      for (std::size_t i = 1; i < length; ++i) name += " " + words[from + i];
      if (const auto found = kinds_.find(name); found != kinds_.end()) return &found->second.name;
    }
  }
  return nullptr;
}

std::vector<std::string> Kinds::most(std::size_t max) const {
  std::vector<const Kind*> all;
  for (const auto& [name, kind] : kinds_) all.push_back(&kind);
  std::ranges::stable_sort(all, std::greater<>(), [](const Kind* kind) { return kind->tracks; });
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(max, all.size()); ++i) names.push_back(all[i]->name);
  return names;
}

}  // namespace segue::player
