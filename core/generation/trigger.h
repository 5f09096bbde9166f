#pragma once

#include <string>

#include "core/generation/decision.h"

namespace segue {

namespace json {
class FieldReader;
}

// The reason for composing a track: the decision, and the event behind it.
struct Trigger {
  Decision decision;
  std::string cause_id;    // the event's CloudEvents id
  std::string cause_type;  // its wire name
  bool operator==(const Trigger&) const = default;
};

// The object that stands on the wire as `trigger`, or as a decision's `decision`.
void append(std::string& json, const Trigger& trigger);
// Reads it; what is wrong fails `outer`.
Trigger read_trigger(json::FieldReader fields, json::FieldReader& outer);

}  // namespace segue
