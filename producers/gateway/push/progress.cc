#include "producers/gateway/push/progress.h"

#include <optional>
#include <utility>

#include "core/io/clock.h"
#include "core/listener/listener.h"
#include "core/time.h"

namespace segue::gateway {
namespace {

namespace asio = boost::asio;

// The listener's state about composed music.
struct Wanted {
  bool at_all = false;
  Micros after = 0;  // the time of the latest erasure

  bool operator()(const player::ResultPtr& result) const {
    return at_all && result->stages.front().at > after;
  }
};

// A job that was made before the listener switched such music off goes on; it is pushed to no
// player.
asio::awaitable<Wanted> wanted_by(Services& services, const std::string& listener) {
  const auto values = co_await services.reads.read(listener, "u");
  if (!values) co_return Wanted{};
  const auto& blob = values->front();
  Wanted wanted;
  wanted.at_all = true;
  if (!blob) co_return wanted;
  const auto state = decode_listener(*blob);
  wanted.at_all = state && state->composed.setting.may_compose();
  if (state && state->erasure) wanted.after = state->erasure->at;
  co_return wanted;
}

}  // namespace

asio::awaitable<std::vector<player::ResultPtr>> progress_now(Services& services,
                                                             std::string listener) {
  auto jobs = services.jobs.present(listener, wall_clock());
  if (jobs.empty()) co_return jobs;
  const Wanted wanted = co_await wanted_by(services, listener);
  std::erase_if(jobs, [&](const auto& each) { return !wanted(each); });
  co_return jobs;
}

// A result that came meanwhile is pushed by the call that waits for it: no stage follows a later
// one.
asio::awaitable<void> tell_progress(Services& services, player::ResultPtr news) {
  if (!services.delivery.awaited(news->user_id)) co_return;
  const Wanted wanted = co_await wanted_by(services, news->user_id);
  if (wanted(news) && services.jobs.is_latest(news)) services.delivery.hand(news->user_id, news);
}

}  // namespace segue::gateway
