#include "core/io/redis/redis_connection.h"

#include <array>
#include <charconv>
#include <new>
#include <utility>
#include <vector>

namespace segue::io {
namespace {

// Memory that a large batch needed is given back.
constexpr std::size_t kKeptBytesMax = 1 << 20;

void number_line(char kind, std::size_t number, std::string& into) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  into += kind;
  into.append(digits.data(), end);
  into += "\r\n";
}

}  // namespace

std::string_view text_of(const redisReply& reply) {
  return reply.str == nullptr ? std::string_view() : std::string_view(reply.str, reply.len);
}

void encode(std::span<const std::string_view> arguments, std::string& into) {
  number_line('*', arguments.size(), into);
  for (const std::string_view argument : arguments) {
    number_line('$', argument.size(), into);
    into += argument;
    into += "\r\n";
  }
}

RedisConnection::RedisConnection(const RedisConfig& config, RedisAddress address, Login login)
    : config_(config), address_(std::move(address)), login_(std::move(login)) {}

bool RedisConnection::open() {
  if (stream_) return true;
  stream_ = RedisStream::connect(config_, address_, trouble_);
  if (!stream_) return false;
  reader_.reset(redisReaderCreate());
  if (!reader_) throw std::bad_alloc();
  answered_ = false;
  return log_in();
}

void RedisConnection::close() {
  stream_.reset();
  reader_.reset();
  out_.clear();
}

// A port for TLS closes the connection on the first plain command, and one that wants a certificate
// may reset it before its alert is read.
void RedisConnection::lose(RedisTrouble trouble) {
  const bool ended = trouble.what.find("closed") != std::string::npos ||
                     trouble.what.find("eof") != std::string::npos ||
                     trouble.what.find("reset") != std::string::npos;
  if (!answered_ && ended) {
    trouble.what += config_.tls ? " before it answered (does Redis want a certificate? see "
                                  "redis.tls_certificate)"
                                : " before it answered (does the port want TLS? see redis.tls)";
  }
  trouble_ = std::move(trouble);
  close();
}

bool RedisConnection::log_in() {
  if (login_.password.empty()) return true;
  std::vector<std::string_view> command = {"AUTH"};
  if (!login_.user.empty()) command.emplace_back(login_.user);
  command.emplace_back(login_.password);
  append(command);
  const RedisReply reply = next();
  if (!reply) return false;
  if (reply->type != REDIS_REPLY_ERROR) return true;
  const std::string said(text_of(*reply));
  if (said.find("max number of clients") != std::string::npos) {
    lose({.what = said, .refused = false});
  } else {
    lose({.what = said + " Check " + login_.settings + ".", .refused = true});
  }
  return false;
}

void RedisConnection::flush() {
  if (!stream_ || out_.empty()) return;
  RedisTrouble trouble;
  const bool sent = stream_->write(out_, trouble);
  if (out_.capacity() > kKeptBytesMax) std::string().swap(out_);
  out_.clear();
  if (!sent) lose(std::move(trouble));
}

RedisReply RedisConnection::next() {
  flush();
  while (stream_) {
    void* reply = nullptr;
    if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK) {
      lose({.what = static_cast<const char*>(reader_->errstr), .refused = false});
    } else if (reply != nullptr) {
      answered_ = true;
      return RedisReply(static_cast<redisReply*>(reply));
    } else {
      RedisTrouble trouble;
      const std::string_view bytes = stream_->read(trouble);
      if (bytes.empty()) {
        lose(std::move(trouble));
      } else if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK) {
        throw std::bad_alloc();
      }
    }
  }
  return nullptr;
}

RedisReply RedisConnection::ask(std::span<const std::string_view> arguments) {
  if (!open()) return nullptr;
  append(arguments);
  return next();
}

}  // namespace segue::io
