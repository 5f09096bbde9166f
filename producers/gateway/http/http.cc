#include "producers/gateway/http/http.h"

#include <algorithm>
#include <utility>

#include "core/wire/json_text.h"

namespace segue::gateway {

std::string_view query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view one = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = one.find('=');
    if (equals != std::string_view::npos && one.substr(0, equals) == name) {
      return one.substr(equals + 1);
    }
  }
  return {};
}

HttpResponse json_response(http::status status, std::string body) {
  HttpResponse response{status, kHttp11};
  response.set(http::field::content_type, "application/json");
  response.set(http::field::cache_control, "no-store");
  response.body() = std::move(body += '\n');
  return response;
}

HttpResponse problem(const Refusal& refusal) {
  std::string body;
  json::ObjectWriter out(body);
  const auto title = http::obsolete_reason(refusal.status);
  out.text("title", {title.data(), title.size()});
  out.number("status", static_cast<std::int64_t>(refusal.status));
  out.text("code", refusal.code);
  out.text("detail", refusal.detail);
  out.close();
  HttpResponse response = json_response(refusal.status, std::move(body));
  response.set(http::field::content_type, "application/problem+json");
  if (refusal.status == http::status::unauthorized) {
    response.set(http::field::www_authenticate, "Bearer");
  }
  set_retry_after(response, refusal);
  return response;
}

void set_retry_after(HttpResponse& response, const Refusal& refusal) {
  if (refusal.wait == 0) return;
  const Micros seconds = std::max<Micros>((refusal.wait + kSecond - 1) / kSecond, 1);
  response.set(http::field::retry_after, std::to_string(seconds));
}

}  // namespace segue::gateway
