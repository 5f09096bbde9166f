#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace segue::gateway {

// Counts the frames of a WebSocket's bytes as they come, without a look into them. Beast answers
// pings and joins fragments by itself, so a peer that sends nothing else is not seen by the code
// that reads messages.
class Frames {
 public:
  // How many frames began in these bytes that are no whole message: pings, pongs, fragments.
  std::size_t take(std::span<const std::uint8_t> bytes) {
    std::size_t beside = 0;
    for (std::size_t i = 0; i < bytes.size();) {
      if (skip_ > 0) {
        const std::size_t left = bytes.size() - i;
        const std::size_t step = skip_ < left ? static_cast<std::size_t>(skip_) : left;
        skip_ -= step;
        i += step;
        continue;
      }
      head_[held_++] = bytes[i++];
      if (held_ < head_bytes()) continue;
      if (!is_message(head_[0])) ++beside;
      skip_ = payload_bytes();
      held_ = 0;
    }
    return beside;
  }

 private:
  static constexpr std::uint8_t kFin = 0x80;
  static constexpr std::uint8_t kOpcode = 0x0f;

  static bool is_message(std::uint8_t first) {
    const std::uint8_t opcode = first & kOpcode;
    return (first & kFin) != 0 && (opcode == 1 || opcode == 2 || opcode == 8);
  }
  // The whole head, length field and mask too, once its first two bytes are here.
  std::size_t head_bytes() const {
    if (held_ < 2) return 2;
    const std::uint8_t length = head_[1] & 0x7fU;
    const std::size_t more = length == 127 ? 8 : length == 126 ? 2 : 0;
    return 2 + more + ((head_[1] & 0x80U) != 0 ? 4 : 0);
  }
  std::uint64_t payload_bytes() const {
    const std::uint8_t length = head_[1] & 0x7fU;
    if (length < 126) return length;
    std::uint64_t bytes = 0;
    for (std::size_t i = 2; i < (length == 127 ? 10U : 4U); ++i) bytes = bytes << 8U | head_[i];
    return bytes;
  }

  std::uint8_t head_[14] = {};
  std::size_t held_ = 0;
  std::uint64_t skip_ = 0;
};

}  // namespace segue::gateway
