#include <algorithm>

#include "producers/gateway/http/content_coding.h"
#include "producers/gateway/log/listens.h"
#include "producers/gateway/routes/answers.h"

namespace segue::gateway {
namespace {

// A listen of ListenBrainz may have as many, so what ListenBrainz takes costs its listens alone.
constexpr std::size_t kBytesOfAnEvent = kListenBytesMax;

}  // namespace

std::optional<HttpResponse> charge_events(Call& call, std::size_t count) {
  const auto amount = static_cast<double>(count);
  if (const Micros wait =
          call.desk.of_listeners.take(call.player.listener, amount, steady_clock(), call.paid)) {
    return try_later(http::status::too_many_requests, "too_many_events",
                     "too many events of this listener; none was taken", wait);
  }
  call.paid = std::max(call.paid, amount);
  return std::nullopt;
}

std::optional<HttpResponse> charge_reading(Call& call) {
  const std::size_t begun = (call.request.body().size() + kBytesOfAnEvent - 1) / kBytesOfAnEvent;
  auto refusal = charge_events(call, std::max<std::size_t>(begun, 1));
  // How many events there were nobody knows.
  if (refusal) call.desk.metrics.event(EventType::other, "limited");
  return refusal;
}

std::optional<HttpResponse> unpack_body(Call& call, HttpRequest& request, std::size_t bytes_max) {
  const Coding coding =
      read_coding(field(request, http::field::content_encoding)).value_or(Coding());
  if (coding == Coding::identity || request.body().empty()) return std::nullopt;
  std::optional<HttpResponse> limited;
  Unpacked unpacked = unpack(request.body(), coding, bytes_max, [&](std::size_t bytes) {
    if (call.player.listener.empty()) return true;
    limited = charge_events(call, bytes / kBytesOfAnEvent + 1);
    return !limited;
  });
  switch (unpacked.outcome) {
    case Unpacked::Outcome::refused:
      call.desk.metrics.event(EventType::other, "limited");
      return limited;
    case Unpacked::Outcome::too_large:
      return problem(http::status::payload_too_large, "too_large",
                     "the body unpacked is too large");
    case Unpacked::Outcome::broken:
      return problem(http::status::bad_request, "bad_coding",
                     "the body is not what Content-Encoding says");
    case Unpacked::Outcome::good:
      break;
  }
  request.body() = std::move(unpacked.body);
  return std::nullopt;
}

}  // namespace segue::gateway
