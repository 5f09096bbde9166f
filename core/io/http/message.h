#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/system/result.hpp>
#include <string>
#include <string_view>

#include "core/time.h"

// Requests and answers of every HTTP server here.
namespace segue::io {

namespace http = boost::beast::http;
using HttpRequest = http::request<http::string_body>;
using HttpResponse = http::response<http::string_body>;
inline constexpr unsigned kHttp11 = 11;  // as Beast writes versions

// The target of a request, in parts that are valid as long as the request.
struct Target {
  std::string_view scheme;     // of an absolute target, in small letters; empty: it names none
  std::string_view authority;  // of an absolute target (RFC 9112, 3.2.2); empty: it names none
  std::string_view path;       // without the query
  std::string_view query;      // behind the question mark; empty: there is none
};
Target target_of(const HttpRequest& request);

// A header's value; empty if it is not there. Valid as long as the request.
std::string_view field(const HttpRequest& request, http::field name);
std::string_view field(const HttpRequest& request, std::string_view name);

// Why a request is not answered as it asked: a value, which each API puts in words of its own.
struct Refusal {
  http::status status = http::status::bad_request;
  std::string_view code;  // a word for programs; a static text
  std::string detail;     // a sentence for a person
  Micros wait = 0;        // until it is worth another try, with 429 and 503; 0: not known
};

// A value or why there is none. Test it, then use `*it`.
template <class T>
using OrRefusal = boost::system::result<T, Refusal>;

}  // namespace segue::io
