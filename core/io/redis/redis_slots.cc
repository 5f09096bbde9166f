#include "core/io/redis/redis_slots.h"

#include <algorithm>
#include <charconv>

namespace segue::io {
namespace {

constexpr std::string_view kOurs = "sg:";  // after redis.prefix

// CRC-16/XMODEM, as the specification of Redis Cluster has it.
constexpr std::array<std::uint16_t, 256> crc_table() {
  std::array<std::uint16_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t crc = byte << 8U;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 0x8000U) != 0 ? (crc << 1U) ^ 0x1021U : crc << 1U;
    }
    table[byte] = static_cast<std::uint16_t>(crc);
  }
  return table;
}
constexpr auto kCrc = crc_table();

std::string_view hash_tag_of(std::string_view key) {
  const std::size_t open = key.find('{');
  if (open == std::string_view::npos) return key;
  const std::size_t close = key.find('}', open + 1);
  if (close == std::string_view::npos || close == open + 1) return key;
  return key.substr(open + 1, close - open - 1);
}

std::string_view next_word(std::string_view& text) {
  const std::size_t space = text.find(' ');
  const std::string_view word = text.substr(0, space);
  text = space == std::string_view::npos ? std::string_view() : text.substr(space + 1);
  return word;
}

bool is_number(const redisReply& reply) { return reply.type == REDIS_REPLY_INTEGER; }
bool is_slot(const redisReply& reply) {
  return is_number(reply) && reply.integer >= 0 &&
         reply.integer < static_cast<long long>(kRedisSlots);
}

// [host, port, id…]. A node that does not know its own host means the one that was asked.
std::optional<RedisAddress> node_of(const redisReply& reply, const RedisAddress& asked) {
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements < 2) return std::nullopt;
  if (!is_number(*reply.element[1])) return std::nullopt;
  RedisAddress address{.host = std::string(text_of(*reply.element[0])),
                       .port = static_cast<int>(reply.element[1]->integer)};
  if (address.host.empty() || address.host == "?") address.host = asked.host;
  return address;
}

}  // namespace

std::uint16_t redis_slot(std::string_view key) {
  std::uint32_t crc = 0;
  for (const char c : hash_tag_of(key)) {
    const auto byte = static_cast<std::uint8_t>(c);
    crc = ((crc << 8U) ^ kCrc[((crc >> 8U) ^ byte) & 0xFFU]) & 0xFFFFU;
  }
  return static_cast<std::uint16_t>(crc % kRedisSlots);
}

std::string_view key_of(std::span<const std::string_view> command) {
  const std::size_t at = !command.empty() && command[0].starts_with("FCALL") ? 3 : 1;
  if (command.size() <= at || command[at].find(kOurs) == std::string_view::npos) return {};
  return command[at];
}

std::optional<Redirection> redirection_of(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_ERROR) return std::nullopt;
  std::string_view text = text_of(reply);
  const std::string_view kind = next_word(text);
  if (kind != "MOVED" && kind != "ASK") return std::nullopt;
  const std::string_view slot = next_word(text);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  Redirection found{.ask = kind == "ASK",
                    .slot = 0,
                    .to = redis_address(text.substr(0, colon), text.substr(colon + 1))};
  std::from_chars(slot.data(), slot.data() + slot.size(), found.slot);
  if (found.to.port == 0 || found.slot >= kRedisSlots) return std::nullopt;
  return found;
}

std::optional<SlotMap> SlotMap::from(const redisReply& reply, const RedisAddress& asked) {
  if (reply.type != REDIS_REPLY_ARRAY) return std::nullopt;
  SlotMap map;
  for (std::size_t i = 0; i < reply.elements; ++i) {
    const redisReply& range = *reply.element[i];
    if (range.type != REDIS_REPLY_ARRAY || range.elements < 3) return std::nullopt;
    if (!is_slot(*range.element[0]) || !is_slot(*range.element[1])) return std::nullopt;
    const auto master = node_of(*range.element[2], asked);
    if (!master) return std::nullopt;
    const std::uint16_t index = map.index_of(*master);
    for (long long slot = range.element[0]->integer; slot <= range.element[1]->integer; ++slot) {
      map.slots_[static_cast<std::size_t>(slot)] = index;
    }
  }
  return map;
}

const RedisAddress* SlotMap::master_of(std::uint16_t slot) const {
  const std::uint16_t index = slots_[slot];
  return index == kNone ? nullptr : &masters_[index];
}

void SlotMap::move(std::uint16_t slot, const RedisAddress& to) { slots_[slot] = index_of(to); }

std::size_t SlotMap::unserved() const {
  return static_cast<std::size_t>(std::ranges::count(slots_, kNone));
}

std::uint16_t SlotMap::index_of(const RedisAddress& master) {
  const auto found = std::ranges::find(masters_, master);
  const auto index = static_cast<std::uint16_t>(found - masters_.begin());
  if (found == masters_.end()) masters_.push_back(master);
  return index;
}

}  // namespace segue::io
