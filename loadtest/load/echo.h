#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "core/config.h"
#include "core/event/event.h"

namespace segue {

// Whether the recommender answers such an event with a refreshed list (a play that ends twice is
// answered once, but players and simulator end a play once).
bool is_answered(EventType type);

// The topics that an echo runs over; deploy's topics are not touched.
inline constexpr const char* kEchoEvents = "segue.load-events.v1";
inline constexpr const char* kEchoAnswers = "segue.load-answers.v1";

// The cost of the pipeline without Segue: on a thread of its own, reads kEchoEvents as the
// recommender reads events (the same adapters, settings and batches) and answers those that the
// recommender would with a value of load.bytes that names its cause. No state, no thought.
class Echo {
 public:
  // `group` must be of no other reader.
  Echo(const Config& config, std::string group);
  // Stops and joins.
  ~Echo();
  Echo(const Echo&) = delete;
  Echo& operator=(const Echo&) = delete;

  // kEchoEvents is read: from now on each event is answered.
  bool ready() const { return ready_.load(); }
  // Throws what stopped the thread, if anything did.
  void check() const;

 private:
  void run(const Config& config, const std::string& group);
  void answer(const Config& config, const std::string& group);

  std::atomic<bool> ready_{false};
  std::atomic<bool> stop_{false};
  std::atomic<bool> failed_{false};
  std::string failure_;  // written before failed_
  std::thread thread_;
};

}  // namespace segue
