#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <unordered_map>

namespace segue::gateway {

// Who is connected: how many, how many from one address, and how to ask each to leave. The network
// thread's.
class Doors {
 public:
  Doors(std::size_t all_max, std::size_t per_address_max)
      : all_max_(all_max), per_address_max_(per_address_max) {}
  Doors(const Doors&) = delete;
  Doors& operator=(const Doors&) = delete;

  // One open connection; it counts until this is gone.
  class Visit {
   public:
    Visit(Doors& doors, std::string address);
    ~Visit();
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

    const std::string& address() const { return address_; }
    bool one_too_many() const;
    // Called when all are asked to leave, at most once, and at once if they have been; replaces
    // what was set before.
    void on_leave(std::function<void()> leave);
    // Called, perhaps often, to end it at once; replaces what was set before. Must not end the
    // visit itself, only what it waits for.
    void on_cut(std::function<void()> cut) { cut_ = std::move(cut); }

   private:
    friend class Doors;
    Doors& doors_;
    std::string address_;
    std::function<void()> leave_;
    std::function<void()> cut_;
    std::list<Visit*>::iterator place_;
  };

  bool full() const { return visits_.size() >= all_max_; }
  std::size_t open() const { return visits_.size(); }
  // From now on connections close after their answer, and who is here is asked to leave.
  void drain();
  // Ends all that are still here: their sockets are closed, and they leave as soon as what they
  // wait for beside those has ended.
  void cut();
  bool draining() const { return draining_; }
  // Called whenever somebody has left.
  void on_left(std::function<void()> left) { left_ = std::move(left); }

 private:
  const std::size_t all_max_;
  const std::size_t per_address_max_;
  bool draining_ = false;
  std::list<Visit*> visits_;
  std::unordered_map<std::string, std::size_t> by_address_;
  std::function<void()> left_ = [] {};
};

}  // namespace segue::gateway
