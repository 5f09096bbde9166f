#include "core/io/redis/redis_tls.h"

#include <openssl/err.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "core/io/redis/redis_address.h"
#include "core/io/settings/settings.h"
#include "core/io/settings/tls_files.h"

namespace segue::io {
namespace {

[[noreturn]] void refuse(const std::string& why) { throw SettingsError(why); }

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// OpenSSL would ask the terminal for a password that it is not given.
int give_password(char* into, int size, int, void* given) {
  const auto& password = *static_cast<const std::string*>(given);
  if (static_cast<std::size_t>(size) < password.size()) return 0;
  std::ranges::copy(password, into);
  return static_cast<int>(password.size());
}

bool use_authorities(SSL_CTX* context, const RedisConfig& config) {
  if (config.tls_ca.empty()) return SSL_CTX_set_default_verify_paths(context) == 1;
  return SSL_CTX_load_verify_locations(context, config.tls_ca.c_str(), nullptr) == 1;
}

// Empty, or the setting that cannot be used.
std::string_view use_certificate(SSL_CTX* context, const RedisConfig& config) {
  if (config.tls_certificate.empty()) return {};
  SSL_CTX_set_default_passwd_cb(context, &give_password);
  SSL_CTX_set_default_passwd_cb_userdata(context,
                                         const_cast<std::string*>(&config.tls_key_password));
  if (SSL_CTX_use_certificate_chain_file(context, config.tls_certificate.c_str()) != 1) {
    return "redis.tls_certificate";
  }
  if (SSL_CTX_use_PrivateKey_file(context, config.tls_key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return "redis.tls_key or its password";
  }
  return {};
}

std::vector<RedisAddress> addresses_of(const RedisConfig& config) {
  try {
    return redis_addresses(config.address);
  } catch (const std::runtime_error& wrong) {
    std::string line = wrong.what();
    line.pop_back();  // what reports a wrong setting ends the sentence
    refuse(line);
  }
}

void check_addresses(const RedisConfig& config) {
  const std::vector<RedisAddress> addresses = addresses_of(config);
  const bool sentinel = !config.sentinel_master.empty();
  if (config.cluster && sentinel) {
    refuse("redis.cluster and redis.sentinel_master are both given: a cluster has no sentinels");
  }
  if (addresses.size() > 1 && !config.cluster && !sentinel) {
    refuse(
        "redis.address names several: set redis.cluster, or redis.sentinel_master where they are "
        "sentinels");
  }
  const bool socket = std::ranges::any_of(addresses, &RedisAddress::is_unix);
  if (socket && (config.tls || config.cluster || sentinel)) {
    refuse("redis.address is a Unix socket, which goes with no TLS, cluster or sentinel");
  }
}

void check_users(const RedisConfig& config) {
  if (!config.user.empty() && config.password.empty()) {
    refuse("redis.user is given, but no password: set SEGUE_REDIS_PASSWORD_FILE");
  }
  const bool any = !config.sentinel_user.empty() || !config.sentinel_password.empty();
  if (any && config.sentinel_master.empty()) {
    refuse("a user or password for sentinels is given, but no redis.sentinel_master");
  }
  if (!config.sentinel_user.empty() && config.sentinel_password.empty()) {
    refuse("redis.sentinel_user is given, but no password: set SEGUE_REDIS_SENTINEL_PASSWORD_FILE");
  }
}

}  // namespace

TlsContext tls_context(const RedisConfig& config, std::string& why) {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(TLS_client_method()));
  if (!context) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  std::string_view wrong;
  if (!use_authorities(context.get(), config)) wrong = "redis.tls_ca";
  if (wrong.empty()) wrong = use_certificate(context.get(), config);
  if (wrong.empty()) return context;
  why = std::string(wrong) + " cannot be used (" + tls_error() + ")";
  return nullptr;
}

std::string tls_error() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "the connection was closed" : reason;
}

std::string_view remedy_of_redis_tls(std::string_view error) {
  if (has(error, "alert")) {  // the other side's word on us
    return "Redis does not take our certificate: check redis.tls_certificate and redis.tls_key.";
  }
  if (has(error, "expired") || has(error, "not yet valid")) {
    return "Its certificate has expired or is not valid yet: renew it, and check the clocks.";
  }
  if (has(error, "ostname mismatch") || has(error, "address mismatch")) {
    return "Its certificate names other hosts: redis.address, and what cluster nodes and sentinels "
           "announce, must be a name that it certifies.";
  }
  if (has(error, "wrong version") || has(error, "closed") || has(error, "unexpected eof")) {
    return "Check redis.tls: does the port speak TLS?";
  }
  return "Its certificate is not trusted: redis.tls_ca must hold the authority that issued it.";
}

void check_redis_settings(const RedisConfig& config) {
  check_prefix("redis.prefix", config.prefix);
  check_addresses(config);
  check_users(config);
  check_tls_files({.section = "redis",
                   .tls = config.tls,
                   .ca = config.tls_ca,
                   .certificate = config.tls_certificate,
                   .key = config.tls_key,
                   .key_password = config.tls_key_password});
  if (!config.tls) return;
  std::string why;
  if (!tls_context(config, why)) refuse(why);
}

}  // namespace segue::io
