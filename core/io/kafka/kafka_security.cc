#include "core/io/kafka/kafka_security.h"

#include <algorithm>
#include <array>

#include "core/io/kafka/kafka_client.h"
#include "core/io/kafka/kafka_token.h"
#include "core/io/log.h"
#include "core/io/settings/settings.h"
#include "core/io/settings/tls_files.h"

namespace segue::io {
namespace {

enum class Why : std::uint8_t {
  setting,   // has a setting of its own
  protocol,  // what Segue guarantees rests on it, or its clients choose it
  secret,    // must not stand in settings that are shown
  unsafe,    // runs code, or gives up what TLS is for
};
struct Refused {
  std::string_view name;
  Why why;
  std::string_view instead = {};  // of `setting`
};

// Names and aliases, in the order of their reasons.
constexpr std::array kRefused = {
    Refused{"bootstrap.servers", Why::setting, "kafka.brokers"},
    Refused{"metadata.broker.list", Why::setting, "kafka.brokers"},
    Refused{"group.id", Why::setting, "kafka.group"},
    Refused{"group.instance.id", Why::setting, "kafka.instance"},
    Refused{"session.timeout.ms", Why::setting, "kafka.session_timeout_ms"},
    Refused{"linger.ms", Why::setting, "kafka.linger_ms"},
    Refused{"queue.buffering.max.ms", Why::setting, "kafka.linger_ms"},
    Refused{"fetch.wait.max.ms", Why::setting, "kafka.fetch_wait_ms"},
    Refused{"fetch.min.bytes", Why::setting, "kafka.fetch_bytes_min"},
    Refused{"message.timeout.ms", Why::setting, "kafka.publish_timeout_ms"},
    Refused{"delivery.timeout.ms", Why::setting, "kafka.publish_timeout_ms"},
    Refused{"security.protocol", Why::setting, "kafka.tls and kafka.sasl_mechanism"},
    Refused{"ssl.ca.location", Why::setting, "kafka.tls_ca"},
    Refused{"ssl.certificate.location", Why::setting, "kafka.tls_certificate"},
    Refused{"ssl.key.location", Why::setting, "kafka.tls_key"},
    Refused{"sasl.mechanism", Why::setting, "kafka.sasl_mechanism"},
    Refused{"sasl.mechanisms", Why::setting, "kafka.sasl_mechanism"},
    Refused{"sasl.username", Why::setting, "kafka.sasl_user"},
    Refused{"sasl.password", Why::secret, "SEGUE_KAFKA_SASL_PASSWORD"},
    Refused{"ssl.key.password", Why::secret, "SEGUE_KAFKA_TLS_KEY_PASSWORD"},
    Refused{"ssl.key.pem", Why::secret, "kafka.tls_key"},
    Refused{"ssl.keystore.password", Why::secret, "kafka.tls_key"},
    Refused{"sasl.oauthbearer.config", Why::secret},
    Refused{"sasl.oauthbearer.client.secret", Why::secret},
    Refused{"acks", Why::protocol},
    Refused{"request.required.acks", Why::protocol},
    Refused{"request.timeout.ms", Why::protocol},
    Refused{"enable.idempotence", Why::protocol},
    Refused{"transactional.id", Why::protocol},
    Refused{"partitioner", Why::protocol},
    Refused{"compression.codec", Why::protocol},
    Refused{"compression.type", Why::protocol},
    Refused{"message.max.bytes", Why::protocol},
    Refused{"max.in.flight", Why::protocol},
    Refused{"max.in.flight.requests.per.connection", Why::protocol},
    Refused{"topic.metadata.propagation.max.ms", Why::protocol},
    Refused{"queue.buffering.max.messages", Why::protocol},
    Refused{"queue.buffering.max.kbytes", Why::protocol},
    Refused{"partition.assignment.strategy", Why::protocol},
    Refused{"heartbeat.interval.ms", Why::protocol},
    Refused{"max.poll.interval.ms", Why::protocol},
    Refused{"enable.auto.commit", Why::protocol},
    Refused{"auto.commit.enable", Why::protocol},
    Refused{"enable.auto.offset.store", Why::protocol},
    Refused{"auto.offset.reset", Why::protocol},
    Refused{"isolation.level", Why::protocol},
    Refused{"enable.partition.eof", Why::protocol},
    Refused{"check.crcs", Why::protocol},
    Refused{"fetch.error.backoff.ms", Why::protocol},
    Refused{"fetch.message.max.bytes", Why::protocol},
    Refused{"max.partition.fetch.bytes", Why::protocol},
    Refused{"queued.min.messages", Why::protocol},
    Refused{"queued.max.messages.kbytes", Why::protocol},
    Refused{"allow.auto.create.topics", Why::protocol},
    Refused{"delivery.report.only.error", Why::protocol},
    Refused{"enable.ssl.certificate.verification", Why::unsafe},
    Refused{"ssl.endpoint.identification.algorithm", Why::unsafe},
    Refused{"ssl.providers", Why::unsafe},
    Refused{"ssl.engine.id", Why::unsafe},
    Refused{"plugin.library.paths", Why::unsafe},
    Refused{"ssl.engine.location", Why::unsafe},
    Refused{"sasl.kerberos.kinit.cmd", Why::unsafe},
};

constexpr std::array<std::string_view, 4> kMechanisms = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512",
                                                         kOauthBearer};
constexpr std::size_t kInstanceBytesMax = 240;  // a thread's number follows; Kafka takes 249

[[noreturn]] void refuse(const std::string& why) { throw SettingsError(why); }

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// Never the value: it may be a secret that stands where it should not.
void must_be_free(std::string_view name) {
  const auto* const found = std::ranges::find(kRefused, name, &Refused::name);
  if (found == kRefused.end()) return;
  const std::string begins = "kafka.properties: " + std::string(name);
  const std::string instead(found->instead);
  switch (found->why) {
    case Why::setting:
      refuse(begins + " is a setting of its own: " + instead);
    case Why::protocol:
      refuse(begins + " is fixed: Segue's clients set it as its protocol needs it");
    case Why::secret:
      refuse(begins + " is a secret and is not given here" +
             (instead.empty() ? "" : "; give " + instead));
    case Why::unsafe:
      refuse(begins + " is not taken: it runs foreign code or gives up what TLS is for");
  }
}

void check_sasl(const KafkaConfig& config) {
  const bool any = !config.sasl_user.empty() || !config.sasl_password.empty();
  if (config.sasl_mechanism.empty()) {
    if (any) refuse("a user or password for Kafka is given, but no kafka.sasl_mechanism");
    return;
  }
  if (std::ranges::find(kMechanisms, config.sasl_mechanism) == kMechanisms.end()) {
    refuse("kafka.sasl_mechanism must be PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER; \"" +
           config.sasl_mechanism + "\" was given");
  }
  if (config.sasl_mechanism == "PLAIN" && !config.tls) {
    refuse("kafka.sasl_mechanism PLAIN sends the password as it is: set kafka.tls");
  }
  if (config.sasl_mechanism == kOauthBearer) {
    check_token_settings(config);
  } else if (!config.sasl_token_url.empty()) {
    refuse("kafka.sasl_token_url is for kafka.sasl_mechanism OAUTHBEARER alone");
  }
  if (config.sasl_user.empty()) refuse("kafka.sasl_mechanism is given, but no kafka.sasl_user");
  if (config.sasl_password.empty()) {
    refuse("kafka.sasl_mechanism is given, but no password: set SEGUE_KAFKA_SASL_PASSWORD_FILE");
  }
}

void check_instance(const std::string& instance) {
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  if (instance.size() <= kInstanceBytesMax && std::ranges::all_of(instance, is_good)) return;
  refuse("kafka.instance must be at most " + std::to_string(kInstanceBytesMax) +
         " letters, digits, dots, dashes and underscores");
}

// librdkafka's own word on one property.
void must_be_known(const std::string& name, const std::string& value) {
  const KafkaConf conf(rd_kafka_conf_new());
  std::array<char, 512> text{};
  const auto found =
      rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), text.data(), text.size());
  if (found == RD_KAFKA_CONF_OK) return;
  refuse("kafka.properties: " + std::string(text.data()));
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string_view remedy_of_tls(std::string_view detail) {
  if (has(detail, "expired") || has(detail, "not yet valid")) {
    return "A certificate has expired or is not valid yet: renew it, and check the clocks.";
  }
  if (has(detail, "ostname mismatch") || has(detail, "address mismatch")) {
    return "The broker's certificate names other hosts: kafka.brokers and the broker's "
           "advertised.listeners must say a name that it certifies.";
  }
  if (has(detail, "verify failed") || has(detail, "could not be verified") ||
      has(detail, "self-signed") || has(detail, "issuer")) {
    return "The broker's certificate is not trusted: kafka.tls_ca must hold the authority that "
           "issued it.";
  }
  return "Check kafka.tls_ca, kafka.tls_certificate and kafka.tls_key, and that the port is one "
         "for TLS.";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> kafka_properties(const std::string& text) {
  std::vector<std::pair<std::string, std::string>> properties;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto end = rest.find(';');
    const std::string_view one = trimmed(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    if (one.empty()) continue;
    const auto equals = one.find('=');
    const std::string_view name = trimmed(one.substr(0, equals));
    if (equals == std::string_view::npos || name.empty()) {
      refuse("kafka.properties must be NAME=VALUE, separated by semicolons");
    }
    must_be_free(name);
    properties.emplace_back(name, trimmed(one.substr(equals + 1)));
  }
  return properties;
}

void secure(rd_kafka_conf_t* conf, const KafkaConfig& config) {
  const bool sasl = !config.sasl_mechanism.empty();
  const char* const protocol =
      config.tls ? (sasl ? "sasl_ssl" : "ssl") : (sasl ? "sasl_plaintext" : "plaintext");
  kafka_set(conf, {{"security.protocol", protocol}});
  if (config.tls) kafka_set(conf, {{"ssl.endpoint.identification.algorithm", "https"}});
  const auto set_if_given = [conf](const char* name, const std::string& value) {
    if (!value.empty()) kafka_set(conf, {{name, value}});
  };
  set_if_given("ssl.ca.location", config.tls_ca);
  set_if_given("ssl.certificate.location", config.tls_certificate);
  set_if_given("ssl.key.location", config.tls_key);
  set_if_given("ssl.key.password", config.tls_key_password);
  set_if_given("sasl.mechanism", config.sasl_mechanism);
  if (config.sasl_mechanism != kOauthBearer) {
    set_if_given("sasl.username", config.sasl_user);
    set_if_given("sasl.password", config.sasl_password);
  }
  for (const auto& [name, value] : kafka_properties(config.properties)) {
    kafka_set(conf, {{name.c_str(), value}});
  }
}

void check_kafka_settings(const KafkaConfig& config) {
  check_prefix("kafka.prefix", config.prefix);
  check_instance(config.instance);
  check_tls_files({.section = "kafka",
                   .tls = config.tls,
                   .ca = config.tls_ca,
                   .certificate = config.tls_certificate,
                   .key = config.tls_key,
                   .key_password = config.tls_key_password});
  check_sasl(config);
  for (const auto& [name, value] : kafka_properties(config.properties)) must_be_known(name, value);
  if (!config.tls && config.sasl_mechanism.empty() && config.properties.empty()) return;
  // librdkafka reads certificates and keys when a client begins; this one knows no broker.
  try {
    KafkaTrouble trouble;
    KafkaConfig silent = config;
    if (silent.sasl_mechanism == kOauthBearer) silent.sasl_mechanism.clear();  // asks for no token
    kafka_client(RD_KAFKA_PRODUCER, kafka_conf(silent, trouble, {{"bootstrap.servers", ""}}));
  } catch (const std::runtime_error& wrong) {
    refuse(std::string(wrong.what()) +
           "; check kafka.tls_ca, kafka.tls_certificate, kafka.tls_key and its password");
  }
}

std::string_view remedy_of(rd_kafka_resp_err_t error, std::string_view detail) {
  switch (error) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
      return has(detail, kTokenFailure)
                 ? "Check kafka.sasl_token_url, kafka.sasl_user and SEGUE_KAFKA_SASL_PASSWORD."
                 : "Check kafka.sasl_mechanism, kafka.sasl_user and SEGUE_KAFKA_SASL_PASSWORD.";
    case RD_KAFKA_RESP_ERR__SSL:
      return remedy_of_tls(detail);
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return "Give kafka.sasl_user the rights that deploy/SECURITY.md lists.";
    default:
      break;
  }
  if (has(detail, "group.instance.id")) return "Another process has the same kafka.instance.";
  if (has(detail, "security.protocol")) return "Check kafka.tls: does the port speak TLS?";
  return {};
}

}  // namespace segue::io
