#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/config.h"
#include "core/io/metrics/metrics.h"
#include "core/io/ports.h"

namespace segue::io {

// The version of deploy/redis/segue.lua that this build calls; another refuses to start.
inline constexpr std::string_view kFunctionsVersion = "3";
// Version of everything stored under sg:*; segue-admin init writes it, workers compare.
inline constexpr std::int32_t kStateSchema = 1;

// Redis keys of a partition: redis.prefix, "sg:{<topic>/<partition>}:" and the relative key. Topics
// by our own names, without kafka.prefix.
std::string redis_key(const RedisConfig& config, std::string_view topic, std::int32_t partition,
                      std::string_view key);

class RedisStore final : public Store {
 public:
  // State of the partitions of `topic`. Connects on first use; throws only for a wrong address.
  RedisStore(const RedisConfig& config, std::string_view topic, Metrics* metrics);
  ~RedisStore() override;

  // The notes of init. Throws std::runtime_error naming redis.address and the remedy when there is
  // no answer, when nothing was initialised, the version of the functions or the schema differs, or
  // a reshard moved the state away or has not ended.
  Meta meta();

  Claimed claim(std::int32_t partition, const Token& token, std::string_view owner) override;
  std::vector<Loaded> load(std::span<const LoadRequest> requests) override;
  std::vector<StoreReply> apply(std::span<const ApplyRequest> requests) override;
  std::vector<StoreReply> check(std::span<const Fence> fences) override;
  StoreReply mark(const Fence& fence, std::uint32_t marks) override;
  StoreReply unmark(const Fence& fence) override;
  StoreReply release(const Fence& fence) override;
  std::string trouble() const override;

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
};

// Does the work of segue-admin init: the functions and sg:meta. Throws std::runtime_error; refuses
// to change an existing sg:meta that says something else about partitions or schema, and a Redis
// that evicts. An empty meta.incarnation keeps the one that is there, or makes one. Refuses the
// target of a reshard that has not ended, unless meta.incomplete, and a state that was moved away.
void initialise(const RedisConfig& config, std::string_view functions_source, const Meta& meta);

// The notes of an earlier init, if there was one. Throws std::runtime_error as initialise does.
std::optional<Meta> initialised(const RedisConfig& config);

// Whether state of any of these partitions was ever applied. Throws std::runtime_error when Redis
// does not answer.
bool has_state(const RedisConfig& config, std::string_view topic, std::int32_t partitions);

// Where a partition's state stands; -1: it has none. Throws as has_state does.
std::int64_t position_of(const RedisConfig& config, std::string_view topic, std::int32_t partition);

// Whether Redis answers now, each master of a cluster; false also while it loads its data. Throws
// std::runtime_error where a person must act: address, password, rights, TLS.
bool redis_answers(const RedisConfig& config);

}  // namespace segue::io
