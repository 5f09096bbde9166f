#include "core/io/kafka/kafka_security.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "core/io/kafka/kafka_client.h"
#include "core/io/settings/settings.h"
#include "tests/unit/io/says.h"

namespace segue::io {
namespace {

template <class Set>
KafkaConfig with(Set set) {
  KafkaConfig config;
  set(config);
  return config;
}

std::string refusal(const KafkaConfig& config) {
  try {
    check_kafka_settings(config);
  } catch (const SettingsError& wrong) {
    return wrong.what();
  }
  return "";
}

std::string refusal_of(const std::string& properties) {
  return refusal(with([&](KafkaConfig& c) { c.properties = properties; }));
}

// The configuration of a client made with these settings.
std::string in_effect(const KafkaConfig& config, const char* name) {
  KafkaTrouble trouble;
  const KafkaConf conf = kafka_conf(config, trouble, {});
  std::array<char, 256> value{};
  std::size_t size = value.size();
  EXPECT_EQ(rd_kafka_conf_get(conf.get(), name, value.data(), &size), RD_KAFKA_CONF_OK);
  return value.data();
}

// A file that is gone with it.
struct File {
  explicit File(std::string_view text) {
    path = testing::TempDir() + "segue-security-" +
           testing::UnitTest::GetInstance()->current_test_info()->name();
    std::ofstream(path) << text;
  }
  ~File() { std::filesystem::remove(path); }
  std::string path;
};

KafkaConfig logged_in() {
  return with([](KafkaConfig& c) {
    c.tls = true;
    c.sasl_mechanism = "SCRAM-SHA-512";
    c.sasl_user = "recommender";
    c.sasl_password = "canary";
  });
}

TEST(KafkaSecurity, without_settings_nothing_is_encrypted) {
  EXPECT_EQ(refusal({}), "");
  EXPECT_EQ(in_effect({}, "security.protocol"), "plaintext");
}

TEST(KafkaSecurity, tls_and_a_log_in_are_each_on_their_own) {
  KafkaConfig plain = logged_in();
  plain.tls = false;

  EXPECT_EQ(refusal(logged_in()), "");
  EXPECT_EQ(in_effect(with([&](KafkaConfig& c) { c.tls = true; }), "security.protocol"), "ssl");
  EXPECT_EQ(in_effect(plain, "security.protocol"), "sasl_plaintext");
  EXPECT_EQ(in_effect(logged_in(), "security.protocol"), "sasl_ssl");
  EXPECT_EQ(in_effect(logged_in(), "sasl.mechanisms"), "SCRAM-SHA-512");
  EXPECT_EQ(in_effect(logged_in(), "ssl.endpoint.identification.algorithm"), "https");
}

TEST(KafkaSecurity, a_password_never_travels_as_it_is) {
  KafkaConfig plain = logged_in();
  plain.sasl_mechanism = "PLAIN";

  EXPECT_EQ(refusal(plain), "");
  plain.tls = false;

  EXPECT_TRUE(says(refusal(plain), "set kafka.tls"));
}

TEST(KafkaSecurity, half_a_log_in_is_refused) {
  KafkaConfig no_user = logged_in();
  no_user.sasl_user.clear();
  KafkaConfig no_password = logged_in();
  no_password.sasl_password.clear();
  KafkaConfig no_mechanism = logged_in();
  no_mechanism.sasl_mechanism.clear();
  KafkaConfig other = logged_in();
  other.sasl_mechanism = "GSSAPI";

  EXPECT_TRUE(says(refusal(no_user), "kafka.sasl_user"));
  EXPECT_TRUE(says(refusal(no_password), "SEGUE_KAFKA_SASL_PASSWORD_FILE"));
  EXPECT_TRUE(says(refusal(no_mechanism), "no kafka.sasl_mechanism"));
  EXPECT_TRUE(says(refusal(other), "SCRAM-SHA-256"));
  EXPECT_FALSE(says(refusal(no_mechanism), "canary"));
}

TEST(KafkaSecurity, tokens_are_asked_for_by_tls_or_on_this_machine) {
  KafkaConfig tokens = logged_in();
  tokens.tls = true;
  tokens.sasl_mechanism = "OAUTHBEARER";
  const auto at = [&](const char* url) {
    tokens.sasl_token_url = url;
    return refusal(tokens);
  };

  EXPECT_EQ(at("https://id.example:8443/token?realm=a"), "");
  EXPECT_EQ(at("http://127.0.0.1:8080/token"), "");
  EXPECT_TRUE(says(at(""), "kafka.sasl_token_url"));
  EXPECT_TRUE(says(at("http://id.example/token"), "not https://"));
  EXPECT_TRUE(says(at("id.example/token"), "kafka.sasl_token_url"));
  tokens.tls = false;
  EXPECT_TRUE(says(at("https://id.example/token"), "set kafka.tls"));
  tokens.tls = true;
  tokens.sasl_mechanism = "SCRAM-SHA-512";
  EXPECT_TRUE(says(at("https://id.example/token"), "OAUTHBEARER alone"));
}

TEST(KafkaSecurity, a_prefix_is_what_a_topic_may_be_named) {
  const auto of = [](std::string prefix) {
    return refusal(with([&](KafkaConfig& c) { c.prefix = std::move(prefix); }));
  };

  EXPECT_EQ(of("eu-1_b."), "");
  EXPECT_TRUE(says(of("a/b"), "kafka.prefix"));
  EXPECT_TRUE(says(of("{a}"), "kafka.prefix"));
  EXPECT_TRUE(says(of(std::string(65, 'a')), "64 letters"));
}

TEST(KafkaSecurity, files_for_tls_without_tls_are_refused) {
  EXPECT_TRUE(
      says(refusal(with([&](KafkaConfig& c) { c.tls_ca = "/ca.pem"; })), "kafka.tls is false"));
  EXPECT_TRUE(says(refusal(with([&](KafkaConfig& c) {
                     c.tls = true;
                     c.tls_key = "/key.pem";
                   })),
                   "kafka.tls_certificate"));
}

TEST(KafkaSecurity, a_file_that_cannot_be_read_is_named) {
  const std::string missing = refusal(with([&](KafkaConfig& c) {
    c.tls = true;
    c.tls_ca = "/no/such/ca.pem";
  }));
  EXPECT_TRUE(says(missing, "kafka.tls_ca: \"/no/such/ca.pem\" cannot be read")) << missing;
}

TEST(KafkaSecurity, a_file_that_holds_no_certificate_is_refused) {
  const File nonsense("this is no PEM\n");

  const std::string authority = refusal(with([&](KafkaConfig& c) {
    c.tls = true;
    c.tls_ca = nonsense.path;
  }));
  EXPECT_TRUE(says(authority, "kafka.tls_ca")) << authority;

  const std::string ours = refusal(with([&](KafkaConfig& c) {
    c.tls = true;
    c.tls_certificate = nonsense.path;
    c.tls_key = nonsense.path;
  }));
  EXPECT_TRUE(says(ours, "holds no PEM certificate")) << ours;
}

TEST(KafkaSecurity, properties_reach_every_client) {
  const KafkaConfig config = with(
      [](KafkaConfig& c) { c.properties = " socket.timeout.ms = 4321 ; debug=broker,topic;"; });

  EXPECT_EQ(refusal(config), "");
  EXPECT_EQ(in_effect(config, "socket.timeout.ms"), "4321");
  EXPECT_EQ(in_effect(config, "debug"), "broker,topic");
}

TEST(KafkaSecurity, librdkafka_refuses_what_it_does_not_know) {
  EXPECT_TRUE(says(refusal_of("socket.timeout.sm=1"), "socket.timeout.sm"));
  EXPECT_TRUE(says(refusal_of("socket.timeout.ms=soon"), "socket.timeout.ms"));
  EXPECT_TRUE(says(refusal_of("socket.timeout.ms"), "NAME=VALUE"));
  EXPECT_TRUE(says(refusal_of("=1"), "NAME=VALUE"));
}

TEST(KafkaSecurity, a_property_of_the_protocol_is_refused_by_name) {
  for (const std::string name :
       {"acks", "enable.idempotence", "enable.auto.commit", "partition.assignment.strategy",
        "isolation.level", "auto.offset.reset", "partitioner", "request.required.acks"}) {
    EXPECT_TRUE(says(refusal_of(name + "=1"), name + " is fixed")) << name;
  }
}

TEST(KafkaSecurity, a_property_that_is_a_setting_names_the_setting) {
  EXPECT_TRUE(says(refusal_of("bootstrap.servers=b:1"), "kafka.brokers"));
  EXPECT_TRUE(says(refusal_of("group.instance.id=x"), "kafka.instance"));
  EXPECT_TRUE(says(refusal_of("security.protocol=ssl"), "kafka.tls"));
}

TEST(KafkaSecurity, a_secret_among_the_properties_is_not_repeated) {
  for (const std::string name :
       {"sasl.password", "ssl.key.password", "ssl.key.pem", "sasl.oauthbearer.client.secret"}) {
    const std::string why = refusal_of(name + "=canary");
    EXPECT_TRUE(says(why, name + " is a secret")) << why;
    EXPECT_FALSE(says(why, "canary")) << why;
  }
}

TEST(KafkaSecurity, a_property_that_runs_foreign_code_is_refused) {
  EXPECT_TRUE(says(refusal_of("plugin.library.paths=/tmp/x.so"), "is not taken"));
  EXPECT_TRUE(says(refusal_of("enable.ssl.certificate.verification=false"), "is not taken"));
  EXPECT_TRUE(says(refusal_of("ssl.endpoint.identification.algorithm=none"), "is not taken"));
  EXPECT_TRUE(says(refusal_of("delivery.report.only.error=true"), "is fixed"));
}

TEST(KafkaSecurity, an_instance_that_kafka_would_not_take_is_refused) {
  EXPECT_EQ(refusal(with([&](KafkaConfig& c) { c.instance = "host-1.example_org"; })), "");
  EXPECT_TRUE(
      says(refusal(with([&](KafkaConfig& c) { c.instance = "host 1"; })), "kafka.instance"));
  EXPECT_TRUE(says(refusal(with([&](KafkaConfig& c) { c.instance = std::string(241, 'a'); })),
                   "kafka.instance"));
}

TEST(KafkaSecurity, each_denial_has_its_remedy) {
  EXPECT_TRUE(says(std::string(remedy_of(RD_KAFKA_RESP_ERR__AUTHENTICATION, "")), "sasl_user"));
  EXPECT_TRUE(
      says(std::string(remedy_of(RD_KAFKA_RESP_ERR__SSL, "certificate has expired")), "renew"));
  EXPECT_TRUE(says(std::string(remedy_of(RD_KAFKA_RESP_ERR__SSL, "IP address mismatch")),
                   "advertised.listeners"));
  EXPECT_TRUE(says(std::string(remedy_of(RD_KAFKA_RESP_ERR__SSL, "self-signed certificate")),
                   "kafka.tls_ca"));
  EXPECT_TRUE(says(std::string(remedy_of(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "")),
                   "deploy/SECURITY.md"));
  EXPECT_TRUE(says(std::string(remedy_of(RD_KAFKA_RESP_ERR__FATAL, "same group.instance.id")),
                   "kafka.instance"));
  EXPECT_EQ(remedy_of(RD_KAFKA_RESP_ERR__TRANSPORT, "Connection refused"), "");
}

}  // namespace
}  // namespace segue::io
