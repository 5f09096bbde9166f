#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/verb.hpp>
#include <string>
#include <string_view>

#include "core/time.h"

namespace segue::gateway {

namespace http = boost::beast::http;
using HttpRequest = http::request<http::string_body>;
using HttpResponse = http::response<http::string_body>;
inline constexpr unsigned kHttp11 = 11;  // as Beast writes versions

// What a request asks for, in parts that are valid as long as the request.
struct Target {
  std::string_view scheme;     // of an absolute target, in small letters; empty: it names none
  std::string_view authority;  // of an absolute target (RFC 9112, 3.2.2); empty: it names none
  std::string_view path;       // without the query
  std::string_view query;      // behind the question mark; empty: there is none
};
Target target_of(const HttpRequest& request);

// The value of this name in a query, as it stands there; empty: none. Of several the first.
std::string_view query_value(std::string_view query, std::string_view name);

// A header's value; empty if it is not there. Valid as long as the request.
std::string_view field(const HttpRequest& request, http::field name);

std::string_view field(const HttpRequest& request, std::string_view name);

// `body` is JSON; it is sent as a line, so that a terminal's prompt begins one of its own.
HttpResponse json_response(http::status status, std::string body);

// What went wrong, as RFC 9457 has it, with a `code` for programs.
HttpResponse problem(http::status status, std::string_view code, std::string_view detail);
// The same for 429 and 503, with Retry-After in whole seconds, at least one.
HttpResponse try_later(http::status status, std::string_view code, std::string_view detail,
                       Micros wait);

}  // namespace segue::gateway
