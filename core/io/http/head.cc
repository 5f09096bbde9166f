#include "core/io/http/head.h"

#include <algorithm>
#include <array>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>
#include <optional>
#include <string>

#include "core/io/http/authority.h"
#include "core/io/http/header_values.h"

namespace segue::io {

namespace beast = boost::beast;

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

std::optional<Refusal> refusal_of(const beast::error_code& wrong, std::uint32_t header_bytes) {
  if (wrong == http::error::header_limit || wrong == http::error::buffer_overflow) {
    return Refusal{http::status::request_header_fields_too_large, "headers_too_large",
                   "headers over " + std::to_string(header_bytes / 1'024) + " KiB"};
  }
  if (wrong == http::error::body_limit) {
    return Refusal{http::status::payload_too_large, "too_large", "the body is too large"};
  }
  // For metrics alone: the stream has closed itself.
  if (wrong == beast::error::timeout) {
    return Refusal{http::status::request_timeout, "too_slow", "the request took too long"};
  }
  if (wrong == http::error::end_of_stream || wrong == http::error::partial_message) return {};
  if (wrong.category() != http::make_error_code(http::error::bad_method).category()) return {};
  return Refusal{http::status::bad_request, "no_http", "this is not HTTP/1.1"};
}

void keep_length_only(HttpResponse& response) {
  const std::size_t length = response.body().size();
  response.body().clear();
  response.content_length(length);
}

void RefuseControls::operator()(std::uint64_t /*bytes*/, std::string_view extensions,
                                beast::error_code& wrong) const {
  const auto is_control = [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7F; };
  if (std::ranges::any_of(extensions, is_control)) wrong = http::error::bad_chunk_extension;
}

}  // namespace segue::io
