#pragma once

#include "core/event/fields.h"

namespace segue {

// Reads what a request.made asks for, and what a session.started says of explicit tracks; of other
// types nothing. A wish that is against itself is an error of the field that leaves the other out.
void read_request(Fields& fields, Event& event);

}  // namespace segue
