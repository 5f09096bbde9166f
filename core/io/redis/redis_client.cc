#include "core/io/redis/redis_client.h"

#include <signal.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <vector>

#include "core/io/log.h"

namespace segue::io {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr std::chrono::seconds kComplainEvery{60};

// Redis says these before it has written anything, and stops saying them by itself or by a person.
constexpr std::array<std::string_view, 9> kRefusals = {"OOM",        "READONLY", "MISCONF",
                                                       "LOADING",    "BUSY",     "NOREPLICAS",
                                                       "MASTERDOWN", "TRYAGAIN", "CLUSTERDOWN"};

// hiredis writes without MSG_NOSIGNAL: a connection that Redis closed would end the process.
void ignore_broken_pipes() {
  struct sigaction current {};
  if (sigaction(SIGPIPE, nullptr, &current) != 0 || current.sa_handler != SIG_DFL) return;
  signal(SIGPIPE, SIG_IGN);
}

timeval timeval_of(std::int64_t milliseconds) {
  return {.tv_sec = milliseconds / 1'000, .tv_usec = (milliseconds % 1'000) * 1'000};
}

}  // namespace

std::string_view text_of(const redisReply& reply) {
  return reply.str == nullptr ? std::string_view() : std::string_view(reply.str, reply.len);
}

RedisClient::RedisClient(const RedisConfig& config) : config_(config) {
  ignore_broken_pipes();
  const std::string_view address = config_.address;
  if (address.starts_with(kUnix) && address.size() > kUnix.size()) {
    host_ = address.substr(kUnix.size());
    return;
  }
  const std::size_t colon = address.rfind(':');
  if (colon != std::string_view::npos && colon > 0) {
    const std::string_view port = address.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), port_);
    host_ = address.substr(0, colon);
    if (error == std::errc() && end == port.data() + port.size() && port_ > 0 && port_ < 65'536) {
      return;
    }
  }
  throw std::runtime_error("redis.address is \"" + config_.address +
                           "\", but must be HOST:PORT or unix:/path/to/socket.");
}

bool RedisClient::open() {
  if (context_) return true;
  context_ = connect();
  if (!context_ || context_->err != REDIS_OK) {
    complain("Redis does not answer.", context_ ? context_->errstr : "out of memory");
    context_.reset();
    return false;
  }
  redisSetTimeout(context_.get(), timeval_of(config_.timeout_ms));
  if (port_ != 0) redisEnableKeepAlive(context_.get());
  authenticate();
  return context_ != nullptr;
}

// hiredis sets TCP_NODELAY itself.
RedisContext RedisClient::connect() const {
  const timeval wait = timeval_of(config_.timeout_ms);
  if (port_ == 0) return RedisContext(redisConnectUnixWithTimeout(host_.c_str(), wait));
  return RedisContext(redisConnectWithTimeout(host_.c_str(), port_, wait));
}

void RedisClient::authenticate() {
  if (config_.password.empty()) return;
  const std::array<std::string_view, 2> command = {"AUTH", config_.password};
  append(command);
  const RedisReply reply = next();
  if (!reply || reply->type != REDIS_REPLY_ERROR) return;
  fail("SEGUE_REDIS_PASSWORD is not accepted: " + std::string(text_of(*reply)));
}

void RedisClient::append(std::span<const std::string_view> arguments) {
  thread_local std::vector<const char*> texts;
  thread_local std::vector<std::size_t> sizes;
  texts.clear();
  sizes.clear();
  for (const std::string_view argument : arguments) {
    texts.push_back(argument.data());
    sizes.push_back(argument.size());
  }
  if (redisAppendCommandArgv(context_.get(), static_cast<int>(texts.size()), texts.data(),
                             sizes.data()) != REDIS_OK) {
    throw std::bad_alloc();
  }
}

RedisReply RedisClient::next() {
  if (!context_) return nullptr;
  void* reply = nullptr;
  if (redisGetReply(context_.get(), &reply) != REDIS_OK || reply == nullptr) {
    complain("Redis does not answer any more.", context_->errstr);
    context_.reset();
    return nullptr;
  }
  return RedisReply(static_cast<redisReply*>(reply));
}

RedisReply RedisClient::ask(std::initializer_list<std::string_view> arguments) {
  if (!open()) return nullptr;
  append({arguments.begin(), arguments.size()});
  return next();
}

bool RedisClient::is_refusal(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_ERROR) return false;
  const std::string_view text = text_of(reply);
  const std::string_view code = text.substr(0, text.find(' '));
  const bool crowded = text.find("max number of clients") != std::string_view::npos;
  if (!crowded && std::ranges::find(kRefusals, code) == kRefusals.end()) {
    const bool missing = text.find("Function not found") != std::string_view::npos;
    const bool locked = code == "NOAUTH";
    fail(std::string(text) + (missing  ? ": run `segue-admin init`"
                              : locked ? " Set SEGUE_REDIS_PASSWORD"
                                       : ""));
  }
  complain("Redis refuses for now.", text);
  return true;
}

void RedisClient::fail(std::string_view what) {
  context_.reset();
  throw std::runtime_error("Redis at redis.address=" + config_.address + ": " + std::string(what) +
                           (what.ends_with('.') ? "" : "."));
}

// At most once a minute: whoever called tries again and again.
void RedisClient::complain(std::string_view what, std::string_view error) {
  const auto now = std::chrono::steady_clock::now();
  if (now < quiet_until_) return;
  quiet_until_ = now + kComplainEvery;
  log::warn(what, {{"address", config_.address}, {"error", std::string(error)}});
}

}  // namespace segue::io
