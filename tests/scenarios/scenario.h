#pragma once

#include <boost/json.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/scenarios/stage.h"

namespace segue::scenarios {

// The expectation that did not hold, and its line.
struct Failure {
  int line = 0;
  std::string text;
};

// One scenario: JSON lines that README.md of this folder describes. Plays once.
class Scenario {
 public:
  Scenario() : stage_(Tuning{}) {}

  // Plays all lines and returns what did not hold. A line that cannot be understood ends it.
  std::vector<Failure> play(std::string_view lines);

 private:
  void play_line(const boost::json::object& line);
  void tune(const boost::json::object& tuning);
  void send(const boost::json::object& event);
  std::string offered_to(const std::string& listener) const;
  void send_again(const std::string& label);
  void repeat(const boost::json::object& repeat);
  void receive(EncodedEvent event, Micros at);
  void held(std::vector<std::string> failures);

  Stage stage_;
  Micros at_ = 0;        // of the latest event, on its device
  Micros received_ = 0;  // never runs backwards
  std::int64_t events_ = 0;
  std::int64_t expectations_ = 0;
  std::map<std::string, EncodedEvent> labelled_;
  int line_ = 0;
  std::vector<Failure> failures_;
};

}  // namespace segue::scenarios
