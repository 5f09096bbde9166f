#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace segue::gateway {

// How many bytes of requests' bodies are in memory at once, over all connections and of one
// address. Knows the addresses alone that have a share now. The network thread's.
class BodyBudget {
 public:
  BodyBudget(std::size_t bytes_max, std::size_t of_address_max)
      : left_(bytes_max), of_address_max_(of_address_max) {}
  BodyBudget(const BodyBudget&) = delete;
  BodyBudget& operator=(const BodyBudget&) = delete;

  // A body's part of it, given back when this is gone.
  class Share {
   public:
    Share(Share&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)),
          address_(std::move(other.address_)),
          bytes_(other.bytes_) {}
    Share& operator=(Share&&) = delete;
    ~Share() {
      if (budget_ != nullptr) budget_->give_back(address_, bytes_);
    }
    // Makes it so many bytes. False: there is no room for so much, and it stays as it is.
    bool resize(std::size_t bytes) {
      if (bytes > bytes_ && !budget_->find_room(address_, bytes - bytes_)) return false;
      if (bytes < bytes_) budget_->give_back(address_, bytes_ - bytes);
      bytes_ = bytes;
      return true;
    }

   private:
    friend class BodyBudget;
    Share(BodyBudget& budget, std::string address, std::size_t bytes)
        : budget_(&budget), address_(std::move(address)), bytes_(bytes) {}

    BodyBudget* budget_;
    std::string address_;
    std::size_t bytes_;
  };

  // None: there is no room for it now, at all or for this address. The budget outlives its shares.
  std::optional<Share> take(const std::string& address, std::size_t bytes) {
    if (bytes > 0 && !find_room(address, bytes)) return std::nullopt;
    return Share(*this, address, bytes);
  }

 private:
  bool find_room(const std::string& address, std::size_t bytes) {
    const auto held = by_address_.find(address);
    const std::size_t of_address = held == by_address_.end() ? 0 : held->second;
    if (bytes > left_ || bytes > of_address_max_ - of_address) return false;
    left_ -= bytes;
    by_address_[address] = of_address + bytes;
    return true;
  }
  void give_back(const std::string& address, std::size_t bytes) {
    if (bytes == 0) return;
    left_ += bytes;
    const auto held = by_address_.find(address);
    held->second -= bytes;
    if (held->second == 0) by_address_.erase(held);
  }

  std::size_t left_;
  const std::size_t of_address_max_;
  std::unordered_map<std::string, std::size_t> by_address_;
};

}  // namespace segue::gateway
