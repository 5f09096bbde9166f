#include <algorithm>
#include <utility>

#include "core/io/clock.h"
#include "producers/gateway/http/content_coding.h"
#include "producers/gateway/log/listens.h"
#include "producers/gateway/routes/answers.h"

namespace segue::gateway {
namespace {

// A listen of ListenBrainz may have as many, so what ListenBrainz takes costs its listens alone.
constexpr std::size_t kBytesOfAnEvent = kListenBytesMax;

Refusal too_many_events(Micros wait) {
  return {http::status::too_many_requests, "too_many_events",
          "too many events of this listener; none was taken", wait};
}

// A 429 for a listener who did not get through such a body and does not have more now.
std::optional<Refusal> not_yet(Call& call) {
  if (call.player.listener.empty()) return std::nullopt;
  const Micros wait =
      call.services.of_listeners.wait_for_more(call.player.listener, steady_clock());
  if (wait == 0) return std::nullopt;
  return too_many_events(wait);
}

// For what is unpacked so far and the next piece. The price of a body that is refused halfway is
// given back: a listener who comes back in time would pay again, and not get further.
std::optional<Refusal> charge_unpacking(Call& call, std::size_t bytes) {
  if (call.player.listener.empty()) return std::nullopt;
  const std::size_t pieces = bytes / kBytesOfAnEvent + 1;
  if (!charge_events(call, pieces)) return std::nullopt;
  call.services.of_listeners.give_back(call.player.listener, std::exchange(call.paid, 0),
                                       2 * static_cast<double>(pieces));
  return not_yet(call);
}

void give_back(Call& call) {
  if (call.paid > 0) {
    call.services.of_listeners.give_back(call.player.listener, std::exchange(call.paid, 0), 0);
  }
}

}  // namespace

std::optional<Refusal> charge_events(Call& call, std::size_t count) {
  const auto amount = static_cast<double>(count);
  if (const Micros wait = call.services.of_listeners.take(call.player.listener, amount,
                                                          steady_clock(), call.paid)) {
    return too_many_events(wait);
  }
  call.paid = std::max(call.paid, amount);
  return std::nullopt;
}

std::optional<Refusal> charge_reading(Call& call) {
  const std::size_t begun = (call.request.body().size() + kBytesOfAnEvent - 1) / kBytesOfAnEvent;
  auto refusal = charge_events(call, std::max<std::size_t>(begun, 1));
  // The number of events is not known.
  if (refusal) call.services.metrics.event(EventType::other, "limited");
  return refusal;
}

Refusal no_room_for_body() {
  return {http::status::service_unavailable, "busy",
          "too many bodies at once, of all or of this address", kSecond};
}

std::optional<Refusal> unpack_body(Call& call, HttpRequest& request, std::size_t bytes_max,
                                   BodyBudget::Share& room) {
  const Coding coding =
      read_coding(field(request, http::field::content_encoding)).value_or(Coding());
  if (coding == Coding::identity || request.body().empty()) return std::nullopt;
  if (auto refusal = not_yet(call)) return refusal;
  const std::size_t packed = request.body().size();
  std::optional<Refusal> refusal;
  Unpacked unpacked = unpack(request.body(), coding, bytes_max, [&](std::size_t bytes) {
    // Packed and unpacked it is there twice for a while.
    if (!room.resize(packed + bytes + kBytesOfAnEvent)) refusal = no_room_for_body();
    if (!refusal) refusal = charge_unpacking(call, bytes);
    return !refusal;
  });
  switch (unpacked.outcome) {
    case Unpacked::Outcome::refused:
      call.services.metrics.event(EventType::other, "limited");
      return give_back(call), refusal;
    case Unpacked::Outcome::too_large:
      return Refusal{http::status::payload_too_large, "too_large",
                     "the body unpacked is too large"};
    case Unpacked::Outcome::broken:
      return Refusal{http::status::bad_request, "bad_coding",
                     "the body is not what Content-Encoding says"};
    case Unpacked::Outcome::good:
      break;
  }
  request.body() = std::move(unpacked.body);
  room.resize(request.body().size());
  return std::nullopt;
}

}  // namespace segue::gateway
