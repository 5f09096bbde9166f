#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "core/config.h"
#include "core/io/kafka/kafka_client.h"

// Log-in by OAUTHBEARER: a token for client credentials (RFC 6749, section 4.4), renewed before it
// ends. Debian's librdkafka can present tokens, but was built without what fetches them.
namespace segue::io {

inline constexpr std::string_view kOauthBearer = "OAUTHBEARER";
// Begins what is said when there is no token.
inline constexpr std::string_view kTokenFailure = "no token from kafka.sasl_token_url";

struct KafkaToken {
  std::string value;
  std::int64_t lasts_s = 0;
};

// Asks kafka.sasl_token_url for one, in twenty seconds at the latest, or as late as the system's
// resolver answers. Throws std::runtime_error with the reason, which holds no secret.
KafkaToken fetch_token(const KafkaConfig& config);

// Throws SettingsError for an address that tokens are not asked from, and for authorities that
// cannot be read.
void check_token_settings(const KafkaConfig& config);

// Makes clients of this configuration ask for tokens when librdkafka wants one. `trouble` keeps a
// copy of the settings.
void bring_tokens(rd_kafka_conf_t* conf, const KafkaConfig& config, KafkaTrouble& trouble);
// Has a client with such a configuration do so on a thread of its own, also while a caller waits
// for the client. Nothing happens to any other client. Throws std::runtime_error.
void serve_tokens(rd_kafka_t* client);

}  // namespace segue::io
