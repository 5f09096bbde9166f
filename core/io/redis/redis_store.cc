#include "core/io/redis/redis_store.h"

#include <array>
#include <charconv>
#include <deque>
#include <stdexcept>

#include "core/io/clock.h"
#include "core/io/redis/redis_client.h"

namespace segue::io {
namespace {

std::string prefix_of(const RedisConfig& config, std::string_view topic, std::int32_t partition) {
  return config.prefix + "sg:{" + std::string(topic) + "/" + std::to_string(partition) + "}:";
}

std::string now_ms() { return std::to_string(wall_clock() / kMillisecond); }

std::string_view token_of(const Token& token) {
  return {reinterpret_cast<const char*>(token.data()), token.size()};
}

// The arguments of one command. Long values are borrowed, short ones that were made here are kept.
class Call {
 public:
  void borrow(std::string_view text) { arguments_.push_back(text); }
  void keep(std::string text) { arguments_.push_back(kept_.emplace_back(std::move(text))); }
  void keep(std::int64_t number) { keep(std::to_string(number)); }
  std::span<const std::string_view> arguments() const { return arguments_; }

 private:
  std::vector<std::string_view> arguments_;
  std::deque<std::string> kept_;  // does not move what views point at
};

}  // namespace

std::string redis_key(const RedisConfig& config, std::string_view topic, std::int32_t partition,
                      std::string_view key) {
  return prefix_of(config, topic, partition).append(key);
}

struct RedisStore::Connection {
  Connection(const RedisConfig& config, std::string_view topic_name, Metrics* counted)
      : client(config), servers(config), topic(topic_name), metrics(counted) {}

  // "FCALL sg_x <keys> ckpt k…".
  template <class Keys, class KeyOf>
  Call call(std::string_view verb, std::string_view function, std::int32_t partition,
            const Keys& keys, KeyOf key_of) const {
    const std::string prefix = prefix_of(servers, topic, partition);
    Call made;
    made.borrow(verb);
    made.borrow(function);
    made.keep(static_cast<std::int64_t>(keys.size()) + 1);
    made.keep(prefix + "ckpt");
    for (const auto& key : keys) made.keep(prefix + key_of(key));
    return made;
  }

  Call checkpoint_call(std::string_view verb, std::string_view function,
                       std::int32_t partition) const {
    return call(verb, function, partition, std::array<std::string, 0>{},
                [](const std::string& key) { return key; });
  }

  // Sends all calls in one go and gives each reply, in order, to `take(index, reply)`; null for a
  // lost or refused one, whose status is then in `statuses`.
  template <class Requests, class Make, class Take>
  void pipeline(std::string_view name, const Requests& requests, Make make, Take take) {
    const bool open = client.open();
    if (open) {
      for (const auto& request : requests) client.append(make(request).arguments());
    }
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const RedisReply reply = open ? client.next() : nullptr;
      StoreStatus status = StoreStatus::ok;
      if (!reply) {
        status = StoreStatus::unreachable;
      } else if (client.is_refusal(*reply)) {
        status = StoreStatus::refused;
      }
      count(name, status);
      take(i, status, status == StoreStatus::ok ? reply.get() : nullptr);
    }
  }

  void count(std::string_view name, StoreStatus status) const {
    if (metrics == nullptr) return;
    metrics->redis_command(name, status == StoreStatus::ok            ? "ok"
                                 : status == StoreStatus::unreachable ? "lost"
                                                                      : "refused");
  }

  const redisReply& element(const redisReply& reply, std::size_t i) {
    if (reply.type != REDIS_REPLY_ARRAY || i >= reply.elements) {
      client.fail(
          "an answer has another form than this build's functions give; run "
          "`segue-admin init`");
    }
    return *reply.element[i];
  }

  template <class Number>
  Number number(const redisReply& reply, std::size_t i) {
    const std::string_view text = text_of(element(reply, i));
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
      client.fail("an answer holds \"" + std::string(text) + "\" where a number belongs");
    }
    return value;
  }

  // `reply` is null where `status` is not ok.
  StoreReply outcome(StoreStatus status, const redisReply* reply) {
    if (reply == nullptr) return {.status = status};
    const std::string_view word = text_of(element(*reply, 0));
    if (word == "OK") return {};
    if (word == "DUP") return {.status = StoreStatus::duplicate};
    if (word == "FENCED") return {.status = StoreStatus::fenced};
    if (word == "OFFSET") {
      return {.status = StoreStatus::offset, .next = number<std::int64_t>(*reply, 1)};
    }
    client.fail("an answer is \"" + std::string(word) + "\", which this build does not know");
  }

  // Calls a function that takes a checkpoint, token, position, and where given one thing more.
  std::vector<StoreReply> ask(std::string_view command, std::string_view verb,
                              std::string_view function, std::span<const Fence> fences,
                              const std::optional<std::string>& more) {
    std::vector<StoreReply> replies(fences.size());
    pipeline(
        command, fences,
        [&](const Fence& fence) {
          Call made = checkpoint_call(verb, function, fence.partition);
          made.borrow(token_of(fence.token));
          made.keep(fence.next);
          if (more) made.keep(*more);
          return made;
        },
        [&](std::size_t i, StoreStatus status, const redisReply* reply) {
          replies[i] = outcome(status, reply);
        });
    return replies;
  }

  RedisClient client;
  const RedisConfig servers;
  const std::string topic;
  Metrics* const metrics;
};

RedisStore::RedisStore(const RedisConfig& config, std::string_view topic, Metrics* metrics)
    : connection_(std::make_unique<Connection>(config, topic, metrics)) {}
RedisStore::~RedisStore() = default;

Meta RedisStore::meta() {
  RedisClient& client = connection_->client;
  Meta meta = read_meta(client, connection_->servers);
  if (meta.state_schema == 0) client.fail("nothing was initialised; run `segue-admin init`");
  if (meta.library_version.empty()) {
    client.fail("it, or a master of the cluster, has no functions; run `segue-admin init`");
  }
  if (meta.library_version != kFunctionsVersion) {
    client.fail("its functions have version " + meta.library_version + ", this build calls " +
                std::string(kFunctionsVersion) + "; run this build's `segue-admin init`");
  }
  if (meta.state_schema != kStateSchema) {
    client.fail("its state has schema " + std::to_string(meta.state_schema) +
                ", this build writes " + std::to_string(kStateSchema) +
                "; use an empty Redis and replay the log");
  }
  if (meta.incomplete) client.fail(std::string(kIncomplete));
  if (!meta.moved_to.empty()) client.fail(moved_away(meta));
  return meta;
}

Claimed RedisStore::claim(std::int32_t partition, const Token& token, std::string_view owner) {
  Connection& c = *connection_;
  Claimed claimed;
  c.pipeline(
      "claim", std::span(&partition, 1),
      [&](std::int32_t p) {
        Call call = c.checkpoint_call("FCALL", "sg_claim", p);
        call.borrow(owner);
        call.borrow(token_of(token));
        call.keep(now_ms());
        call.keep(kStateSchema);
        return call;
      },
      [&](std::size_t, StoreStatus status, const redisReply* reply) {
        claimed.status = status;
        if (reply == nullptr) return;
        claimed.next = c.number<std::int64_t>(*reply, 0);
        claimed.batch = c.number<std::uint64_t>(*reply, 1);
        claimed.attempts = c.number<std::uint32_t>(*reply, 2);
        claimed.stepping = c.number<std::int64_t>(*reply, 3);
        claimed.marks = c.number<std::uint32_t>(*reply, 4);
      });
  return claimed;
}

std::vector<Loaded> RedisStore::load(std::span<const LoadRequest> requests) {
  Connection& c = *connection_;
  std::vector<Loaded> loaded(requests.size());
  c.pipeline(
      "load", requests,
      [&](const LoadRequest& request) {
        Call call = c.call("FCALL_RO", "sg_load", request.fence.partition, request.keys,
                           [](const std::string& key) -> const std::string& { return key; });
        call.borrow(token_of(request.fence.token));
        call.keep(request.fence.next);
        return call;
      },
      [&](std::size_t i, StoreStatus status, const redisReply* reply) {
        loaded[i].reply = c.outcome(status, reply);
        if (reply == nullptr || loaded[i].reply.status != StoreStatus::ok) return;
        const std::size_t keys = requests[i].keys.size();
        loaded[i].values.reserve(keys);
        for (std::size_t k = 1; k <= keys; ++k) {
          const redisReply& value = c.element(*reply, k);
          if (value.type == REDIS_REPLY_NIL) {
            loaded[i].values.emplace_back();
          } else {
            loaded[i].values.emplace_back(text_of(value));
          }
        }
      });
  return loaded;
}

std::vector<StoreReply> RedisStore::apply(std::span<const ApplyRequest> requests) {
  Connection& c = *connection_;
  std::vector<StoreReply> replies(requests.size());
  c.pipeline(
      "apply", requests,
      [&](const ApplyRequest& request) {
        Call call = c.call("FCALL", "sg_apply", request.fence.partition, request.writes,
                           [](const Write& write) -> const std::string& { return write.key; });
        call.borrow(token_of(request.fence.token));
        call.keep(request.fence.next);
        call.keep(request.next);
        call.keep(std::to_string(request.batch));
        call.borrow(request.keep_attempts ? "1" : "0");
        call.keep(now_ms());
        for (const Write& write : request.writes) {
          call.borrow(!write.value ? "0" : write.fades ? "2" : "1");
          call.borrow(write.value ? std::string_view(*write.value) : std::string_view());
        }
        return call;
      },
      [&](std::size_t i, StoreStatus status, const redisReply* reply) {
        replies[i] = c.outcome(status, reply);
      });
  return replies;
}

std::vector<StoreReply> RedisStore::check(std::span<const Fence> fences) {
  return connection_->ask("check", "FCALL_RO", "sg_check", fences, {});
}

StoreReply RedisStore::mark(const Fence& fence, std::uint32_t marks) {
  return connection_->ask("mark", "FCALL", "sg_mark", std::span(&fence, 1),
                          std::to_string(marks))[0];
}

StoreReply RedisStore::unmark(const Fence& fence) {
  return connection_->ask("mark", "FCALL", "sg_unmark", std::span(&fence, 1), {})[0];
}

StoreReply RedisStore::release(const Fence& fence) {
  return connection_->ask("release", "FCALL", "sg_release", std::span(&fence, 1), now_ms())[0];
}

std::string RedisStore::trouble() const { return connection_->client.trouble().what; }

}  // namespace segue::io
