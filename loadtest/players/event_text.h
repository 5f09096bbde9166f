#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/event/event.h"

namespace segue {

// A track heard to its end, now, as a player sends it. The list follows it.
std::string heard_text(std::string_view id, std::uint64_t number);
// The same of this listener, as it goes into Kafka.
EncodedEvent heard_record(std::string_view id, std::uint64_t number, std::string listener);

// The id of the event that caused the list in this message; empty: it tells of something else.
std::string_view cause_in(std::string_view message);

}  // namespace segue
