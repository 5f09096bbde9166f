#pragma once

#include <cstdint>
#include <string>

#include "core/setting.h"

namespace segue {

// Settings of the servers that programs speak to, a part of `Config` (core/config.h).

struct KafkaConfig {
  std::string brokers = "127.0.0.1:9092";
  std::string group;     // empty: the program's own name
  std::string instance;  // empty: no static member
  std::int64_t session_timeout_ms = 10'000;
  std::int64_t linger_ms = 0;
  std::int64_t fetch_wait_ms = 100;
  std::int64_t fetch_bytes_min = 1;
  std::int64_t publish_timeout_ms = 30'000;
  bool tls = false;
  std::string tls_ca;            // PEM file; empty: the system's
  std::string tls_certificate;   // PEM file; empty: none
  std::string tls_key;           // PEM file
  std::string tls_key_password;  // secret
  std::string sasl_mechanism;    // empty: none
  std::string sasl_user;
  std::string sasl_password;  // secret
  std::string sasl_token_url;
  std::string sasl_token_ca;  // PEM file; empty: the system's
  std::string sasl_scope;
  std::string prefix;          // before the names of topics and groups
  std::int64_t begins_at = 0;  // where the logs go on from those before; see segue-admin reshard
  std::string properties;      // "NAME=VALUE;NAME=VALUE"
};

struct RedisConfig {
  std::string address = "127.0.0.1:6379";
  std::string prefix;    // before all keys
  std::string user;      // empty: Redis' default user
  std::string password;  // secret
  bool tls = false;
  std::string tls_ca;            // PEM file; empty: the system's
  std::string tls_certificate;   // PEM file; empty: none
  std::string tls_key;           // PEM file
  std::string tls_key_password;  // secret
  std::string sentinel_master;   // empty: redis.address is Redis itself
  std::string sentinel_user;
  std::string sentinel_password;  // secret
  bool cluster = false;
  std::int64_t timeout_ms = 2'000;
  std::int64_t retry_for_s = 30;
};

// As `visit` in core/config.h, which calls it.
template <class SomeConfig, class F>
void visit_servers(SomeConfig& c, F&& f) {  // NOLINT(readability-function-size): a list
  f("kafka.brokers", c.kafka.brokers, "Comma-separated host:port list.", Bounds{}, Shown::yes);
  f("kafka.group", c.kafka.group, "Consumer group; empty: the program's own name.", Bounds{},
    Shown::yes);
  f("kafka.instance", c.kafka.instance,
    "A name of this process that outlives a restart and is no other's: one that is back within the "
    "session time-out keeps its partitions; empty: partitions move at once when it stops.",
    Bounds{}, Shown::yes);
  f("kafka.session_timeout_ms", c.kafka.session_timeout_ms,
    "After this silence a worker's partitions move to another.", Bounds{1'000, 300'000},
    Shown::yes);
  f("kafka.linger_ms", c.kafka.linger_ms, "How long a record may wait for company.",
    Bounds{0, 1'000}, Shown::yes);
  f("kafka.fetch_wait_ms", c.kafka.fetch_wait_ms,
    "How long the broker may hold an empty fetch (1 to 5 for the in-memory broker).",
    Bounds{1, 10'000}, Shown::yes);
  f("kafka.fetch_bytes_min", c.kafka.fetch_bytes_min,
    "How much the broker gathers before it answers a fetch, for at most that long.",
    Bounds{1, 1'000'000}, Shown::yes);
  f("kafka.publish_timeout_ms", c.kafka.publish_timeout_ms,
    "After this a record without a delivery report is given up and its batch replayed.",
    Bounds{100, 600'000}, Shown::yes);
  f("kafka.tls", c.kafka.tls, "Whether brokers are spoken to by TLS, their host names checked.",
    Bounds{}, Shown::yes);
  f("kafka.tls_ca", c.kafka.tls_ca,
    "PEM file of the authorities that may certify brokers; empty: the system's.", Bounds{},
    Shown::yes);
  f("kafka.tls_certificate", c.kafka.tls_certificate,
    "PEM file with the certificate that brokers see of us; empty: none.", Bounds{}, Shown::yes);
  f("kafka.tls_key", c.kafka.tls_key, "PEM file with that certificate's private key.", Bounds{},
    Shown::yes);
  f("kafka.tls_key_password", c.kafka.tls_key_password,
    "Only from SEGUE_KAFKA_TLS_KEY_PASSWORD or its _FILE, where the key is encrypted.", Bounds{},
    Shown::secret);
  f("kafka.sasl_mechanism", c.kafka.sasl_mechanism,
    "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER; empty: no user logs in.", Bounds{},
    Shown::yes);
  f("kafka.sasl_user", c.kafka.sasl_user,
    "The user who logs in; with OAUTHBEARER the client's id at kafka.sasl_token_url.", Bounds{},
    Shown::yes);
  f("kafka.sasl_password", c.kafka.sasl_password,
    "Only from SEGUE_KAFKA_SASL_PASSWORD or its _FILE; never a flag or file of settings.", Bounds{},
    Shown::secret);
  f("kafka.sasl_token_url", c.kafka.sasl_token_url,
    "OAUTHBEARER: where tokens are had for client credentials, https:// or on loopback http://.",
    Bounds{}, Shown::yes);
  f("kafka.sasl_token_ca", c.kafka.sasl_token_ca,
    "PEM file of the authorities that may certify that; empty: the system's.", Bounds{},
    Shown::yes);
  f("kafka.sasl_scope", c.kafka.sasl_scope, "The scope that tokens are asked for; empty: none.",
    Bounds{}, Shown::yes);
  f("kafka.prefix", c.kafka.prefix,
    "Begins the names of all topics and groups, so that several Segues share brokers.", Bounds{},
    Shown::yes);
  f("kafka.begins_at", c.kafka.begins_at,
    "Added to all offsets: where these logs go on from those before; segue-admin reshard says it.",
    Bounds{0, 1e18}, Shown::yes);
  f("kafka.properties", c.kafka.properties,
    "Other properties of librdkafka, NAME=VALUE, separated by semicolons; those that the protocol "
    "fixes, secrets and those that are settings are refused.",
    Bounds{}, Shown::yes);
  f("redis.address", c.redis.address,
    "HOST:PORT or unix:/path/to/socket; sentinels and nodes of a cluster separated by commas.",
    Bounds{}, Shown::yes);
  f("redis.prefix", c.redis.prefix, "Begins all keys, so that several Segues share a Redis.",
    Bounds{}, Shown::yes);
  f("redis.user", c.redis.user, "The ACL user who logs in; empty: the default user.", Bounds{},
    Shown::yes);
  f("redis.password", c.redis.password,
    "Only from SEGUE_REDIS_PASSWORD or its _FILE; never a flag or file of settings.", Bounds{},
    Shown::secret);
  f("redis.tls", c.redis.tls, "Whether Redis is spoken to by TLS, its host name checked.", Bounds{},
    Shown::yes);
  f("redis.tls_ca", c.redis.tls_ca,
    "PEM file of the authorities that may certify Redis; empty: the system's.", Bounds{},
    Shown::yes);
  f("redis.tls_certificate", c.redis.tls_certificate,
    "PEM file with the certificate that Redis sees of us; empty: none.", Bounds{}, Shown::yes);
  f("redis.tls_key", c.redis.tls_key, "PEM file with that certificate's private key.", Bounds{},
    Shown::yes);
  f("redis.tls_key_password", c.redis.tls_key_password,
    "Only from SEGUE_REDIS_TLS_KEY_PASSWORD or its _FILE, where the key is encrypted.", Bounds{},
    Shown::secret);
  f("redis.sentinel_master", c.redis.sentinel_master,
    "The name under which the sentinels at redis.address know the master; empty: none are asked.",
    Bounds{}, Shown::yes);
  f("redis.sentinel_user", c.redis.sentinel_user,
    "The ACL user who logs in to the sentinels; empty: their default user.", Bounds{}, Shown::yes);
  f("redis.sentinel_password", c.redis.sentinel_password,
    "Only from SEGUE_REDIS_SENTINEL_PASSWORD or its _FILE, where the sentinels want one.", Bounds{},
    Shown::secret);
  f("redis.cluster", c.redis.cluster,
    "Whether redis.address names nodes of a Redis Cluster, of which one that answers is enough.",
    Bounds{}, Shown::yes);
  f("redis.timeout_ms", c.redis.timeout_ms, "After this a reply counts as lost.",
    Bounds{10, 60'000}, Shown::yes);
  f("redis.retry_for_s", c.redis.retry_for_s,
    "How long a worker waits for Redis before it stops and is started again.", Bounds{1, 3'600},
    Shown::yes);
}

}  // namespace segue
