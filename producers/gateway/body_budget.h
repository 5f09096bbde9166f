#pragma once

#include <cstddef>
#include <optional>
#include <utility>

namespace segue::gateway {

// How many bytes of requests' bodies are in memory at once, over all connections. The network
// thread's.
class BodyBudget {
 public:
  explicit BodyBudget(std::size_t bytes_max) : left_(bytes_max) {}
  BodyBudget(const BodyBudget&) = delete;
  BodyBudget& operator=(const BodyBudget&) = delete;

  // A body's part of it, given back when this is gone.
  class Share {
   public:
    Share(Share&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_) {}
    Share& operator=(Share&&) = delete;
    ~Share() {
      if (budget_ != nullptr) budget_->left_ += bytes_;
    }

   private:
    friend class BodyBudget;
    Share(BodyBudget& budget, std::size_t bytes) : budget_(&budget), bytes_(bytes) {}

    BodyBudget* budget_;
    std::size_t bytes_;
  };

  // None: there is no room for it now. The budget outlives its shares.
  std::optional<Share> take(std::size_t bytes) {
    if (bytes > left_) return std::nullopt;
    left_ -= bytes;
    return Share(*this, bytes);
  }

 private:
  std::size_t left_;
};

}  // namespace segue::gateway
