#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/io/ports.h"

namespace segue {

// Publishes what a turn's batches want published, so that nothing that a topic refuses holds up a
// partition: it goes out in a smaller form (smaller.h), or, if it has none, not at all.
class Publisher {
 public:
  explicit Publisher(io::Sink& sink) : sink_(sink) {}

  enum class Outcome : std::uint8_t {
    in_log,    // whole, or all of its smaller pieces
    unknown,   // give the batch up and claim again
    left_out,  // its topic refuses it, or a piece of it, in every form
  };
  struct Published {
    Outcome outcome = Outcome::in_log;
    std::string why = {};  // Kafka's reason, unless it is in the log whole
  };
  // One result for each. Pieces of one publication are sent one after the other.
  std::vector<Published> publish(const std::vector<io::Publication>& publications);

 private:
  io::Sink& sink_;
};

}  // namespace segue
