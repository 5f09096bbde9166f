#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

#include "core/config.h"

// How Segue and Redis prove to each other who they are. For core/io/redis; programs only check
// their settings.
namespace segue::io {

struct TlsContextFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using TlsContext = std::unique_ptr<SSL_CTX, TlsContextFree>;

// The authorities, certificate and key of the settings, TLS 1.2 or later, the peer verified. None:
// `why` names the setting.
TlsContext tls_context(const RedisConfig& config, std::string& why);

// The last error that OpenSSL queued, in its words; the queue is empty afterwards.
std::string tls_error();

// The remedy for an error of TLS.
std::string_view remedy_of_redis_tls(std::string_view error);

// Throws SettingsError, in one line without a secret, for settings of Redis that contradict each
// other and for files that cannot be read or used. Opens no connection.
void check_redis_settings(const RedisConfig& config);

}  // namespace segue::io
