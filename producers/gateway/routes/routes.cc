#include "producers/gateway/routes/routes.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/io/clock.h"
#include "core/io/http/header_values.h"
#include "core/wire/hex.h"
#include "producers/gateway/routes/answers.h"

namespace segue::gateway {
namespace {

using enum http::verb;
using Token = Route::Token;

constexpr std::size_t kSmall = 64 * 1024;

constexpr std::array kRoutes = {
    Route{"events", post, "/v1/events", Token::bearer, kBatchBytesMax, post_events},
    Route{"recommendations", get, "/v1/recommendations", Token::bearer, 0, get_recommendations},
    Route{"event_stream", get, kEventStreamPath, Token::bearer, 0, nullptr},
    Route{"stream", get, kStreamPath, Token::in_stream, 0, nullptr},
    Route{"requests", post, "/v1/requests", Token::bearer, kSmall, post_request},
    Route{"erase", delete_, "/v1/me", Token::bearer, kSmall, erase_me},
    Route{"export", get, "/v1/me/export", Token::bearer, 0, export_me},
    Route{"why", get, "/v1/me/why/{track}", Token::bearer, 0, why},
    Route{"why_composed", get, "/v1/me/why-composed/{track}", Token::bearer, 0, why_composed},
    Route{"kinds", get, "/v1/kinds", Token::bearer, 0, get_kinds},
    Route{"audio", get, "/v1/audio/{key}", Token::none, 0, get_audio},
    Route{"submit_listens", post, "/1/submit-listens", Token::listenbrainz, kListensBytesMax,
          submit_listens},
    Route{"validate_token", get, "/1/validate-token", Token::none, 0, validate_token},
    Route{"dev_token", post, "/dev/token", Token::none, kSmall, dev_token},
    Route{"page", get, "/", Token::none, 0, page},
    Route{"page", get, "/openapi.yaml", Token::none, 0, page},
    Route{"page", get, "/page/{file}", Token::none, 0, page},
    Route{"page", get, "/sdk/{file}", Token::none, 0, page},
};

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size() || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0) {
      return std::nullopt;
    }
    decoded += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
    i += 2;
  }
  return decoded;
}

// The text that stands for {…}, empty where there is none; none: another path.
std::optional<std::string_view> match(std::string_view pattern, std::string_view path) {
  const std::size_t brace = pattern.find('{');
  if (brace == std::string_view::npos) {
    return path == pattern ? std::optional(std::string_view()) : std::nullopt;
  }
  if (!path.starts_with(pattern.substr(0, brace))) return std::nullopt;
  const std::string_view rest = path.substr(brace);
  if (rest.empty() || rest.find('/') != std::string_view::npos) return std::nullopt;
  return rest;
}

bool answers(const Route& route, http::verb method) {
  return method == route.method || (method == head && route.method == get && route.handler);
}

}  // namespace

std::string_view token_in(const HttpRequest& request, std::string_view scheme) {
  std::string_view given = field(request, http::field::authorization);
  if (given.size() <= scheme.size() || given[scheme.size()] != ' ') return {};
  if (!io::same_word(given.substr(0, scheme.size()), scheme)) return {};
  given.remove_prefix(scheme.size() + 1);
  given.remove_prefix(std::min(given.find_first_not_of(' '), given.size()));
  return given;
}

namespace {

// A browser's question before it sends a page's request. Tracing adds headers of its own to any:
// all that are asked for may come, since none of them is a page's proof of anything.
HttpResponse preflight(const HttpRequest& request, const std::string& methods) {
  constexpr std::size_t kAskedMax = 64;
  HttpResponse response{http::status::no_content, 11};
  response.set(http::field::allow, methods);
  response.set(http::field::access_control_allow_methods, methods);
  std::string allowed =
      "authorization, content-type, content-encoding, if-none-match, if-range, last-event-id, "
      "range";
  const auto asked = io::list_of(field(request, http::field::access_control_request_headers));
  for (const std::string_view name : asked) {
    if (asked.size() > kAskedMax || !io::is_token(name)) break;
    allowed.append(", ").append(name);
  }
  response.set(http::field::access_control_allow_headers, allowed);
  response.set(http::field::access_control_max_age, "600");
  // A page of the web that asks a gateway of the local network (a developer's).
  if (field(request, "Access-Control-Request-Private-Network") == "true") {
    response.set("Access-Control-Allow-Private-Network", "true");
  }
  return response;
}

// Their token stands in a header that no page has by itself, and their clients are extensions and
// apps of any origin: as ListenBrainz does, all may.
bool is_for_all_origins(std::string_view path) { return path.starts_with("/1/"); }

}  // namespace

Found find_route(const HttpRequest& request) {
  const std::string_view path = target_of(request).path;
  std::string methods;
  for (const Route& route : kRoutes) {
    const auto parameter = match(route.path, path);
    if (!parameter) continue;
    if (answers(route, request.method())) {
      auto decoded = percent_decoded(*parameter);
      if (decoded) return {.route = &route, .parameter = std::move(*decoded), .refusal = {}};
      return {.route = nullptr,
              .parameter = {},
              .refusal = problem({http::status::bad_request, "bad_path", "a % is not two digits"})};
    }
    const auto name = http::to_string(route.method);
    methods += (methods.empty() ? "" : ", ") + std::string(name.data(), name.size());
  }
  Found found;
  if (methods.empty()) {
    found.refusal = problem({http::status::not_found, "no_such_path", "there is no such path"});
  } else if (request.method() == options) {
    found.refusal = preflight(request, methods);
  } else {
    found.refusal = problem(
        {http::status::method_not_allowed, "no_such_method", "this path answers " + methods});
    found.refusal.set(http::field::allow, methods);
  }
  return found;
}

std::optional<Refusal> too_often(Services& services, const std::string& address) {
  const Micros wait = services.of_addresses.take(address, 1, steady_clock());
  if (wait == 0) return std::nullopt;
  return Refusal{http::status::too_many_requests, "too_many_requests",
                 "too many requests from this address", wait};
}

namespace {

std::string_view field_of(const HttpResponse& response, http::field name) {
  const auto value = response[name];
  return {value.data(), value.size()};
}

// Pages of others may load the SDK as it is, and play the sound that a list of theirs names: its
// signed address is the permission. Whatever else they read goes through CORS.
bool may_be_shown_elsewhere(std::string_view path) {
  return path.starts_with("/sdk/") || path.starts_with(player::kComposedSound);
}

bool may_speak(const Services& services, const HttpRequest& request, std::string_view origin) {
  return is_for_all_origins(target_of(request).path) ||
         services.origins.allows(origin, field(request, http::field::host));
}

}  // namespace

asio::awaitable<OrRefusal<Player>> pass(Services& services, const HttpRequest& request,
                                        const Route& route) {
  const std::string_view origin = field(request, http::field::origin);
  if (!origin.empty() && !may_speak(services, request, origin)) {
    co_return Refusal{http::status::forbidden, "bad_origin",
                      "this web site is not among gateway.origins"};
  }
  const bool listenbrainz = route.token == Token::listenbrainz;
  const std::string_view token = token_in(request, listenbrainz ? "Token" : "Bearer");
  // Browsers cannot give a WebSocket a header: there the token comes in the first message.
  const bool later = route.token == Token::in_stream && token.empty();
  if (route.token == Token::none || later) co_return Player();
  if (token.empty()) {
    co_return Refusal{http::status::unauthorized, "no_token",
                      listenbrainz ? "You need to provide an Authorization header."
                                   : "there is no Authorization: Bearer …"};
  }
  OrRefusal<Player> admitted = co_await admit(services, token);
  if (!admitted && listenbrainz && admitted.error().wait == 0) {
    co_return Refusal{http::status::unauthorized, "bad_token", "Invalid authorization token."};
  }
  co_return admitted;
}

HttpResponse refused(Services& services, const Route& route, const Player& player,
                     const Refusal& refusal) {
  return route.token == Token::listenbrainz ? listenbrainz_error(services, player, refusal)
                                            : problem(refusal);
}

void finish(const Services& services, const HttpRequest& request, HttpResponse& response) {
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Referrer-Policy", "no-referrer");
  response.set("Cross-Origin-Resource-Policy",
               may_be_shown_elsewhere(target_of(request).path) ? "cross-origin" : "same-origin");
  if (!services.settings.tls_certificate.empty()) {
    response.set("Strict-Transport-Security", "max-age=31536000");
  }
  const std::string_view by_route = field_of(response, http::field::vary);
  std::string vary(by_route.empty() ? "Origin" : "Origin, ");
  vary += by_route;
  if (request.method() == options) {
    vary += ", Access-Control-Request-Headers, Access-Control-Request-Private-Network";
  }
  response.set(http::field::vary, vary);
  const std::string_view origin = field(request, http::field::origin);
  if (origin.empty() || !may_speak(services, request, origin)) return;
  response.set(http::field::access_control_allow_origin, origin);
  response.set(http::field::access_control_expose_headers,
               "etag, retry-after, accept-encoding, accept-ranges, content-range, "
               "x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, "
               "x-ratelimit-reset-in");
}

}  // namespace segue::gateway
