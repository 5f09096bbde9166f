#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <unordered_map>

namespace segue::gateway {

// The open connections: how many, how many from one address, and how to ask each to leave. The
// network thread's.
class Connections {
 public:
  Connections(std::size_t all_max, std::size_t per_address_max)
      : all_max_(all_max), per_address_max_(per_address_max) {}
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // An open connection's; it counts until this is gone.
  class Slot {
   public:
    Slot(Connections& connections, std::string address);
    ~Slot();
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

    const std::string& address() const { return address_; }
    bool one_too_many() const;
    // Called when all are asked to leave, at most once, and at once if they have been; replaces
    // what was set before.
    void on_leave(std::function<void()> leave);
    // Called, perhaps often, to end it at once; replaces what was set before. Must not give
    // the slot back, only end what is waited for.
    void on_cut(std::function<void()> cut) { cut_ = std::move(cut); }

   private:
    friend class Connections;
    Connections& connections_;
    std::string address_;
    std::function<void()> leave_;
    std::function<void()> cut_;
    std::list<Slot*>::iterator place_;
  };

  bool full() const { return slots_.size() >= all_max_; }
  std::size_t open() const { return slots_.size(); }
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
  std::list<Slot*> slots_;
  std::unordered_map<std::string, std::size_t> by_address_;
  std::function<void()> left_ = [] {};
};

}  // namespace segue::gateway
