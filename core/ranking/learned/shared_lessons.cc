#include "core/ranking/learned/shared_lessons.h"

#include <charconv>

namespace segue {

std::string encode(const LessonsKey& key) {
  std::string text = std::to_string(key.partition);
  if (!key.experiment.empty()) text += "/" + key.experiment;
  return text;
}

std::optional<LessonsKey> decode_lessons_key(std::string_view text) {
  LessonsKey key;
  const char* const end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, key.partition);
  if (failed != std::errc{} || key.partition < 0) return std::nullopt;
  if (rest == end) return key;
  key.experiment = std::string(rest + 1, end);
  const bool named = *rest == '/' && !key.experiment.empty();
  return named && key.experiment.size() <= Experiment::kNameBytesMax ? std::optional(key)
                                                                     : std::nullopt;
}

bool SharedLessons::is_ours(const LessonsKey& key) const {
  return key.partition >= 0 && key.partition < partitions_ &&
         (key.experiment.empty() || key.experiment == experiment_);
}

void SharedLessons::put(const LessonsKey& key, Lessons lessons) {
  if (!is_ours(key)) return;
  (key.experiment.empty() ? control_ : trial_).insert_or_assign(key.partition, std::move(lessons));
  ++version_;
}

void SharedLessons::remove(const LessonsKey& key) {
  if (!is_ours(key)) return;
  (key.experiment.empty() ? control_ : trial_).erase(key.partition);
  ++version_;
}

Lessons SharedLessons::others(std::int32_t partition, Variant variant) const {
  Lessons sum;
  for (const auto& [other, lessons] : control_) {
    if (other == partition) continue;
    const auto trial = trial_.find(other);
    sum += variant == Variant::trial && trial != trial_.end() ? trial->second : lessons;
  }
  return sum;
}

}  // namespace segue
