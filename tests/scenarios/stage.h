#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/unit/world.h"

namespace segue::scenarios {

// The fate of a listener's latest event, and the lists they were shown.
struct Heard {
  Outcome outcome = Outcome::applied;
  std::optional<Error> dead_letter;
  bool refreshed = false;  // the latest event published a list
  std::vector<ItemSignal> signals;
  std::optional<Score> score;
  std::optional<GenerationJob> job;
  std::optional<Recommendation> list;    // the latest
  std::optional<Recommendation> before;  // the one it replaced
};

// Where a scenario is played: production's own functions, and what they said.
class Stage {
 public:
  explicit Stage(const Tuning& tuning) : world_(tuning) {}

  // An event as it arrives from Kafka.
  void receive(const Record& record);
  void enrich(const CatalogEntry& entry);
  void take_down(const std::string& track);

  test::World& world() { return world_; }
  // Null: nothing was received from that listener.
  const Heard* heard(const std::string& listener) const;
  // The wire id of a track or artist that was named so far.
  std::string name_of(ItemId item) const;

 private:
  void remember(const Event& event);

  test::World world_;
  EventDecoder decoder_;
  std::map<std::string, Heard> heard_;
  std::map<ItemId, std::string> names_;
};

}  // namespace segue::scenarios
