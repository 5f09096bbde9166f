#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <utility>

#include "core/ranking/learned/shared_lessons.h"

namespace segue {

// The lessons of the rankers of all partitions, as this process heard them: written by the replica
// thread, read by every worker. Thread-safe.
class HeldLessons {
 public:
  HeldLessons(std::string experiment, std::int32_t partitions)
      : lessons_(std::move(experiment), partitions) {}

  void put(const LessonsKey& key, Lessons lessons) {
    const std::lock_guard lock(mutex_);
    lessons_.put(key, std::move(lessons));
    version_ = lessons_.version();
  }
  void remove(const LessonsKey& key) {
    const std::lock_guard lock(mutex_);
    lessons_.remove(key);
    version_ = lessons_.version();
  }
  // Tells the ranker what the others learned since it last heard; seldom anything, then it costs
  // nothing.
  void tell(Ranker& ranker, std::int32_t partition, Variant variant) {
    const std::uint64_t version = version_;
    if (ranker.heard() == version) return;
    const std::lock_guard lock(mutex_);
    ranker.learn_from(lessons_.others(partition, variant), version);
  }

 private:
  std::mutex mutex_;
  SharedLessons lessons_;  // guarded by mutex_
  std::atomic<std::uint64_t> version_ = 0;
};

}  // namespace segue
