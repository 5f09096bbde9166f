#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/event/event.h"
#include "core/generation/job.h"
#include "core/generation/result.h"

namespace segue::player {

using ResultPtr = std::shared_ptr<const GenerationResult>;
using JobPtr = std::shared_ptr<const GenerationJob>;

// How far the tracks are that are composed for listeners, and why they are, from the records of
// segue.generation-results.v1 and segue.generation-jobs.v1, which come in any order between the
// two. Bounded: `held_max` jobs, of one listener kOfListenerMax; those heard of longest ago go. One
// thread.
class Jobs {
 public:
  static constexpr std::size_t kOfListenerMax = 32;
  // A player that connects is shown so many at most,
  static constexpr std::size_t kShownMax = 4;
  // of those that go on, for a job of longer ago waits for nothing any more,
  static constexpr Micros kOpenFor = kHour;
  // and of those that ended, while the player may have been away.
  static constexpr Micros kEndedFor = 10 * 60 * kSecond;
  // Erasures remembered, a hundred bytes each.
  static constexpr std::size_t kErasedMax = 65'536;

  explicit Jobs(std::size_t held_max) : held_max_(held_max) {}
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  // The news for the listener; null: it is repeated, goes back, is of an erased listener's job,
  // or cannot be read.
  ResultPtr take_result(const Record& record);
  void take_job(const Record& record);
  // All of the listener's jobs from before `at`, in Kafka's time, are forgotten, also those whose
  // records come later.
  void erase(const std::string& listener, Micros at);

  // The results for a player of this listener who connects `now`, the oldest first.
  std::vector<ResultPtr> present(const std::string& listener, Micros now) const;
  // Whether nothing later of the job came, and it was not erased.
  bool is_latest(const ResultPtr& result) const;
  // The listener's job that made this track, or was given it; null: none is known.
  JobPtr job_of(const std::string& listener, std::string_view track_id) const;

 private:
  using Order = std::list<std::string>;
  struct Entry {
    std::string listener;
    ResultPtr result;   // null: none yet
    JobPtr job;         // null: none yet
    bool gone = false;  // erased; kept so that its later records are known
    Order::iterator place;
  };

  // Creates it where there is none, and counts it as heard of. Null: it is another listener's, or
  // erased.
  Entry* entry_of(const std::string& job_id, const std::string& listener, Micros since);
  bool is_erased(const std::string& listener, Micros since) const;
  void drop(const std::string& job_id);
  static void empty(Entry& entry);

  const std::size_t held_max_;
  std::unordered_map<std::string, Entry> entries_;                // by job
  std::unordered_map<std::string, std::vector<std::string>> of_;  // listener to jobs, oldest first
  Order order_;                                                   // jobs, heard of last at the end
  std::unordered_map<std::string, Micros> erased_;
  std::list<std::string> erased_order_;
};

}  // namespace segue::player
