#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/io/redis/redis_connection.h"

// Which node of a Redis Cluster serves which key, as its nodes say it. Computes only.
namespace segue::io {

inline constexpr std::size_t kRedisSlots = 16'384;

// A key's slot: CRC16 of what stands between its first { and the next }, or of all of it.
std::uint16_t redis_slot(std::string_view key);

// The key by which a command is routed; empty: any node may answer it.
std::string_view key_of(std::span<const std::string_view> command);

// "MOVED 3999 10.0.0.7:6381" and "ASK …": another node serves this slot now, or this key already.
struct Redirection {
  bool ask = false;
  std::uint16_t slot = 0;
  RedisAddress to;  // its host is empty: the one that said so
};
std::optional<Redirection> redirection_of(const redisReply& reply);

class SlotMap {
 public:
  // From the answer to CLUSTER SLOTS by the node at `asked`; none: it is something else.
  static std::optional<SlotMap> from(const redisReply& reply, const RedisAddress& asked);

  // None: no master serves the slot.
  const RedisAddress* master_of(std::uint16_t slot) const;
  void move(std::uint16_t slot, const RedisAddress& to);
  const std::vector<RedisAddress>& masters() const { return masters_; }
  std::size_t unserved() const;

 private:
  static constexpr std::uint16_t kNone = 0xFFFF;

  SlotMap() { slots_.fill(kNone); }
  std::uint16_t index_of(const RedisAddress& master);

  std::vector<RedisAddress> masters_;
  std::array<std::uint16_t, kRedisSlots> slots_{};  // index in masters_
};

}  // namespace segue::io
