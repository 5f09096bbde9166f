#include "producers/gateway/http.h"

#include <algorithm>
#include <utility>

#include "core/json_text.h"

namespace segue::gateway {
namespace {

constexpr unsigned kHttp11 = 11;

}  // namespace

std::string_view field(const HttpRequest& request, http::field name) {
  const auto value = request[name];
  return {value.data(), value.size()};
}

HttpResponse json_response(http::status status, std::string body) {
  HttpResponse response{status, kHttp11};
  response.set(http::field::content_type, "application/json");
  response.set(http::field::cache_control, "no-store");
  response.body() = std::move(body += '\n');
  return response;
}

HttpResponse problem(http::status status, std::string_view code, std::string_view detail) {
  std::string body;
  json::ObjectWriter out(body);
  const auto title = http::obsolete_reason(status);
  out.text("title", {title.data(), title.size()});
  out.number("status", static_cast<std::int64_t>(status));
  out.text("code", code);
  out.text("detail", detail);
  out.close();
  HttpResponse response = json_response(status, std::move(body));
  response.set(http::field::content_type, "application/problem+json");
  if (status == http::status::unauthorized) {
    response.set(http::field::www_authenticate, "Bearer");
  }
  return response;
}

HttpResponse try_later(http::status status, std::string_view code, std::string_view detail,
                       Micros wait) {
  HttpResponse response = problem(status, code, detail);
  const Micros seconds = std::max<Micros>((wait + kSecond - 1) / kSecond, 1);
  response.set(http::field::retry_after, std::to_string(seconds));
  return response;
}

}  // namespace segue::gateway
