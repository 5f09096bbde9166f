#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "consumers/player/list.h"
#include "consumers/player/outbox.h"
#include "core/event/event.h"
#include "core/time.h"

namespace segue::player {

// Takes every record of segue.recommendations.v1 and hands what is newer to the players of that
// listener who are connected here. Keeps the latest list of the listeners it was asked about or
// asked to expect: all who are connected, and of the others the `held_max` asked about last. Of who
// else passes by it remembers the version: Redis learns of a list only after the topic, and what it
// says meanwhile must not be taken for the latest. One thread.
class Delivery {
 public:
  // More listeners than all batches together that are published and not stored yet: 16 partitions
  // times worker.batch_events_max, four times over. 300 bytes each.
  static constexpr std::size_t kPassingMax = 65'536;

  // After somebody's erasure a text that they alone sent is gone once trainers have learned of it,
  // which takes them this long at most, unless they lag.
  static constexpr Micros kErasureLearned = 30 * kSecond;
  // How old a list that has such texts may be while that is going on.
  static constexpr Micros kListenersNamesFor = kSecond;

  using Clock = std::function<Micros()>;  // steady

  Delivery(std::size_t held_max, Clock clock) : held_max_(held_max), clock_(std::move(clock)) {}
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
  // The latest list known; null if none is, or if it has texts that may have left with an erasure
  // since: then Redis has the list, and the texts that are still there. As `expect`.
  ListPtr latest(const std::string& listener);
  // A list from elsewhere (Redis): taken unless it was superseded or erased as far as is known.
  // Requires: the listener was asked about.
  void offer(const std::string& listener, List list);
  // The newcomers' list, shown to a listener of whom none is known until there is one: any of their
  // own is newer, also one that is already on its way. Requires: as `offer`.
  void stand_in(const std::string& listener, List list);
  // The newcomers' list, shown to the players who are connected and not kept: a player that asks
  // later has one of their own made. Nothing happens where one is known.
  void show_once(const std::string& listener, List list);
  // The least version that is news of this listener. As `expect`.
  std::int64_t news_from(const std::string& listener) { return entry_of(listener).next; }
  // Whether a list of this listener passed by, and no erasure since: wherever it is not, it will
  // be.
  bool was_listed(const std::string& listener) const;
  // Whether a player of this listener is connected.
  bool awaited(const std::string& listener) const;

  // Hands it to the listener's players who are connected.
  void hand(const std::string& listener, const ResultPtr& progress) const;

  struct Pushed {
    std::size_t waiting = 0;   // outboxes that got it
    std::size_t replaced = 0;  // of these, those in which an older one still waited
  };
  // A record of the topic; without a value the listener was erased. What is repeated changes
  // nothing.
  Pushed take(const Record& record);

 private:
  using Order = std::list<std::string>;
  struct Entry {
    ListPtr latest;
    std::int64_t next =
        0;                // the least version that is news: what is older was superseded or erased
    bool listed = false;  // by a record of the topic, which no erasure followed
    std::vector<Outbox*> outboxes;
    Order* order = nullptr;  // in which it waits to be forgotten; null while there are outboxes
    Order::iterator place;
  };

  Entry& entry_of(const std::string& listener);
  void rest(const std::string& listener, Entry& entry);
  void pass(const std::string& listener, Entry& entry, std::int64_t next);
  void let_go_of_what_may_have_left(Entry& entry) const;
  static void put_last(Order& order, const std::string& listener, Entry& entry);
  Pushed push(Entry& entry, ListPtr list);
  static Pushed show(Entry& entry, ListPtr list);
  // Older than any list of the listener's own.
  static ListPtr standing_in(const Entry& entry, List list);
  static Pushed hand_out(const Entry& entry, const ListPtr& list);
  static void erase(Entry& entry, std::optional<std::int64_t> version);
  void unsubscribe(const std::string& listener, Outbox& outbox);

  std::size_t held_max_;
  Clock clock_;
  std::optional<Micros> erased_;  // when anybody's erasure passed by last
  std::unordered_map<std::string, Entry> entries_;
  Order idle_;     // asked about last at the end
  Order passing_;  // not asked about, of whom only `next` is known; seen last at the end
};

}  // namespace segue::player
