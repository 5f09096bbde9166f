#include "producers/gateway/access/keys/key_source.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "core/io/clock.h"
#include "core/io/log.h"
#include "core/time.h"
#include "producers/gateway/access/keys/public_keys.h"

namespace segue::gateway {
namespace {

constexpr std::chrono::seconds kFirstRetry{1};
constexpr std::chrono::seconds kLastRetry{30};

asio::ssl::context trusting(const std::string& authorities) {
  asio::ssl::context tls(asio::ssl::context::tls_client);
  tls.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  boost::system::error_code wrong;
  if (authorities.empty()) {
    tls.set_default_verify_paths(wrong);
  } else {
    tls.load_verify_file(authorities, wrong);
  }
  if (wrong) {
    throw std::invalid_argument("the authorities' certificates in \"" + authorities +
                                "\" cannot be read");
  }
  return tls;
}

std::string now_text() { return format_time(wall_clock()); }

}  // namespace

KeySource::KeySource(asio::io_context& context, const GatewayConfig& settings, Tokens& tokens)
    : context_(context),
      tokens_(tokens),
      address_(io::https_address(settings.token_keys_url)),
      every_(settings.token_keys_every_s),
      tls_(trusting(settings.token_keys_ca)),
      asked_(context.get_executor()) {}

asio::awaitable<void> KeySource::run(OnState on_state) {
  on_state_ = std::move(on_state);
  std::chrono::seconds retry = kFirstRetry;
  for (;;) {
    const bool good = co_await read();
    retry = good ? kFirstRetry : std::min(2 * retry, kLastRetry);
    co_await asked_.wait_until(Clock::now() + (good ? every_ : std::min(retry, every_)));
  }
}

asio::awaitable<bool> KeySource::learn() {
  const std::size_t before = successes_;
  if (!reading_ && Clock::now() - begun_ < kPause) co_return false;
  if (learners_.size() >= kLearnersMax) co_return false;
  Wakeup read(context_.get_executor());
  learners_.push_back(&read);
  if (!reading_) asked_.wake();
  co_await read.wait_until(Clock::now() + kLearnWithin);
  std::erase(learners_, &read);
  co_return successes_ > before;
}

asio::awaitable<bool> KeySource::read() {
  std::string failure;
  reading_ = true;
  begun_ = Clock::now();
  try {
    tokens_.use(read_jwks(co_await https_get(address_, tls_, kKeysBytesMax)));
    ++successes_;
    read_at_ = now_text();
  } catch (const std::invalid_argument& no_keys) {
    failure = no_keys.what();
  } catch (const std::runtime_error& no_answer) {
    failure = no_answer.what();
  }
  reading_ = false;
  tell(failure);
  for (Wakeup* learner : learners_) learner->wake();
  co_return failure.empty();
}

// In the log a failure stands once, and its end.
void KeySource::tell(const std::string& failure) {
  const std::string held = std::to_string(tokens_.keys()) + " keys read at " + read_at_;
  const bool ready = successes_ > 0;
  if (!failure.empty() && !std::exchange(failing_, true)) {
    io::log::warn("gateway.token_keys_url cannot be read; what was read before goes on.",
                  {{"host", address_.host}, {"error", failure}});
  }
  if (failure.empty() && (std::exchange(failing_, false) || successes_ == 1)) {
    io::log::info("The keys that check tokens were read.",
                  {{"host", address_.host}, {"keys", static_cast<std::int64_t>(tokens_.keys())}});
  }
  if (failure.empty()) return on_state_(true, held);
  on_state_(ready, (ready ? held + "; not since: " : "not read yet: ") + failure);
}

}  // namespace segue::gateway
