#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace segue {

// Short texts, put together by the hundred and let go at once. One thread.
class Texts {
 public:
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

 private:
  static constexpr std::size_t kBlockBytes = 2'048;

  void begin_block(std::size_t size) {
    left_ = size > kBlockBytes ? size : kBlockBytes;
    at_ = blocks_.emplace_back(std::make_unique_for_overwrite<char[]>(left_)).get();
  }

  std::vector<std::unique_ptr<char[]>> blocks_;  // NOLINT(modernize-avoid-c-arrays): bytes
  char* at_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace segue
