#include "core/listener/admission.h"

namespace segue {
namespace {

// It happened before the listener was erased: a late retry, or something else from then. Where the
// event corrects its device's clock, that is the judge; else the latest that any clock had said.
bool from_before(const Listener::Erasure& erasure, const Event& event) {
  return event.skew_known ? event.time <= erasure.at : event.device_time <= erasure.device_at;
}

}  // namespace

Admission admit(Listener& listener, const Event& event) {
  using Verdict = Admission::Verdict;
  auto& erasure = listener.erasure;
  if (erasure && event.received > erasure->at + Listener::kErasureKept) erasure.reset();
  if (erasure && from_before(*erasure, event)) {
    // By a right clock, or as the latest that was said: what it asks for is done.
    if (event.type == EventType::privacy_erasure_requested &&
        (event.skew_known || event.device_time == erasure->device_at)) {
      return {Verdict::duplicate};
    }
    return {Verdict::too_old, "from before the listener was erased"};
  }
  switch (listener.windows.admit(event.session, event.seq, event.device_time)) {
    case ReplayWindows::Verdict::duplicate:
      return {Verdict::duplicate};
    case ReplayWindows::Verdict::too_old:
      return {Verdict::too_old, "older than the window that tells a retry from a new event"};
    case ReplayWindows::Verdict::fresh:
      break;
  }
  return {};
}

}  // namespace segue
