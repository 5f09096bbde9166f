#include "producers/gateway/http/http.h"

#include <algorithm>
#include <utility>

#include "core/wire/json_text.h"
#include "producers/gateway/http/header_values.h"

namespace segue::gateway {

Target target_of(const HttpRequest& request) {
  const auto given = request.target();
  Target target{.scheme = {}, .authority = {}, .path = {given.data(), given.size()}, .query = {}};
  for (const std::string_view begin : {"http://", "https://"}) {
    if (!same_word(target.path.substr(0, begin.size()), begin)) continue;
    const std::string_view rest = target.path.substr(begin.size());
    const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
    if (end == 0) break;
    target.scheme = begin.substr(0, begin.find(':'));
    target.authority = rest.substr(0, end);
    target.path = rest.substr(end).starts_with('/') ? rest.substr(end) : "/";
    break;
  }
  const std::size_t mark = std::min(target.path.find('?'), target.path.size());
  target.query = target.path.substr(std::min(mark + 1, target.path.size()));
  target.path = target.path.substr(0, mark);
  return target;
}

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

std::string_view field(const HttpRequest& request, http::field name) {
  const auto value = request[name];
  return {value.data(), value.size()};
}

std::string_view field(const HttpRequest& request, std::string_view name) {
  const auto value = request[{name.data(), name.size()}];
  return {value.data(), value.size()};
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
