#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/config.h"
#include "loadtest/load/stopwatch.h"

namespace segue {

// The reader's result.
struct Read {
  std::uint64_t answers = 0;
  std::uint64_t bytes = 0;  // of the values
};

// Reads a topic of recommendations, or of echoes, from now on and tells of each at the moment it is
// in hand, by the id of the event that caused it. One thread.
class Answers {
 public:
  // Throws as KafkaTail does.
  Answers(const KafkaConfig& config, const std::string& topic);
  ~Answers();
  // Returns when `done`; looks at least ten times a second.
  using OnAnswer =
      std::function<void(std::string_view cause, Stopwatch::Clock::time_point in_hand)>;
  Read read(const OnAnswer& on_answer, const std::function<bool()>& done);

 private:
  struct Reader;
  std::unique_ptr<Reader> reader_;
};

}  // namespace segue
