#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "core/config.h"
#include "producers/gateway/access/keys/https_get.h"
#include "producers/gateway/access/tokens.h"
#include "producers/gateway/http/wakeup.h"

namespace segue::gateway {

// Keeps the keys that check tokens equal to those of an identity provider: reads its JWKS every so
// often, and at once for a token whose key is not known. While the provider does not answer, or
// answers nonsense, the last good keys go on; what is not in its answer any more is trusted no
// more. The network thread's.
class KeySource {
 public:
  // `ready`: there are keys; `detail` is a person's.
  using OnState = std::function<void(bool ready, const std::string& detail)>;

  // Throws std::invalid_argument for a wrong address or file of authorities.
  KeySource(asio::io_context& context, const GatewayConfig& settings, Tokens& tokens);

  // Reads for ever. Requires: is called once, and `this` lives as long as the context runs.
  asio::awaitable<void> run(OnState on_state);
  // Waits for a reading, if none was begun in the last kPause; true if it brought keys. Makes
  // no request wait longer than kLearnWithin, nor more than kLearnersMax.
  asio::awaitable<bool> learn();

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kPause{5};
  static constexpr std::chrono::seconds kLearnWithin{3};
  static constexpr std::size_t kLearnersMax = 1'000;

  asio::awaitable<bool> read();
  void tell(const std::string& failure);

  asio::io_context& context_;
  Tokens& tokens_;
  const HttpsAddress address_;
  const std::chrono::seconds every_;
  asio::ssl::context tls_;
  OnState on_state_;
  Wakeup asked_;
  bool reading_ = false;
  bool failing_ = false;
  Clock::time_point begun_ = {};  // long ago
  std::size_t successes_ = 0;
  std::string read_at_;
  std::vector<Wakeup*> learners_;
};

}  // namespace segue::gateway
