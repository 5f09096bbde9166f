#include "producers/gateway/desk.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "core/io/log.h"
#include "core/io/settings.h"
#include "producers/gateway/listens.h"

namespace segue::gateway {
namespace {

// So many seconds' worth of a rate may come at once.
constexpr double kBurstSeconds = 10;
// Names a limit remembers, a hundred bytes each.
constexpr std::size_t kLimitedMax = 200'000;
constexpr std::size_t kKeyBytes = 32;
// One address holds at most this part of the room for bodies, and always room for the largest one.
constexpr std::size_t kBodiesOfAddressPart = 8;

// A secret from the environment; in dev one that lives as long as the process.
std::string key_or_dev(const std::string& key, bool dev, const std::string& variable) {
  if (!key.empty()) return key;
  if (dev) return random_bytes(kKeyBytes);
  throw io::SettingsError(variable + "_FILE must name a file with the key (or give --dev)");
}

template <class Make>
auto made(Make make, const std::string& setting) {
  try {
    return make();
  } catch (const std::invalid_argument& wrong) {
    throw io::SettingsError(setting + ": " + wrong.what());
  }
}

Tokens tokens_of(const GatewayConfig& c) {
  Tokens tokens = made(
      [&] {
        return Tokens({.key = key_or_dev(c.token_key, c.dev, "SEGUE_GATEWAY_TOKEN_KEY"),
                       .issuer = c.token_issuer,
                       .audience = c.token_audience});
      },
      "gateway.token_key");
  if (c.dev && !tokens.has_secret()) {
    throw io::SettingsError("gateway.dev gives tokens, and cannot with a public key");
  }
  return tokens;
}

Pseudonyms pseudonyms_of(const GatewayConfig& c) {
  return made(
      [&] { return Pseudonyms(key_or_dev(c.pseudonym_key, c.dev, "SEGUE_GATEWAY_PSEUDONYM_KEY")); },
      "gateway.pseudonym_key");
}

Origins origins_of(const GatewayConfig& c) {
  return made(
      [&] {
        return Origins(c.origins, {.tls = !c.tls_certificate.empty(), .loopback_too = c.dev});
      },
      "gateway.origins");
}

}  // namespace

Desk::Desk(asio::io_context& io_context, const Config& config, io::GatewayMetrics& gateway_metrics,
           const Confirmations::OpenLog& open_log)
    : settings(config.gateway),
      context(io_context),
      metrics(gateway_metrics),
      tokens(tokens_of(config.gateway)),
      pseudonyms(pseudonyms_of(config.gateway)),
      origins(origins_of(config.gateway)),
      of_listeners(settings.events_per_second, settings.events_per_second * kBurstSeconds,
                   kLimitedMax),
      of_addresses(settings.requests_per_second, settings.requests_per_second * kBurstSeconds,
                   kLimitedMax),
      doors(static_cast<std::size_t>(settings.connections_max),
            static_cast<std::size_t>(settings.connections_per_address_max)),
      bodies(static_cast<std::size_t>(settings.bodies_bytes_max),
             std::max(static_cast<std::size_t>(settings.bodies_bytes_max) / kBodiesOfAddressPart,
                      kListensBytesMax)),
      catalogue(static_cast<std::size_t>(settings.tracks_held_max)),
      delivery(static_cast<std::size_t>(settings.lists_held_max)),
      confirmations(context, settings, metrics, open_log),
      reads(config.redis, confirmations.partitions()) {}

Micros wall_clock() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Admitted admit(const Desk& desk, std::string_view token) {
  const Checked checked = desk.tokens.check(token, wall_clock());
  if (!checked.refusal.empty()) return {.player = {}, .refusal = checked.refusal};
  return {.player = {.subject = checked.claims.subject,
                     .listener = desk.pseudonyms.of(checked.claims.subject),
                     .expires = checked.claims.expires},
          .refusal = {}};
}

}  // namespace segue::gateway
