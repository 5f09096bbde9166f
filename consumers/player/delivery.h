#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>
#include <vector>

#include "consumers/player/list.h"
#include "consumers/player/outbox.h"
#include "core/event.h"

namespace segue::player {

// Takes every record of segue.recommendations.v1 and hands what is newer to the players of that
// listener who are connected here. Keeps the latest list of the listeners it was asked about or
// told to expect: all who are connected, and of the others the `held_max` asked about last. One
// thread.
class Delivery {
 public:
  explicit Delivery(std::size_t held_max) : held_max_(held_max) {}
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  // While it lives the outbox is given the listener's newer lists, the latest one at once if it is
  // known. The outbox and the delivery must outlive it.
  class Subscription {
   public:
    Subscription() = default;
    Subscription(Delivery& delivery, std::string listener, Outbox& outbox)
        : delivery_(&delivery), listener_(std::move(listener)), outbox_(&outbox) {}
    ~Subscription() { end(); }
    Subscription(Subscription&& other) noexcept { *this = std::move(other); }
    Subscription& operator=(Subscription&& other) noexcept;

   private:
    void end();
    Delivery* delivery_ = nullptr;
    std::string listener_;
    Outbox* outbox_ = nullptr;
  };
  [[nodiscard]] Subscription subscribe(const std::string& listener, Outbox& outbox);

  // From now on the listener's lists are kept.
  void expect(const std::string& listener) { entry_of(listener); }
  // The latest list known; null if none is. As `expect`.
  ListPtr latest(const std::string& listener);
  // A list from elsewhere (Redis): taken if it is newer than what is known. Requires: the listener
  // was asked about.
  void offer(const std::string& listener, List list);

  struct Pushed {
    std::size_t waiting = 0;   // outboxes that got it
    std::size_t replaced = 0;  // of these, those in which an older one still waited
  };
  // A record of the topic; without a value the listener was erased.
  Pushed take(const Record& record);

 private:
  struct Entry {
    ListPtr latest;
    std::int64_t floor = -1;  // what is not newer was superseded or erased
    std::vector<Outbox*> outboxes;
    std::list<std::string>::iterator place;  // in idle_, while there are no outboxes
    bool idle = false;
  };

  Entry& entry_of(const std::string& listener);
  void rest(const std::string& listener, Entry& entry);
  Pushed push(Entry& entry, ListPtr list);
  void unsubscribe(const std::string& listener, Outbox& outbox);

  std::size_t held_max_;
  std::unordered_map<std::string, Entry> entries_;
  std::list<std::string> idle_;  // asked about last at the end
};

}  // namespace segue::player
