#include <gtest/gtest.h>

#include <functional>

#include "core/io/redis/redis_address.h"
#include "core/io/redis/redis_tls.h"
#include "core/io/settings/settings.h"
#include "tests/unit/io/says.h"

namespace segue::io {
namespace {

std::string refusal(const std::function<void(RedisConfig&)>& set) {
  RedisConfig config;
  set(config);
  try {
    check_redis_settings(config);
  } catch (const SettingsError& wrong) {
    return wrong.what();
  }
  return "";
}

TEST(RedisSettings, addresses_are_taken_apart) {
  const auto addresses = redis_addresses("redis:6379,10.0.0.1:7000,[::1]:7001,unix:/run/redis");

  ASSERT_EQ(addresses.size(), 4U);
  EXPECT_EQ(addresses[0].host, "redis");
  EXPECT_EQ(addresses[2].host, "::1");
  EXPECT_EQ(addresses[2].text(), "[::1]:7001");
  EXPECT_TRUE(addresses[3].is_unix());
  EXPECT_EQ(addresses[3].text(), "unix:/run/redis");
}

TEST(RedisSettings, an_address_that_is_none_is_named) {
  for (const char* text : {"", "nowhere", "a:1,", ",a:1", "a:1,b", "a:70000", "a:-1", "a:1x"}) {
    const std::string line = refusal([&](RedisConfig& c) { c.address = text; });
    EXPECT_TRUE(says(line, "redis.address")) << text;
  }
}

TEST(RedisSettings, several_addresses_need_a_cluster_or_sentinels) {
  const auto several = [](RedisConfig& c) { c.address = "a:1,b:2"; };
  const std::string line = refusal(several);

  EXPECT_TRUE(says(line, "redis.cluster") && says(line, "redis.sentinel_master")) << line;
  EXPECT_EQ(refusal([&](RedisConfig& c) { several(c), c.cluster = true; }), "");
  EXPECT_EQ(refusal([&](RedisConfig& c) { several(c), c.sentinel_master = "m"; }), "");
}

TEST(RedisSettings, a_cluster_with_sentinels_is_refused) {
  const std::string line = refusal([](RedisConfig& c) {
    c.cluster = true;
    c.sentinel_master = "m";
  });
  EXPECT_TRUE(says(line, "redis.sentinel_master")) << line;
}

TEST(RedisSettings, a_unix_socket_goes_with_no_tls_cluster_or_sentinel) {
  for (const auto& set : std::initializer_list<std::function<void(RedisConfig&)>>{
           [](RedisConfig& c) { c.tls = true; }, [](RedisConfig& c) { c.cluster = true; },
           [](RedisConfig& c) { c.sentinel_master = "m"; }}) {
    const std::string line = refusal([&](RedisConfig& c) {
      c.address = "unix:/run/redis";
      set(c);
    });
    EXPECT_TRUE(says(line, "Unix socket")) << line;
  }
}

TEST(RedisSettings, a_user_needs_a_password) {
  EXPECT_TRUE(says(refusal([](RedisConfig& c) { c.user = "u"; }), "SEGUE_REDIS_PASSWORD_FILE"));
  EXPECT_TRUE(says(refusal([](RedisConfig& c) {
                     c.sentinel_master = "m";
                     c.sentinel_user = "u";
                   }),
                   "SEGUE_REDIS_SENTINEL_PASSWORD_FILE"));
  EXPECT_TRUE(says(refusal([](RedisConfig& c) { c.sentinel_password = "canary"; }),
                   "redis.sentinel_master"));
  EXPECT_FALSE(says(refusal([](RedisConfig& c) { c.sentinel_password = "canary"; }), "canary"));
}

TEST(RedisSettings, files_for_tls_are_checked_before_a_connection) {
  EXPECT_TRUE(says(refusal([](RedisConfig& c) { c.tls_ca = "/ca.pem"; }), "redis.tls is false"));
  EXPECT_TRUE(says(refusal([](RedisConfig& c) {
                     c.tls = true;
                     c.tls_ca = "/no/such/ca.pem";
                   }),
                   "redis.tls_ca: \"/no/such/ca.pem\" cannot be read"));
  EXPECT_TRUE(says(refusal([](RedisConfig& c) {
                     c.tls = true;
                     c.tls_certificate = "/etc/hostname";
                   }),
                   "redis.tls_certificate and redis.tls_key"));
  EXPECT_TRUE(says(refusal([](RedisConfig& c) {
                     c.tls = true;
                     c.tls_ca = "/etc/hostname";
                   }),
                   "redis.tls_ca cannot be used"));
}

TEST(RedisSettings, each_error_of_tls_has_its_remedy) {
  EXPECT_TRUE(says(std::string(remedy_of_redis_tls("certificate has expired")), "renew"));
  EXPECT_TRUE(says(std::string(remedy_of_redis_tls("Hostname mismatch")), "announce"));
  EXPECT_TRUE(says(std::string(remedy_of_redis_tls("IP address mismatch")), "announce"));
  EXPECT_TRUE(says(std::string(remedy_of_redis_tls("wrong version number")), "redis.tls:"));
  EXPECT_TRUE(says(std::string(remedy_of_redis_tls("tlsv13 alert certificate required")),
                   "redis.tls_certificate"));
  EXPECT_TRUE(says(std::string(remedy_of_redis_tls("unable to get local issuer certificate")),
                   "redis.tls_ca"));
}

}  // namespace
}  // namespace segue::io
