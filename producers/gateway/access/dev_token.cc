#include <simdjson.h>

#include <chrono>

#include "core/ids.h"
#include "core/io/clock.h"
#include "core/io/http/authority.h"
#include "core/wire/json_parse.h"
#include "core/wire/json_text.h"
#include "producers/gateway/routes/answers.h"

namespace segue::gateway {
namespace {

constexpr std::chrono::hours kValid{12};

// A page of another site that resolves its name to 127.0.0.1 shows its own name here.
bool is_loopback_name(std::string_view host) {
  const auto authority = io::read_authority(host);
  return authority && authority->is_loopback();
}

bool is_loopback(const std::string& address) { return address == "127.0.0.1" || address == "::1"; }

}  // namespace

Answer dev_token(Call& call) {
  if (!call.services.settings.dev) {
    co_return Refusal{http::status::not_found, "no_such_path", "tokens are given with --dev only"};
  }
  if (!is_loopback(call.address) || !is_loopback_name(field(call.request, http::field::host))) {
    co_return Refusal{http::status::forbidden, "not_local",
                      "--dev gives tokens to this machine alone"};
  }
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::string_view user;
  const simdjson::padded_string padded(call.request.body());
  if (json::parse(parser, padded, root) != simdjson::SUCCESS ||
      root["user_id"].get(user) != simdjson::SUCCESS || user.empty() || user.size() > kIdBytesMax) {
    co_return Refusal{http::status::bad_request, "bad_field",
                      "user_id must be a text of 1 to 128 bytes"};
  }
  std::string body;
  json::ObjectWriter out(body);
  out.text("token", call.services.tokens.issue(user, kValid, wall_clock()));
  out.number("expires_in", std::int64_t{std::chrono::seconds(kValid).count()});
  out.close();
  co_return json_response(http::status::ok, std::move(body));
}

}  // namespace segue::gateway
