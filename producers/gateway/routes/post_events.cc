#include <algorithm>
#include <utility>

#include "core/event/traceparent.h"
#include "core/io/clock.h"
#include "core/io/http/header_values.h"
#include "core/wire/json_text.h"
#include "producers/gateway/http/cloud_event.h"
#include "producers/gateway/routes/answers.h"

namespace segue::gateway {
namespace {

constexpr std::string_view kCloudEvent = "application/cloudevents+json";

bool is_json(std::string_view given) {
  const io::MediaType media = io::read_media_type(given);
  const bool utf8 = media.charset.empty() || media.charset == "utf-8" || media.charset == "utf8" ||
                    media.charset == "us-ascii";
  return utf8 && (media.type == "application/json" || media.type == kCloudEvent ||
                  media.type == "application/cloudevents-batch+json");
}

void append_refusal(std::string& text, std::size_t index, const Error& why) {
  json::ObjectWriter out(text);
  out.number("index", static_cast<std::uint64_t>(index));
  out.text("code", name_of(why.reason));
  out.text("detail", why.detail);
  out.close();
}

// Two of them are none, as W3C has it.
std::string_view traceparent_in(const HttpRequest& request) {
  const boost::beast::string_view name(kTraceparentHeader.data(), kTraceparentHeader.size());
  return request.count(name) == 1 ? field(request, kTraceparentHeader) : std::string_view();
}

// Events as they were read, sorted into those to publish and lists of those that cannot be and of
// those taken for a newer player's: the player can tell that from a typo, the gateway cannot.
struct Sorted {
  std::vector<ReadEvent> good;
  std::string refused = "[";  // JSON
  std::string unknown = "[";  // the same: places of events whose type has no effect
  bool of_another = false;
};

void append_place(std::string& list, std::size_t index) {
  if (list.back() != '[') list += ',';
  json::append_number(list, static_cast<std::uint64_t>(index));
}

Sorted sorted(ReadEvents read, io::GatewayMetrics& metrics) {
  Sorted sorted;
  for (std::size_t i = 0; i < read.size(); ++i) {
    if (read[i]) {
      if (read[i]->type == EventType::other) append_place(sorted.unknown, i);
      sorted.good.push_back(std::move(*read[i]));
      continue;
    }
    metrics.event(EventType::other, "refused");
    if (sorted.refused.back() != '[') sorted.refused += ',';
    append_refusal(sorted.refused, i, read[i].error());
    sorted.of_another = sorted.of_another || read[i].error().reason == Reason::wrong_key;
  }
  sorted.refused += ']';
  sorted.unknown += ']';
  return sorted;
}

// A problem that says of each event why.
HttpResponse no_good_event(const Sorted& events) {
  std::string body;
  json::ObjectWriter out(body);
  out.text("title", "Bad Request");
  out.number("status", std::int64_t{400});
  out.text("code", "no_good_event");
  out.text("detail", "no event could be read");
  out.member("refused") += events.refused;
  out.close();
  HttpResponse response = json_response(http::status::bad_request, std::move(body));
  response.set(http::field::content_type, "application/problem+json");
  return response;
}

void count_limited(const ReadEvents& read, io::GatewayMetrics& metrics) {
  for (const Result<ReadEvent>& event : read) {
    metrics.event(event ? event->type : EventType::other, "limited");
  }
}

void drop_heartbeats(std::vector<ReadEvent>& events, io::GatewayMetrics& metrics) {
  std::erase_if(events, [&](const ReadEvent& event) {
    const bool heartbeat = event.type == EventType::playback_heartbeat;
    if (heartbeat) metrics.event(event.type, "dropped");
    return heartbeat;
  });
}

}  // namespace

Answer post_events(Call& call) {
  if (!is_json(field(call.request, http::field::content_type))) {
    co_return Refusal{http::status::unsupported_media_type, "bad_content_type",
                      "application/json, application/cloudevents+json and "
                      "application/cloudevents-batch+json are read, in UTF-8"};
  }
  if (auto refusal = charge_reading(call)) co_return std::move(*refusal);
  const auto wrapped = in_envelope(call.request);
  const std::string& text = wrapped ? *wrapped : call.request.body();
  if (text.size() > kBatchBytesMax) {
    co_return Refusal{http::status::payload_too_large, "too_large", "the event is too large"};
  }
  auto read = call.services.reader.read(text, call.player, call.services.catalogue, wall_clock(),
                                        traceparent_in(call.request));
  if (!read) co_return refusal_of(read.error());
  if (auto refusal = charge_events(call, read->size())) {
    count_limited(*read, call.services.metrics);
    co_return std::move(*refusal);
  }
  Sorted events = sorted(std::move(*read), call.services.metrics);
  if (events.of_another) {
    co_return Refusal{http::status::forbidden, "wrong_user",
                      "an event's user_id is not the token's sub; none was taken"};
  }
  if (events.good.empty()) co_return no_good_event(events);
  const std::size_t accepted = events.good.size();
  const std::string ids = ids_of(events.good);
  const OrRefusal<std::int64_t> version = co_await publish(call, std::move(events.good));
  if (!version) co_return version.error();
  std::string body;
  json::ObjectWriter out(body);
  out.number("accepted", static_cast<std::uint64_t>(accepted));
  out.member("refused") += events.refused;
  out.member("unknown") += events.unknown;
  out.member("ids") += ids;
  if (*version >= 0) out.number("version", *version);
  out.close();
  co_return json_response(http::status::accepted, std::move(body));
}

Refusal refusal_of(const Error& error) {
  return {http::status::bad_request, name_of(error.reason), error.detail};
}

std::string ids_of(const std::vector<ReadEvent>& events) {
  std::string ids = "[";
  for (const ReadEvent& event : events) {
    if (ids.size() > 1) ids += ',';
    const auto id = std::ranges::find(event.record.headers, "ce_id", &Header::name);
    json::append_string(ids, id == event.record.headers.end() ? std::string() : id->value);
  }
  return ids + "]";
}

asio::awaitable<OrRefusal<std::int64_t>> publish(Call& call, std::vector<ReadEvent> events) {
  Services& services = call.services;
  // Where Kafka does not keep up, what matters least goes first; taste is never dropped.
  if (services.confirmations.is_busy()) drop_heartbeats(events, services.metrics);
  const std::size_t count = events.size();
  if (auto refusal = charge_events(call, count)) {
    for (const ReadEvent& event : events) services.metrics.event(event.type, "limited");
    co_return std::move(*refusal);
  }
  if (!services.confirmations.has_room(count)) {
    co_return Refusal{http::status::service_unavailable, "busy",
                      "too many events wait for Kafka; none was taken", kSecond};
  }
  // The list that follows is kept whole: what Redis has is less.
  services.delivery.expect(call.player.listener);
  const auto published = co_await services.confirmations.publish_all(std::move(events));
  if (published.in_log < count) {
    co_return Refusal{http::status::service_unavailable, kNotConfirmed,
                      "Kafka did not confirm all; some may have been taken. Send the same again: "
                      "what has a session_id and seq is counted once",
                      kSecond};
  }
  co_return published.newest;
}

}  // namespace segue::gateway
