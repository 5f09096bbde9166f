#include "consumers/player/kinds.h"

#include <algorithm>

#include "core/check.h"
#include "core/ids.h"
#include "core/words/fold.h"

namespace segue::player {
namespace {

// A name longer than this is not looked for in a text.
constexpr std::size_t kNameWordsMax = 3;

bool ends_a_word(char c) {
  return std::string_view(" \t\n\r,.;:!?\"()").find(c) != std::string_view::npos;
}

}  // namespace

Words::Words(std::string_view text) {
  bool inside = false;
  for (const char c : folded(text)) {
    if (ends_a_word(c)) {
      inside = false;
      continue;
    }
    if (!inside) {
      if (words_.size() == kMax) return;
      if (!words_.empty()) text_ += ' ';
      words_.push_back({.begin = text_.size(), .end = text_.size()});
      inside = true;
    }
    text_ += c;
    words_.back().end = text_.size();
  }
}

std::string_view Words::phrase(std::size_t from, std::size_t count) const {
  const std::size_t begin = words_[from].begin;
  return std::string_view(text_).substr(begin, words_[from + count - 1].end - begin);
}

void Kinds::add(std::string_view name) {
  if (name.empty()) return;
  Kind& kind = kinds_[folded(name)];
  if (kind.tracks == 0) kind.name = name;
  ++kind.tracks;
}

void Kinds::remove(std::string_view name) {
  if (name.empty()) return;
  const auto found = kinds_.find(folded(name));
  SEGUE_CHECK(found != kinds_.end());
  if (--found->second.tracks == 0) kinds_.erase(found);
}

const std::string* Kinds::find(std::string_view name) const {
  const auto found = kinds_.find(folded(name));
  return found == kinds_.end() ? nullptr : &found->second.name;
}

const std::string* Kinds::find(std::uint32_t hash) const {
  const auto found = std::ranges::find_if(
      kinds_, [&](const auto& each) { return kind_hash(each.second.name) == hash; });
  return found == kinds_.end() ? nullptr : &found->second.name;
}

const std::string* Kinds::named_in(const Words& words) const {
  const std::string* named = nullptr;
  std::size_t longer_than = 0;
  for (std::size_t from = 0; from < words.size() && longer_than < kNameWordsMax; ++from) {
    if (!may_begin(words.phrase(from, 1))) continue;
    for (std::size_t count = std::min(kNameWordsMax, words.size() - from); count > longer_than;
         --count) {
      const auto found = kinds_.find(words.phrase(from, count));
      if (found == kinds_.end()) continue;
      named = &found->second.name;
      longer_than = count;
    }
  }
  return named;
}

bool Kinds::may_begin(std::string_view word) const {
  const auto next = kinds_.lower_bound(word);
  return next != kinds_.end() && next->first.starts_with(word);
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
