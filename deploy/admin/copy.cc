#include "deploy/admin/copy.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/io/listen_address.h"
#include "core/io/program.h"
#include "core/io/redis/redis_client.h"

namespace segue::admin {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// Redis reads a copy, and writes its own log from it, at least this fast.
constexpr off_t kBytesASecondMin = 1'000'000;
constexpr std::chrono::milliseconds kLookEvery{200};
// How long Redis may load what it was given before it can be released; and how long one that says
// nothing, or whose release somebody waits for, is asked.
constexpr std::chrono::seconds kReleasedWithin{60};
constexpr std::chrono::seconds kReleasedSoon{3};
constexpr std::size_t kAtOnce = 1 << 16;
constexpr std::string_view kMagic = "REDIS";
constexpr std::size_t kIdentityBytes = 40;  // of a master, in hexadecimal digits
// A copy ends with this byte and eight of a checksum.
constexpr off_t kTailBytes = 9;
constexpr unsigned char kEndOfCopy = 0xFF;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

// A copy goes over a bare socket to one server. Throws before anything is sent where that would be
// in clear, or leave the other servers out.
void refuse_many_or_tls(const RedisConfig& config, std::string_view remedy) {
  std::string_view wrong;
  if (config.tls) wrong = "redis.tls is set, but a copy and its password would go in clear: ";
  if (!config.sentinel_master.empty()) {
    wrong = "redis.sentinel_master is set, but a copy is of the one Redis at redis.address: ";
  }
  if (config.cluster) wrong = "redis.cluster is set, but a copy is of one master alone: ";
  if (!wrong.empty()) fail(std::string(wrong) + std::string(remedy));
}

// How long Redis may say nothing, or read nothing.
std::chrono::seconds silence_of(const Config& config) {
  return std::chrono::seconds(config.admin.silence_s);
}

std::string text_of(std::chrono::seconds span) { return std::to_string(span.count()) + " s"; }

// Waits until the socket is ready for `events`. False: not within that time. Throws once the
// program is to stop.
bool is_ready(int socket, short events, std::chrono::seconds within) {
  const auto until = std::chrono::steady_clock::now() + within;
  do {
    pollfd wait{.fd = socket, .events = events, .revents = 0};
    if (poll(&wait, 1, static_cast<int>(kLookEvery.count())) > 0) return true;
    if (io::Program::stopping()) fail("Interrupted.");
  } while (std::chrono::steady_clock::now() < until);
  return false;
}

// Bytes of a socket; one that is silent for too long, or ends, is an error. Before a copy Redis
// writes one to its disk, and says that it still lives.
class Stream {
 public:
  Stream(int socket, std::chrono::seconds silence) : socket_(socket), silence_(silence) {}

  void send_all(std::string_view bytes) {
    while (!bytes.empty()) {
      if (!is_ready(socket_, POLLOUT, silence_)) fail("Redis reads nothing.");
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (sent <= 0) fail("Redis closed the connection before it had the whole copy.");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  std::string line() {
    std::string text;
    for (;;) {
      const char byte = *take(1).data();
      if (byte == '\n') return text;
      if (byte != '\r') text += byte;
    }
  }

  // From 1 to `bytes_max` bytes, good until the next call.
  std::string_view take(std::size_t bytes_max) {
    if (at_ == end_) fill();
    const std::size_t bytes = std::min(bytes_max, end_ - at_);
    at_ += bytes;
    return {buffer_.data() + at_ - bytes, bytes};
  }

  // Whether the other side keeps it open. What has come meanwhile is dropped.
  bool is_open() {
    at_ = end_ = 0;
    const ssize_t got = recv(socket_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
  }

 private:
  void fill() {
    if (!is_ready(socket_, POLLIN, silence_)) {
      fail("Redis has said nothing for " + text_of(silence_) + ".");
    }
    const ssize_t got = recv(socket_, buffer_.data(), buffer_.size(), 0);
    if (got <= 0) fail("Redis closed the connection before the copy was complete.");
    at_ = 0;
    end_ = static_cast<std::size_t>(got);
  }

  const int socket_;
  const std::chrono::seconds silence_;
  std::array<char, kAtOnce> buffer_{};
  std::size_t at_ = 0;
  std::size_t end_ = 0;
};

void write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (written <= 0) fail("The copy cannot be written: is the disk full?");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

io::RedisReply answer(io::RedisClient& redis, std::initializer_list<std::string_view> words) {
  io::RedisReply reply = redis.ask(words);
  if (!reply) redis.fail_unanswered();
  if (redis.is_refusal(*reply)) redis.fail(redis.trouble().what);
  return reply;
}

bool says(io::RedisClient& redis, std::string_view section, std::string_view field) {
  const io::RedisReply info = answer(redis, {"INFO", section});
  return io::text_of(*info).find(field) != std::string_view::npos;
}

// "$1234": so many bytes follow. Empty lines say that Redis still gathers them.
std::size_t announced(Stream& from) {
  std::string line;
  while (line.empty()) line = from.line();
  std::size_t bytes = 0;
  const char* const end = line.data() + line.size();
  const bool counted = line[0] == '$' && std::from_chars(line.data() + 1, end, bytes).ptr == end;
  if (!counted) fail("Redis gives no copy: " + line);
  return bytes;
}

// The copy that standard input is, or one line that says why it is none.
off_t copy_bytes() {
  struct stat file {};
  if (fstat(STDIN_FILENO, &file) != 0 || !S_ISREG(file.st_mode)) {
    fail("Standard input is no file: segue-admin restore < COPY.");
  }
  std::array<char, kMagic.size()> magic{};
  unsigned char end = 0;
  const bool read =
      pread(STDIN_FILENO, magic.data(), magic.size(), 0) == static_cast<ssize_t>(magic.size()) &&
      pread(STDIN_FILENO, &end, 1, file.st_size - kTailBytes) == 1;
  if (!read || std::string_view(magic.data(), magic.size()) != kMagic || end != kEndOfCopy) {
    fail("Standard input is no copy of Redis, or not the whole of one.");
  }
  return file.st_size;
}

// Reads a replica's question before the copy: a command as an array of texts, answered in
// kind. Returns once it wants the copy.
void greet(Stream& from) {
  for (;;) {
    const std::string head = from.line();
    std::size_t words = 0;
    if (head.empty() || head[0] != '*' ||
        std::from_chars(head.data() + 1, head.data() + head.size(), words).ec != std::errc()) {
      fail("Redis does not speak as a replica does.");
    }
    std::string command;
    for (std::size_t i = 0; i < words; ++i) {
      from.line();  // the length of what follows, which holds no line's end
      const std::string word = from.line();
      if (i == 0) command = word;
    }
    if (command == "PSYNC" || command == "SYNC") return;
    from.send_all(command == "PING" ? "+PONG\r\n" : "+OK\r\n");
  }
}

void give_copy(Stream& to, off_t bytes) {
  const std::string identity(kIdentityBytes, 'a');
  to.send_all("+FULLRESYNC " + identity + " 0\r\n$" + std::to_string(bytes) + "\r\n");
  std::array<char, kAtOnce> buffer{};
  lseek(STDIN_FILENO, 0, SEEK_SET);
  while (bytes > 0) {
    const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got <= 0) fail("The copy cannot be read to its end.");
    to.send_all({buffer.data(), static_cast<std::size_t>(got)});
    bytes -= got;
  }
}

using Socket = asio::generic::stream_protocol::socket;

// A bare connection: the client's speaks commands and replies, and a copy is neither.
Socket connect(asio::io_context& context, const RedisConfig& config) {
  constexpr std::string_view kUnix = "unix:";
  boost::system::error_code failed;
  if (config.address.starts_with(kUnix)) {
    asio::local::stream_protocol::socket socket(context);
    socket.connect(config.address.substr(kUnix.size()), failed);
    if (!failed) return socket;
  } else {
    const std::size_t colon = config.address.rfind(':');
    tcp::resolver resolver(context);
    tcp::socket socket(context);
    const auto found =
        resolver.resolve(config.address.substr(0, colon), config.address.substr(colon + 1), failed);
    if (!failed) asio::connect(socket, found, failed);
    if (!failed) return socket;
  }
  fail("Redis at redis.address=" + config.address + ": " + failed.message() + ".");
}

void authenticate(const RedisConfig& config, Stream& from) {
  if (config.password.empty()) return;
  std::vector<std::string_view> words = {"AUTH"};
  if (!config.user.empty()) words.emplace_back(config.user);
  words.emplace_back(config.password);
  std::string command;
  io::encode(words, command);
  from.send_all(command);
  if (!from.line().starts_with('+')) {
    fail("Redis does not accept redis.user and SEGUE_REDIS_PASSWORD.");
  }
}

// Where Redis finds us: the address by which we found it.
std::string own_address(const RedisConfig& config) {
  if (config.address.starts_with("unix:")) return "127.0.0.1";
  asio::io_context context;
  const Socket socket = connect(context, config);
  const auto here = socket.local_endpoint();
  tcp::endpoint endpoint;
  endpoint.resize(here.size());
  std::memcpy(endpoint.data(), here.data(), here.size());
  return endpoint.address().to_string();
}

// How long Redis may take to read so many bytes, or to write them.
std::chrono::seconds time_limit(const Config& config, off_t bytes) {
  return silence_of(config) + std::chrono::seconds(bytes / kBytesASecondMin);
}

// `what` is true until `done`.
template <class Done>
void wait_for(const Done& done, std::chrono::seconds within, const std::string& what) {
  const auto until = std::chrono::steady_clock::now() + within;
  while (!done()) {
    if (io::Program::stopping()) fail("Interrupted: " + what + ".");
    if (std::chrono::steady_clock::now() > until) {
      fail(what + " after " + text_of(within) + ": its log says why.");
    }
    std::this_thread::sleep_for(kLookEvery);
  }
}

// Redis as our replica, until this ends.
class Replica {
 public:
  Replica(io::RedisClient& redis, const std::string& host, std::uint16_t port) : redis_(redis) {
    answer(redis_, {"REPLICAOF", host, std::to_string(port)});
  }
  // While it loads a copy it takes no such command, and is waited for; less so where the program is
  // to stop. A Redis that is gone is a replica no more when it comes back.
  ~Replica() {
    const auto began = std::chrono::steady_clock::now();
    for (Released released = release(); released != Released::yes; released = release()) {
      const bool waits = released == Released::later && !io::Program::stopping();
      if (std::chrono::steady_clock::now() > began + (waits ? kReleasedWithin : kReleasedSoon)) {
        std::cerr
            << (released == Released::later
                    ? "segue-admin: Redis is a replica still, and loads. Tell it REPLICAOF NO "
                      "ONE when it has.\n"
                    : "segue-admin: Redis does not answer, and may be a replica still. Tell "
                      "it REPLICAOF NO ONE when it does.\n");
        return;
      }
      std::this_thread::sleep_for(kLookEvery);
    }
  }
  Replica(const Replica&) = delete;
  Replica& operator=(const Replica&) = delete;

 private:
  enum class Released : std::uint8_t { yes, later, silent };

  Released release() {
    try {
      const io::RedisReply reply = redis_.ask({"REPLICAOF", "NO", "ONE"});
      if (!reply) return Released::silent;
      return redis_.is_refusal(*reply) ? Released::later : Released::yes;
    } catch (const std::runtime_error&) {
      return Released::silent;
    }
  }

  io::RedisClient& redis_;
};

void hand_over(io::RedisClient& redis, const Config& config, off_t bytes) {
  asio::io_context context;
  tcp::acceptor acceptor(context);
  const std::string host = own_address(config.redis);
  const bool six = host.find(':') != std::string::npos;
  const std::uint16_t port =
      io::listen_on(acceptor, (six ? "[" + host + "]" : host) + ":0", "redis.address");
  const Replica replica(redis, host, port);
  if (!is_ready(acceptor.native_handle(), POLLIN, silence_of(config))) {
    fail("Redis does not reach " + host + " to fetch the copy: run this on its own machine.");
  }
  tcp::socket socket = acceptor.accept();
  Stream stream(socket.native_handle(), silence_of(config));
  greet(stream);
  give_copy(stream, bytes);
  const auto read = [&] {
    const bool open = stream.is_open();
    if (says(redis, "replication", "master_link_status:up")) return true;
    if (!open) fail("Redis gave the copy up, and may be empty now: its log says why.");
    return false;
  };
  wait_for(read, time_limit(config, bytes), "Redis has not read the copy");
}

}  // namespace

int backup(const Config& config) {
  refuse_many_or_tls(config.redis,
                     "run `redis-cli --rdb FILE` on each master, with --tls where it wants that.");
  if (isatty(STDOUT_FILENO) == 1) fail("A copy is no text: segue-admin backup > COPY.");
  io::RedisClient redis(config.redis);
  const bool one_of_many = says(redis, "cluster", "cluster_enabled:1");
  asio::io_context context;
  asio::generic::stream_protocol::socket connection = connect(context, config.redis);
  Stream from(connection.native_handle(), silence_of(config));
  authenticate(config.redis, from);
  from.send_all("SYNC\r\n");
  const std::size_t bytes = announced(from);
  for (std::size_t left = bytes; left > 0;) {
    const std::string_view part = from.take(left);
    write_all(part);
    left -= part.size();
  }
  if (fsync(STDOUT_FILENO) != 0 && errno != EINVAL) fail("The copy cannot be written to the disk.");
  std::cerr << "Copied " << bytes << " bytes.\n";
  if (one_of_many) std::cerr << "They are of one node of a cluster: copy each master.\n";
  return 0;
}

int restore(const Config& config) {
  refuse_many_or_tls(config.redis, "restore each master by hand (deploy/runbook/redis-backup.md).");
  const off_t bytes = copy_bytes();
  io::RedisClient redis(config.redis);
  const std::int64_t keys = answer(redis, {"DBSIZE"})->integer;
  if (!config.admin.yes) {
    std::cout << "Would put a copy of " << bytes << " bytes in place of the " << keys
              << " keys of Redis at " << config.redis.address
              << "; workers then replay the log from its positions on.\n"
                 "Nothing was changed: add --yes."
              << std::endl;
    return 1;
  }
  hand_over(redis, config, bytes);
  const auto on_disk = [&] {
    return !says(redis, "persistence", "aof_enabled:1") ||
           (says(redis, "persistence", "aof_rewrite_in_progress:0") &&
            says(redis, "persistence", "aof_rewrite_scheduled:0"));
  };
  wait_for(on_disk, time_limit(config, bytes), "Redis still writes the copy to its own log");
  std::cout << "Redis has the copy: " << answer(redis, {"DBSIZE"})->integer << " keys."
            << std::endl;
  return 0;
}

}  // namespace segue::admin
