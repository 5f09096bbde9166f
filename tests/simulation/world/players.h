#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/simulation/faults/faulty_log.h"

namespace segue::simulation {

// Players, and the gateway that takes their events to Kafka. A player sends an event until it is
// acknowledged, and now and then once more.
class Players {
 public:
  Players(FaultyBroker& gateway, io::MemoryLog& log, Faults& faults, const Micros& now)
      : gateway_(gateway), log_(log), faults_(faults), now_(now) {}

  void send();
  // Sends again what was not acknowledged.
  void send_rest();

  // ids (ce_id) of the events that a player may forget.
  const std::vector<std::string>& acknowledged() const { return acknowledged_; }

 private:
  EventDraft draft();
  void send(const EncodedEvent& event);

  FaultyBroker& gateway_;
  io::MemoryLog& log_;
  Faults& faults_;
  const Micros& now_;
  Micros latest_ = 0;                            // device time of the latest event
  std::map<std::string, std::uint64_t> drafts_;  // by listener
  std::map<std::string, std::uint64_t> seqs_;    // session -> last seq
  std::vector<EncodedEvent> sent_;
  std::vector<EncodedEvent> open_;  // not acknowledged
  std::vector<std::string> acknowledged_;
};

}  // namespace segue::simulation
