#pragma once

#include <atomic>

#include "consumers/recommender/recommender.h"
#include "core/config.h"
#include "core/io/health_server.h"

namespace segue {

// Keeps a process's item models as the trainers broadcast them, titles as the catalogue says, and
// what other partitions' rankers have learned.
// `run` belongs to one thread and `rebuild_index` to another.
class Replica {
 public:
  Replica(const KafkaConfig& kafka, HeldModels& models, HeldLessons& lessons, io::Health& health);

  // Reads until `stop`. Throws std::runtime_error when Kafka is lost for good.
  void run(const std::atomic<bool>& stop);
  // Makes room for what changes in the index of vectors, aside, until `stop`. No step waits for it.
  void rebuild_index(const std::atomic<bool>& stop);
  // True once it has read what was there when it started, and the index keeps up with it.
  bool caught_up() const { return caught_up_; }

 private:
  const KafkaConfig& kafka_;
  HeldModels& models_;
  HeldLessons& lessons_;
  io::Health& health_;
  std::atomic<bool> caught_up_ = false;
};

}  // namespace segue
