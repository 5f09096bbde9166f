#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/event/event.h"
#include "core/generation/published_decision.h"

namespace segue::player {

using DecisionPtr = std::shared_ptr<const PublishedDecision>;

// Why composed tracks were listed that no job was made for, from the records of
// segue.generation-decisions.v1: the latest decision for each listener and track. Bounded:
// `held_max` of them, of one listener kOfListenerMax; the oldest go. One thread.
class ListedTracks {
 public:
  static constexpr std::size_t kOfListenerMax = 32;

  explicit ListedTracks(std::size_t held_max) : held_max_(held_max) {}
  ListedTracks(const ListedTracks&) = delete;
  ListedTracks& operator=(const ListedTracks&) = delete;

  void take(const Record& record);
  // Forgets what was decided for the listener up to then. What their earlier records say if they
  // are read later is the caller's to compare with the time of the erasure.
  void erase(const std::string& listener, Micros at);
  // Null: none is known.
  DecisionPtr find(const std::string& listener, std::string_view track_id) const;
  std::size_t held() const { return order_.size(); }

 private:
  using Order = std::list<DecisionPtr>;  // oldest first
  void drop(Order::iterator decision);

  const std::size_t held_max_;
  Order order_;
  std::unordered_map<std::string, std::list<Order::iterator>> of_;  // by listener, oldest first
};

}  // namespace segue::player
