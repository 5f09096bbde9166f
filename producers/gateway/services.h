#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>
#include <unordered_set>

#include "consumers/player/delivery.h"
#include "consumers/player/held_catalog.h"
#include "consumers/player/jobs.h"
#include "consumers/player/listed_tracks.h"
#include "core/config.h"
#include "core/io/metrics/gateway_metrics.h"
#include "core/io/metrics/metrics.h"
#include "producers/gateway/access/connections.h"
#include "producers/gateway/access/keys/key_source.h"
#include "producers/gateway/access/origins.h"
#include "producers/gateway/access/rate_limit.h"
#include "producers/gateway/access/secret.h"
#include "producers/gateway/access/tokens.h"
#include "producers/gateway/audio/audio_files.h"
#include "producers/gateway/audio/signed_addresses.h"
#include "producers/gateway/http/body_budget.h"
#include "producers/gateway/http/http.h"
#include "producers/gateway/log/confirmations.h"
#include "producers/gateway/log/events.h"
#include "producers/gateway/log/state_reads.h"
#include "producers/gateway/push/newcomers.h"
#include "producers/gateway/routes/player.h"

namespace segue::gateway {

// The parts that all connections share. The network thread's; outlives every connection.
struct Services {
  // Throws io::SettingsError for wrong settings, std::runtime_error where Kafka does not answer.
  Services(asio::io_context& context, const Config& config, io::Metrics& all_metrics,
           io::Traces& traces, const Confirmations::OpenLog& open_log);

  // Where players find this file of the store now; empty: none is sent.
  std::string address_of(std::string_view file) const;

  const GatewayConfig& settings;
  asio::io_context& context;
  io::GatewayMetrics& metrics;
  Tokens tokens;
  std::optional<KeySource> key_source;  // where the tokens' keys are a provider's
  const Pseudonyms pseudonyms;
  const Origins origins;
  RateLimit of_listeners;  // events
  RateLimit of_addresses;  // requests and messages
  RateLimit lists_made;    // events that have a listener's list made
  Connections connections;
  BodyBudget bodies;
  EventReader reader;
  AudioFiles audio;
  const SignedAddresses addresses;  // of its files
  player::HeldCatalog catalogue;
  player::Delivery delivery;
  player::Jobs jobs;
  player::ListedTracks listed;
  std::unordered_set<std::string> stand_ins_sought;  // erased listeners who are still connected
  std::unordered_set<std::string> first_lists;       // listeners whose list is being looked for
  std::unordered_set<std::string> list_seekers;      // those for whom it is done until there is one
  Confirmations confirmations;
  StateReads reads;
  Newcomers newcomers;
};

// The bearer of this token. Where it names a key that is not known, the keys are read again first.
// Refused with a `wait` until any were read: a 401 would make players throw good tokens away.
asio::awaitable<OrRefusal<Player>> admit(Services& services, std::string_view token);

}  // namespace segue::gateway
