#pragma once

#include <string_view>

#include "core/event/event.h"
#include "core/listener/listener.h"

namespace segue {

// Whether an event counts.
struct Admission {
  enum class Verdict : std::uint8_t { counts, duplicate, too_old };
  Verdict verdict = Verdict::counts;
  std::string_view why = {};  // with too_old
};

// Recognises a client's retry, and what is from before the listener was erased. An erasure ends
// after kErasureKept. The event is remembered: a second one of it is a duplicate.
Admission admit(Listener& listener, const Event& event);

}  // namespace segue
