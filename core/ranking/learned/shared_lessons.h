#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/experiment.h"
#include "core/ranking/learned/ranker.h"

namespace segue {

// Names lessons: on the wire "3" of the usual ranker of partition 3, "3/short" of the trial's.
struct LessonsKey {
  std::int32_t partition = 0;
  std::string experiment;  // empty: of the control
  bool operator==(const LessonsKey&) const = default;
};
std::string encode(const LessonsKey& key);
std::optional<LessonsKey> decode_lessons_key(std::string_view text);

// The latest lessons of the rankers of all partitions. Bounded: two variants of the partitions
// there are; other experiments' lessons are not heard. One thread.
class SharedLessons {
 public:
  // For an experiment, empty for none, and partitions from 0 up to but not `partitions`.
  SharedLessons(std::string experiment, std::int32_t partitions)
      : experiment_(std::move(experiment)), partitions_(partitions) {}

  void put(const LessonsKey& key, Lessons lessons);
  void remove(const LessonsKey& key);
  // The lessons of the others, all together. A trial that another partition has not begun yet
  // will begin with what its control knows.
  Lessons others(std::int32_t partition, Variant variant) const;
  // Grows with each change.
  std::uint64_t version() const { return version_; }

 private:
  bool is_ours(const LessonsKey& key) const;

  std::string experiment_;
  std::int32_t partitions_;
  std::uint64_t version_ = 0;
  std::map<std::int32_t, Lessons> control_;  // by partition
  std::map<std::int32_t, Lessons> trial_;
};

}  // namespace segue
