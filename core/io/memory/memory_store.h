#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/io/ports.h"

namespace segue::io {

// Redis's twin in memory, with the functions' exact meaning. What it holds can be copied and put
// back: a Redis that went back in time.
class MemoryStore final : public Store {
 public:
  struct Checkpoint {
    std::int64_t next = -1;
    Token token{};
    bool claimed = false;
    std::uint64_t batch = 0;
    std::uint32_t attempts = 0;
    std::int64_t stepping = -1;
    std::uint32_t marks = 0;
  };
  struct Partition {
    Checkpoint checkpoint;
    std::map<std::string, std::string> values;
  };
  using Contents = std::map<std::int32_t, Partition>;

  const Contents& contents() const { return contents_; }
  void restore(Contents contents) { contents_ = std::move(contents); }

  Claimed claim(std::int32_t partition, const Token& token, std::string_view owner) override;
  std::vector<Loaded> load(std::span<const LoadRequest> requests) override;
  std::vector<StoreReply> apply(std::span<const ApplyRequest> requests) override;
  std::vector<StoreReply> check(std::span<const Fence> fences) override;
  StoreReply mark(const Fence& fence, std::uint32_t marks) override;
  StoreReply unmark(const Fence& fence) override;
  StoreReply release(const Fence& fence) override;

 private:
  StoreReply validate(const Fence& fence) const;
  StoreReply apply_one(const ApplyRequest& request);

  Contents contents_;
};

}  // namespace segue::io
