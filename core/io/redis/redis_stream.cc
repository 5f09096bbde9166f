#include "core/io/redis/redis_stream.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "core/io/redis/redis_tls.h"

namespace segue::io {
namespace {

constexpr std::size_t kReadBytes = 16 * 1'024;
// As hiredis has it: a peer that vanished without a word is noticed where nothing is sent either.
constexpr int kKeepAliveS = 15;

std::string error_text(int error) {
  if (error == EAGAIN || error == EWOULDBLOCK || error == EINPROGRESS) {
    return "no answer within redis.timeout_ms";
  }
  std::array<char, 128> text{};
  return strerror_r(error, text.data(), text.size());
}

// OpenSSL writes without MSG_NOSIGNAL: a connection that Redis closed would end the process.
void ignore_broken_pipes() {
  struct sigaction current {};
  if (sigaction(SIGPIPE, nullptr, &current) != 0 || current.sa_handler != SIG_DFL) return;
  signal(SIGPIPE, SIG_IGN);
}

void set_flag(int socket, int level, int name, int value) {
  setsockopt(socket, level, name, &value, sizeof value);
}

void bound_waits(int socket, std::int64_t milliseconds) {
  const timeval span{.tv_sec = milliseconds / 1'000, .tv_usec = (milliseconds % 1'000) * 1'000};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &span, sizeof span);
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &span, sizeof span);
}

// With SO_SNDTIMEO a connect waits no longer than that, and fails with EINPROGRESS.
int connected(int family, const sockaddr* address, socklen_t size, std::int64_t milliseconds) {
  const int socket = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return -1;
  bound_waits(socket, milliseconds);
  if (::connect(socket, address, size) == 0) return socket;
  const int error = errno;
  close(socket);
  errno = error;
  return -1;
}

int connect_unix(const std::string& path, std::int64_t milliseconds) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  path.copy(static_cast<char*>(address.sun_path), path.size());
  return connected(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address,
                   milliseconds);
}

int connect_tcp(const RedisAddress& address, std::int64_t milliseconds, std::string& why) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(address.port);
  if (const int wrong = getaddrinfo(address.host.c_str(), port.c_str(), &hints, &found);
      wrong != 0) {
    why = gai_strerror(wrong);
    return -1;
  }
  int socket = -1;
  for (const addrinfo* one = found; one != nullptr && socket < 0; one = one->ai_next) {
    socket = connected(one->ai_family, one->ai_addr, one->ai_addrlen, milliseconds);
    if (socket < 0) why = error_text(errno);
  }
  freeaddrinfo(found);
  if (socket < 0) return -1;
  set_flag(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set_flag(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_flag(socket, IPPROTO_TCP, TCP_KEEPIDLE, kKeepAliveS);
  set_flag(socket, IPPROTO_TCP, TCP_KEEPINTVL, kKeepAliveS / 3);
  set_flag(socket, IPPROTO_TCP, TCP_KEEPCNT, 3);
  return socket;
}

bool is_ip(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> ignored{};
  return inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
}

// A certificate must name the host that we meant to reach.
bool expect_host(SSL* ssl, const std::string& host) {
  if (is_ip(host)) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  return SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

}  // namespace

std::unique_ptr<RedisStream> RedisStream::connect(const RedisConfig& config,
                                                  const RedisAddress& address,
                                                  RedisTrouble& trouble) {
  std::string why;
  int socket = -1;
  if (address.is_unix()) {
    socket = connect_unix(address.host, config.timeout_ms);
    if (socket < 0) why = error_text(errno);
  } else {
    socket = connect_tcp(address, config.timeout_ms, why);
  }
  if (socket < 0) {
    trouble = {.what = why, .refused = false};
    return nullptr;
  }
  std::unique_ptr<RedisStream> stream(new RedisStream(socket));
  if (config.tls && !stream->encrypt(config, address, trouble)) return nullptr;
  return stream;
}

RedisStream::~RedisStream() { close(socket_); }

bool RedisStream::encrypt(const RedisConfig& config, const RedisAddress& address,
                          RedisTrouble& trouble) {
  ignore_broken_pipes();
  std::string why;
  const TlsContext context = tls_context(config, why);
  if (!context) {
    trouble = {.what = why, .refused = true};
    return false;
  }
  ssl_.reset(SSL_new(context.get()));
  if (!ssl_ || SSL_set_fd(ssl_.get(), socket_) != 1 || !expect_host(ssl_.get(), address.host)) {
    throw std::bad_alloc();
  }
  errno = 0;
  const int shaken = SSL_connect(ssl_.get());
  if (shaken == 1) return true;
  explain(shaken, trouble);
  if (!trouble.refused) trouble.what += " (does the port speak TLS? see redis.tls)";
  return false;
}

// Clears what OpenSSL remembers of this thread: it would be taken for the next call's.
void RedisStream::explain(int result, RedisTrouble& trouble) const {
  const int kind = SSL_get_error(ssl_.get(), result);
  const bool late = kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE;
  if (late || (kind == SSL_ERROR_SYSCALL && ERR_peek_error() == 0 && errno != 0)) {
    trouble = {.what = error_text(late ? EAGAIN : errno), .refused = false};
    ERR_clear_error();
    return;
  }
  const long verified = SSL_get_verify_result(ssl_.get());
  std::string error = tls_error();
  if (verified != X509_V_OK) error = X509_verify_cert_error_string(verified);
  const bool ended = SSL_is_init_finished(ssl_.get()) != 0 && error.find("alert") == error.npos;
  if (ended) {
    trouble = {.what = error, .refused = false};
    return;
  }
  const bool gone = error.find("eof") != error.npos || error.find("closed") != error.npos;
  const std::string_view remedy = remedy_of_redis_tls(error);
  trouble = {.what = "TLS: " + error + ". " + std::string(remedy), .refused = !gone};
}

bool RedisStream::write(std::string_view bytes, RedisTrouble& trouble) {
  while (!bytes.empty()) {
    errno = 0;
    const auto sent = ssl_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                           : send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EINTR) {
      ERR_clear_error();
    } else {
      if (ssl_) {
        explain(static_cast<int>(sent), trouble);
      } else {
        trouble = {.what = error_text(errno), .refused = false};
      }
      return false;
    }
  }
  return true;
}

std::string_view RedisStream::read(RedisTrouble& trouble) {
  if (buffer_.empty()) buffer_.resize(kReadBytes);
  for (;;) {
    errno = 0;
    const auto got = ssl_ ? SSL_read(ssl_.get(), buffer_.data(), static_cast<int>(buffer_.size()))
                          : recv(socket_, buffer_.data(), buffer_.size(), 0);
    if (got > 0) return std::string_view(buffer_).substr(0, static_cast<std::size_t>(got));
    if (got < 0 && errno == EINTR) {
      ERR_clear_error();
      continue;
    }
    if (ssl_) {
      explain(static_cast<int>(got), trouble);
    } else {
      trouble = {.what = got == 0 ? "the connection was closed" : error_text(errno),
                 .refused = false};
    }
    return {};
  }
}

}  // namespace segue::io
