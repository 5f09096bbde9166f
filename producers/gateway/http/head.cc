#include "producers/gateway/http/head.h"

#include <algorithm>
#include <array>
#include <optional>

#include "producers/gateway/access/authority.h"
#include "producers/gateway/http/header_values.h"

namespace segue::gateway {
namespace {

struct Single {
  http::field field;
  std::string_view refusal;
};
constexpr std::array kSingle = {
    Single{http::field::host, "there is more than one Host"},
    Single{http::field::authorization, "there is more than one Authorization"},
    Single{http::field::content_length, "there is more than one Content-Length"},
    Single{http::field::transfer_encoding, "there is more than one Transfer-Encoding"},
    Single{http::field::content_type, "there is more than one Content-Type"},
    Single{http::field::origin, "there is more than one Origin"},
    Single{http::field::expect, "there is more than one Expect"},
    Single{http::field::access_control_request_method,
           "there is more than one Access-Control-Request-Method"},
    Single{http::field::sec_websocket_key, "there is more than one Sec-WebSocket-Key"},
    Single{http::field::sec_websocket_version, "there is more than one Sec-WebSocket-Version"},
};

// An attribute of a CloudEvent, ids above all, is one value.
bool repeats_attribute(const HttpRequest& request) {
  constexpr std::string_view kAttribute = "ce-";
  return std::ranges::any_of(request, [&](const auto& each) {
    const auto name = each.name_string();
    const std::string_view begin(name.data(), std::min(name.size(), kAttribute.size()));
    return same_word(begin, kAttribute) && request.count(name) > 1;
  });
}

// The host that a Host header or a target of this scheme means.
std::optional<Authority> host_of(std::string_view text, std::string_view scheme) {
  auto authority = read_authority(text);
  if (authority) leave_out_usual_port(scheme, *authority);
  return authority;
}

// Why a request can be read in two ways; empty: it cannot.
std::string_view ambiguity(const HttpRequest& request) {
  for (const Single& each : kSingle) {
    if (request.count(each.field) > 1) return each.refusal;
  }
  if (request.count("Last-Event-ID") > 1) return "there is more than one Last-Event-ID";
  // A proxy of that time knows no chunks, and takes what follows them for the next request.
  if (request.version() < kHttp11 && request.count(http::field::transfer_encoding) > 0) {
    return "HTTP/1.0 has no Transfer-Encoding";
  }
  if (request.count(http::field::transfer_encoding) > 0 &&
      field(request, http::field::transfer_encoding).empty()) {
    return "Transfer-Encoding is empty";
  }
  if (repeats_attribute(request)) return "there is more than one of a header ce-";
  const bool named = request.count(http::field::host) == 1;
  if (!named && request.version() >= kHttp11) return "there is no Host";
  const Target target = target_of(request);
  const auto host = host_of(field(request, http::field::host), target.scheme);
  if (named && !host) return "Host is no host";
  if (!target.authority.empty() && host_of(target.authority, target.scheme) != host) {
    return "Host and target name two hosts";
  }
  return {};
}

}  // namespace

std::optional<std::size_t> head_end(std::string_view read, std::size_t looked_at) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  const std::size_t from = looked_at < kEnd.size() ? 0 : looked_at - kEnd.size() + 1;
  const std::size_t found = read.find(kEnd, from);
  if (found == std::string_view::npos) return std::nullopt;
  return found + kEnd.size();
}

bool has_bare_line_end(std::string_view read) {
  for (std::size_t at = read.find('\n'); at != std::string_view::npos;
       at = read.find('\n', at + 1)) {
    if (at == 0 || read[at - 1] != '\r') return true;
  }
  return false;
}

bool has_folded_line(std::string_view head) {
  return head.find("\r\n ") != std::string_view::npos ||
         head.find("\r\n\t") != std::string_view::npos;
}

std::optional<Refusal> unreadable(const HttpRequest& request, bool folded) {
  const std::string_view why = folded ? "a header goes on in a further line" : ambiguity(request);
  if (!why.empty()) {
    return Refusal{http::status::bad_request, "ambiguous", std::string(why)};
  }
  const std::string_view transfer = field(request, http::field::transfer_encoding);
  if (!transfer.empty() && !same_word(transfer, "chunked")) {
    return Refusal{http::status::not_implemented, "bad_transfer_encoding",
                   "of transfer codings only chunked is read"};
  }
  const std::string_view expect = field(request, http::field::expect);
  if (!expect.empty() && !same_word(expect, "100-continue")) {
    return Refusal{http::status::expectation_failed, "bad_expect", "only 100-continue is met"};
  }
  return std::nullopt;
}

void join_lists(HttpRequest& request) {
  for (const http::field name :
       {http::field::connection, http::field::upgrade, http::field::if_none_match,
        http::field::content_encoding, http::field::access_control_request_headers}) {
    if (request.count(name) < 2) continue;
    std::string all;
    const auto [first, last] = request.equal_range(name);
    for (auto each = first; each != last; ++each) {
      const auto value = each->value();
      if (!all.empty()) all += ", ";
      all.append(value.data(), value.size());
    }
    request.set(name, all);
  }
}

}  // namespace segue::gateway
