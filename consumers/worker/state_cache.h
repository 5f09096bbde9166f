#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "core/check.h"

namespace segue {

// The decoded states of one partition, least recently used last. A partition has one writer, so
// what is here is what Redis holds, until the partition is lost; then all of it is dropped.
template <class State>
class StateCache {
 public:
  State* find(std::string_view key) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return nullptr;
    order_.splice(order_.begin(), order_, found->second);
    return &found->second->second;
  }

  // Replaces the state of that key, if there is one.
  State& put(std::string key, State state) {
    if (State* known = find(key)) return *known = std::move(state);
    order_.emplace_front(std::move(key), std::move(state));
    by_key_.insert_or_assign(std::string_view(order_.front().first), order_.begin());
    return order_.front().second;
  }

  // Forgets the least recently used. Only between batches: references die.
  void shrink(std::size_t states_max) {
    while (order_.size() > states_max) {
      by_key_.erase(std::string_view(order_.back().first));
      order_.pop_back();
    }
  }

  void clear() {
    by_key_.clear();
    order_.clear();
  }

 private:
  using Entries = std::list<std::pair<std::string, State>>;
  Entries order_;
  boost::unordered_flat_map<std::string_view, typename Entries::iterator> by_key_;
};

// The decoded states of the keys that one batch touches; `at` marks what it returns as changed.
template <class State>
class States {
 public:
  explicit States(StateCache<State>& cache) : cache_(cache) {}
  // Requires: the key is one that Work::keys named for an input of this batch.
  State& at(const std::string& key) {
    State* state = cache_.find(key);
    SEGUE_CHECK(state != nullptr);
    changed_.insert_or_assign(key, state);
    return *state;
  }
  // Unchanged, and null if it is not here.
  const State* find(const std::string& key) { return cache_.find(key); }
  const std::map<std::string, State*>& changed() const { return changed_; }

 private:
  StateCache<State>& cache_;
  std::map<std::string, State*> changed_;
};

}  // namespace segue
