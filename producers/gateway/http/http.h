#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/system/result.hpp>
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

// Why a request is not answered as it asked: a value, which each API puts in words of its own.
struct Refusal {
  http::status status = http::status::bad_request;
  std::string_view code;  // a word for programs; a static text
  std::string detail;     // a sentence for a person
  Micros wait = 0;        // until it is worth another try, with 429 and 503; 0: not known
};

// A value or why there is none. Test it, then use `*outcome`.
template <class T>
using Outcome = boost::system::result<T, Refusal>;

// A refusal as RFC 9457 has it, with its `code` and, where it has a `wait`, Retry-After.
HttpResponse problem(const Refusal& refusal);
// Sets Retry-After in whole seconds, at least one, where the refusal has a `wait`.
void set_retry_after(HttpResponse& response, const Refusal& refusal);

}  // namespace segue::gateway
