#include "producers/gateway/services.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "core/io/clock.h"
#include "core/io/log.h"
#include "core/io/settings/settings.h"
#include "producers/gateway/access/base64url.h"
#include "producers/gateway/access/keys/public_keys.h"
#include "producers/gateway/access/keys/shared_key.h"
#include "producers/gateway/log/listens.h"

namespace segue::gateway {
namespace {

// So many seconds' worth of a rate may come at once.
constexpr double kBurstSeconds = 10;
// Names a limit remembers, a hundred bytes each.
constexpr std::size_t kLimitedMax = 200'000;
// While workers lag, a listener who asks again has no further list made within half a minute.
constexpr double kListsMadePerSecond = 1.0 / 30;
constexpr std::size_t kKeyBytes = 32;
// One address holds at most this part of the room for bodies, and always room for the largest one,
// packed and unpacked.
constexpr std::size_t kBodiesOfAddressPart = 8;

template <class Make>
auto made(Make make, const std::string& setting) {
  try {
    return make();
  } catch (const std::invalid_argument& wrong) {
    throw io::SettingsError(setting + ": " + wrong.what());
  }
}

// A secret from the environment; in dev, unless it is given, one that lives as long as the process.
std::string secret_of(const std::string& given, bool dev, const std::string& setting) {
  if (given.empty() && dev) return base64url(random_bytes(kKeyBytes));
  return made([&] { return shared_key(given); }, setting);
}

void must_be_one_of(const GatewayConfig& c) {
  const int given = (c.token_secret.empty() ? 0 : 1) + (c.token_key.empty() ? 0 : 1) +
                    (c.token_keys_url.empty() ? 0 : 1);
  if (given > 1) {
    throw io::SettingsError(
        "give one of gateway.token_secret, gateway.token_key and gateway.token_keys_url: with two, "
        "a token could choose what checks it");
  }
  if (given == 0 && !c.dev) {
    throw io::SettingsError(
        "nothing checks tokens: give public keys (SEGUE_GATEWAY_TOKEN_KEY_FILE), their address "
        "(--token-keys-url) or a secret (SEGUE_GATEWAY_TOKEN_SECRET_FILE), or --dev");
  }
  if (given == 1 && c.dev && c.token_secret.empty()) {
    throw io::SettingsError("gateway.dev gives tokens, and cannot with a public key");
  }
}

Tokens tokens_of(const GatewayConfig& c) {
  must_be_one_of(c);
  Tokens::Rules rules{
      .secret = {}, .keys = {}, .issuer = c.token_issuer, .audience = c.token_audience};
  if (!c.token_key.empty()) {
    rules.keys = made([&] { return read_public_keys(c.token_key); }, "gateway.token_key");
  } else if (c.token_keys_url.empty()) {
    rules.secret = secret_of(c.token_secret, c.dev, "gateway.token_secret");
  }
  return Tokens(std::move(rules));
}

Pseudonyms pseudonyms_of(const GatewayConfig& c) {
  if (c.pseudonym_key.empty() && !c.dev) {
    throw io::SettingsError(
        "SEGUE_GATEWAY_PSEUDONYM_KEY_FILE must name a file with the key (or give --dev)");
  }
  return Pseudonyms(secret_of(c.pseudonym_key, c.dev, "gateway.pseudonym_key"));
}

// Without one, addresses are good as long as this process.
std::string audio_key_of(const GatewayConfig& c) {
  if (c.audio_key.empty()) return base64url(random_bytes(kKeyBytes));
  return secret_of(c.audio_key, false, "gateway.audio_key");
}

Origins origins_of(const GatewayConfig& c) {
  return made(
      [&] {
        return Origins(c.origins, {.tls = !c.tls_certificate.empty(), .loopback_too = c.dev});
      },
      "gateway.origins");
}

}  // namespace

Services::Services(asio::io_context& io_context, const Config& config, io::Metrics& all_metrics,
                   io::Traces& traces, const Confirmations::OpenLog& open_log)
    : settings(config.gateway),
      context(io_context),
      metrics(all_metrics.gateway()),
      tokens(tokens_of(config.gateway)),
      pseudonyms(pseudonyms_of(config.gateway)),
      origins(origins_of(config.gateway)),
      of_listeners(settings.events_per_second, settings.events_per_second * kBurstSeconds,
                   kLimitedMax),
      of_addresses(settings.requests_per_second, settings.requests_per_second * kBurstSeconds,
                   kLimitedMax),
      lists_made(kListsMadePerSecond, 1, kLimitedMax),
      connections(static_cast<std::size_t>(settings.connections_max),
                  static_cast<std::size_t>(settings.connections_per_address_max)),
      bodies(static_cast<std::size_t>(settings.bodies_bytes_max),
             std::max(static_cast<std::size_t>(settings.bodies_bytes_max) / kBodiesOfAddressPart,
                      2 * kListensBytesMax)),
      audio(config.store, all_metrics.store(), settings.audio_streams_max),
      addresses(audio_key_of(settings), settings.audio_valid_s),
      catalogue(static_cast<std::size_t>(settings.tracks_held_max),
                settings.dev ? player::Sound::loopback_too : player::Sound::https,
                [this](std::string_view file) { return address_of(file); }),
      delivery(static_cast<std::size_t>(settings.lists_held_max), steady_clock),
      jobs(static_cast<std::size_t>(settings.jobs_held_max)),
      listed(static_cast<std::size_t>(settings.jobs_held_max)),
      confirmations(context, settings, metrics, traces, open_log),
      reads(config.redis, confirmations.partitions()),
      newcomers(pseudonyms, confirmations.partitions()) {
  if (settings.token_keys_url.empty()) return;
  made([&] { return &key_source.emplace(context, settings, tokens); }, "gateway.token_keys_url");
}

std::string Services::address_of(std::string_view file) const {
  return audio.served() && !sound_type(file).empty() ? addresses.sign(file, wall_clock())
                                                     : std::string();
}

asio::awaitable<OrRefusal<Player>> admit(Services& services, std::string_view token) {
  Checked checked = services.tokens.check(token, wall_clock());
  const bool newer = checked.unknown_key && services.key_source;
  if (newer && co_await services.key_source->learn())
    checked = services.tokens.check(token, wall_clock());
  if (checked.refusal.empty()) {
    std::string listener = services.pseudonyms.of(checked.claims.subject);
    co_return Player{.subject = std::move(checked.claims.subject),
                     .listener = std::move(listener),
                     .expires = checked.claims.expires};
  }
  if (services.key_source && services.tokens.keys() == 0) {
    co_return Refusal{http::status::service_unavailable, "no_token_keys",
                      "the keys that check tokens were not read yet", kSecond};
  }
  co_return Refusal{http::status::unauthorized, "bad_token", std::string(checked.refusal)};
}

}  // namespace segue::gateway
