#include "producers/gateway/access/origins.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace segue::gateway {
namespace {

TEST(Origins, only_who_is_on_the_list_and_the_own_page) {
  const Origins origins("https://player.example, http://localhost:3000", {.tls = true});

  EXPECT_TRUE(origins.allows("https://player.example", "gateway.example"));
  EXPECT_TRUE(origins.allows("http://localhost:3000", "gateway.example"));
  EXPECT_TRUE(origins.allows("https://gateway.example", "gateway.example"));
  EXPECT_FALSE(origins.allows("https://evil.example", "gateway.example"));
  EXPECT_FALSE(origins.allows("https://player.example.evil.example", "gateway.example"));
  EXPECT_FALSE(origins.allows("http://player.example", "gateway.example"));
  EXPECT_FALSE(origins.allows("null", "gateway.example"));
  EXPECT_FALSE(origins.allows("", ""));
}

TEST(Origins, a_schemes_own_port_is_as_good_as_none) {
  const Origins plain("https://player.example:443", {.tls = false});

  EXPECT_TRUE(plain.allows("https://player.example", "x"));
  EXPECT_TRUE(plain.allows("http://x:80", "x"));
  EXPECT_TRUE(plain.allows("http://x", "x:80"));
  EXPECT_FALSE(plain.allows("http://x:443", "x"));
  EXPECT_FALSE(plain.allows("http://x", "x:443"));
  EXPECT_FALSE(plain.allows("app://x:80", "x"));
}

TEST(Origins, the_own_page_has_the_gateways_scheme) {
  const Origins secure("", {.tls = true});
  const Origins plain("", {.tls = false});

  EXPECT_FALSE(secure.allows("http://gateway.example", "gateway.example"));
  EXPECT_TRUE(plain.allows("http://gateway.example", "gateway.example"));
  EXPECT_FALSE(plain.allows("https://gateway.example", "gateway.example"));
}

TEST(Origins, on_a_developers_machine_all_of_the_loopback) {
  const Origins origins("", {.tls = true, .loopback_too = true});

  EXPECT_TRUE(origins.allows("http://localhost:3000", "127.0.0.1:8080"));
  EXPECT_TRUE(origins.allows("http://127.0.0.1:5173", "127.0.0.1:8080"));
  EXPECT_TRUE(origins.allows("http://[::1]:80", "127.0.0.1:8080"));
  EXPECT_TRUE(origins.allows("http://localhost", "127.0.0.1:8080"));
  EXPECT_FALSE(origins.allows("http://localhost.evil.example", "127.0.0.1:8080"));
  EXPECT_FALSE(origins.allows("http://127.0.0.12:5173", "127.0.0.1:8080"));
  EXPECT_FALSE(origins.allows("null", "127.0.0.1:8080"));
}

TEST(Origins, what_is_no_origin_is_refused_at_the_start) {
  EXPECT_THROW(Origins("player.example", {}), std::invalid_argument);
  EXPECT_THROW(Origins("https://*.example", {}), std::invalid_argument);
  EXPECT_THROW(Origins("https://player.example/", {}), std::invalid_argument);
  EXPECT_NO_THROW(Origins("", {}));
}

TEST(Origins, names_are_compared_whole) {
  const Origins dev("https://player.example", {.tls = false, .loopback_too = true});

  for (const char* origin :
       {"http://localhost.evil.example", "http://localhost:80.evil.example",
        "http://localhost:", "http://127.0.0.1.evil.example", "http://127.0.0.1@evil.example",
        "http://127.0.0.1:80@evil.example", "http://[::1].evil.example", "http://[::1]x",
        "http://localhost:123456", "http://localhost/", "http://localhost evil.example", "null",
        "https://player.example.evil.example", "https://player.example:444", "ftp://localhost",
        "file://localhost"}) {
    EXPECT_FALSE(dev.allows(origin, "segue.example")) << origin;
  }
  EXPECT_TRUE(dev.allows("http://LOCALHOST:3000", "segue.example"));
  EXPECT_TRUE(dev.allows("https://Player.Example:443", "segue.example"));
}

TEST(Origins, apps_and_extensions_are_listed_by_their_own_schemes) {
  const Origins origins(
      "chrome-extension://abcdefghijklmnopabcdefghijklmnop, moz-extension://6f1c-22, "
      "capacitor://localhost,tauri://localhost",
      {});

  EXPECT_TRUE(origins.allows("chrome-extension://abcdefghijklmnopabcdefghijklmnop", ""));
  EXPECT_TRUE(origins.allows("capacitor://localhost", ""));
  EXPECT_FALSE(origins.allows("chrome-extension://another", ""));
  EXPECT_FALSE(origins.allows("ionic://localhost", ""));
}

TEST(Origins, an_origin_that_names_no_site_cannot_be_listed) {
  for (const char* list : {"null", "*", "file://localhost", "https://", "data:text/html,x",
                           "https://user@player.example", "https://player.example/path"}) {
    EXPECT_THROW(Origins(list, {}), std::invalid_argument) << list;
  }
}

}  // namespace
}  // namespace segue::gateway
