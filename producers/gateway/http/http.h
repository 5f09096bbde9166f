#pragma once

#include <string>
#include <string_view>

#include "core/io/http/message.h"

namespace segue::gateway {

namespace http = boost::beast::http;
using io::field;
using io::HttpRequest;
using io::HttpResponse;
using io::kHttp11;
using io::OrRefusal;
using io::Refusal;
using io::Target;
using io::target_of;

// The value of this name in a query, as it stands there; empty: none. The first where there are
// several.
std::string_view query_value(std::string_view query, std::string_view name);

// `body` is JSON; it is sent as a line, so that a terminal's prompt begins one of its own.
HttpResponse json_response(http::status status, std::string body);

// A refusal as RFC 9457 has it, with its `code` and, where it has a `wait`, Retry-After.
HttpResponse problem(const Refusal& refusal);
// Sets Retry-After in whole seconds, at least one, where the refusal has a `wait`.
void set_retry_after(HttpResponse& response, const Refusal& refusal);

}  // namespace segue::gateway
