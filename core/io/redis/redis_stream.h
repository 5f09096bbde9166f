#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/config.h"
#include "core/io/redis/redis_address.h"

namespace segue::io {

// Why Redis did not take a command, for a person: what happened, and where it is known the remedy.
struct RedisTrouble {
  std::string what;
  // Not that it is away, but that it and we do not agree on who we are: password, rights, TLS.
  bool refused = false;
};

// The bytes of one connection to a Redis, plain or by TLS; they end together. Each wait is at most
// redis.timeout_ms. One thread.
class RedisStream {
 public:
  // Connects, and with redis.tls shakes hands and checks the host's name; files are read each time,
  // so that a renewed certificate is used by the next connection. None: `trouble` says why.
  static std::unique_ptr<RedisStream> connect(const RedisConfig& config,
                                              const RedisAddress& address, RedisTrouble& trouble);
  ~RedisStream();
  RedisStream(const RedisStream&) = delete;
  RedisStream& operator=(const RedisStream&) = delete;

  // All of it, or false: `trouble` says why, and the stream is of no more use.
  bool write(std::string_view bytes, RedisTrouble& trouble);
  // The bytes that came, until the next call; empty: as `write`.
  std::string_view read(RedisTrouble& trouble);

 private:
  struct SslFree {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  explicit RedisStream(int socket) : socket_(socket) {}
  bool encrypt(const RedisConfig& config, const RedisAddress& address, RedisTrouble& trouble);
  void explain(int result, RedisTrouble& trouble) const;

  const int socket_;
  std::unique_ptr<SSL, SslFree> ssl_;  // none: plain
  std::string buffer_;
};

}  // namespace segue::io
