#include "producers/gateway/http/cloud_event.h"

#include <simdjson.h>

#include "core/io/http/header_values.h"
#include "core/wire/hex.h"
#include "core/wire/json_parse.h"
#include "core/wire/json_text.h"

namespace segue::gateway {
namespace {

// A value of the HTTP binding (CloudEvents 1.0.2, 3.1.3.2): quotes are taken off first, then what
// is no printable ASCII is read from percents, once.
std::string decoded(std::string_view value) {
  const std::string text = io::unquoted(value);
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool coded = text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
                       hex_value(text[i + 2]) >= 0;
    plain +=
        coded ? static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])) : text[i];
    i += coded ? 2 : 0;
  }
  return plain;
}

}  // namespace

std::optional<std::string> in_envelope(const HttpRequest& request) {
  constexpr std::string_view kAttributes[] = {"specversion", "id",   "source",
                                              "type",        "time", "traceparent"};
  const io::MediaType media = io::read_media_type(field(request, http::field::content_type));
  if (field(request, "ce-specversion").empty() || media.type != "application/json") {
    return std::nullopt;
  }
  simdjson::dom::parser parser;
  simdjson::dom::element data;
  const simdjson::padded_string padded(request.body());
  if (json::parse(parser, padded, data) != simdjson::SUCCESS) return std::nullopt;
  std::string event;
  json::ObjectWriter out(event);
  for (const std::string_view name : kAttributes) {
    const std::string_view value = field(request, "ce-" + std::string(name));
    if (!value.empty()) out.text(name, decoded(value));
  }
  out.member("data") += request.body();
  out.close();
  return event;
}

}  // namespace segue::gateway
