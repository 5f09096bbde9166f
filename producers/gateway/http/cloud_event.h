#pragma once

#include <optional>
#include <string>

#include "producers/gateway/http/http.h"

namespace segue::gateway {

// A CloudEvent in binary mode (its attributes are headers, its data the body) as the structured one
// that says the same; none: the request is not one, or its data is no JSON by itself.
std::optional<std::string> in_envelope(const HttpRequest& request);

}  // namespace segue::gateway
