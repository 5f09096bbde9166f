#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "core/ids.h"

namespace segue {

// Short texts, put together by the hundred and let go at once. Knows which of them end with a name
// that only listeners sent: it leaves with them. One thread.
class Texts {
 public:
  // `text` ends with what listeners call `item`, from `before` on.
  struct Naming {
    std::string_view text;
    std::size_t before = 0;
    ItemId item;
  };

  // One text of the two, which stays as long as this does.
  std::string_view joined(std::string_view first, std::string_view second) {
    const std::size_t size = first.size() + second.size();
    if (size > left_) begin_block(size);
    char* const begin = at_;
    at_ = std::copy(first.begin(), first.end(), at_);
    at_ = std::copy(second.begin(), second.end(), at_);
    left_ -= size;
    return {begin, size};
  }

  // The same; the second is what listeners call this item.
  std::string_view naming(std::string_view first, std::string_view name, ItemId item) {
    const std::string_view text = joined(first, name);
    namings_.push_back({.text = text, .before = first.size(), .item = item});
    return text;
  }
  // Puts `first` before a text that may name an item.
  std::string_view prefixed(std::string_view first, std::string_view text) {
    const Naming* const found = naming_of(text);
    if (found == nullptr) return joined(first, text);
    const Naming naming = *found;
    const std::string_view whole = joined(first, text);
    namings_.push_back(
        {.text = whole, .before = first.size() + naming.before, .item = naming.item});
    return whole;
  }
  bool names_any() const { return !namings_.empty(); }
  // Null: this text, as it was given out here, names no item by what listeners call it.
  const Naming* naming_of(std::string_view text) const {
    const auto same = [&](const Naming& each) { return each.text.data() == text.data(); };
    const auto found = std::find_if(namings_.begin(), namings_.end(), same);
    return found == namings_.end() ? nullptr : &*found;
  }

 private:
  static constexpr std::size_t kBlockBytes = 2'048;

  void begin_block(std::size_t size) {
    left_ = size > kBlockBytes ? size : kBlockBytes;
    at_ = blocks_.emplace_back(std::make_unique_for_overwrite<char[]>(left_)).get();
  }

  std::vector<std::unique_ptr<char[]>> blocks_;  // NOLINT(modernize-avoid-c-arrays): bytes
  std::vector<Naming> namings_;
  char* at_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace segue
