#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

// How stored values are written: little-endian numbers, LEB128 for counts, IEEE half floats for
// weights, text as length and bytes. What each blob holds stands in schemas/blobs.md.
namespace segue {

static_assert(std::endian::native == std::endian::little, "blobs are written as memory lies");

// Times that are read lie between 1970 and this, the year 5138: two of them can be subtracted.
inline constexpr std::int64_t kBlobTimeMax = 100'000'000'000'000'000;

// A number as a half float keeps it. One larger than a half can hold becomes the largest half: a
// count that long ago stopped to matter must not make its blob unreadable.
inline Eigen::half half_of(float v) {
  constexpr float kHalfMax = 65'504;
  return static_cast<Eigen::half>(std::clamp(v, -kHalfMax, kHalfMax));
}

class BlobWriter {
 public:
  explicit BlobWriter(std::string& out) : out_(out) {}

  void u8(std::uint8_t v) { out_.push_back(static_cast<char>(v)); }
  void u16(std::uint16_t v) { raw(&v, sizeof v); }
  void u32(std::uint32_t v) { raw(&v, sizeof v); }
  void u64(std::uint64_t v) { raw(&v, sizeof v); }
  void f32(float v) { raw(&v, sizeof v); }
  void f16(float v) {
    const Eigen::half half = half_of(v);
    raw(&half.x, 2);
  }
  void varint(std::uint64_t v) {
    for (; v >= 0x80; v >>= 7) u8(static_cast<std::uint8_t>(v | 0x80));
    u8(static_cast<std::uint8_t>(v));
  }
  // Small negative numbers stay short (zigzag).
  void svarint(std::int64_t v) {
    varint((static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63));
  }
  void text(std::string_view v) {
    varint(v.size());
    out_.append(v);
  }

 private:
  void raw(const void* from, std::size_t bytes) {
    out_.append(static_cast<const char*>(from), bytes);
  }
  std::string& out_;
};

// Never reads past the end: after the first failure every read returns zero and `ok` is false.
class BlobReader {
 public:
  explicit BlobReader(std::string_view in) : in_(in) {}

  std::uint8_t u8() {
    std::uint8_t v = 0;
    raw(&v, sizeof v);
    return v;
  }
  std::uint16_t u16() {
    std::uint16_t v = 0;
    raw(&v, sizeof v);
    return v;
  }
  std::uint32_t u32() {
    std::uint32_t v = 0;
    raw(&v, sizeof v);
    return v;
  }
  std::uint64_t u64() {
    std::uint64_t v = 0;
    raw(&v, sizeof v);
    return v;
  }
  // Anything but a number from `least` to `most` is a failure.
  float f32(float least, float most) {
    float v = 0;
    raw(&v, sizeof v);
    return within(v, least, most);
  }
  float f16(float least = -kHalfMax, float most = kHalfMax) {
    Eigen::half half;
    half.x = 0;
    raw(&half.x, 2);
    return within(static_cast<float>(half), least, most);
  }
  std::uint64_t varint() {
    std::uint64_t v = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint8_t byte = u8();
      v |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return v;
    }
    ok_ = false;
    return 0;
  }
  std::int64_t svarint() {
    const std::uint64_t v = varint();
    return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
  }
  // Microseconds since 1970, up to kBlobTimeMax.
  std::int64_t time() {
    const std::int64_t v = svarint();
    if (v < 0 || v > kBlobTimeMax) ok_ = false;
    return ok_ ? v : 0;
  }
  // Valid as long as the blob. Longer than `bytes_max` is a failure.
  std::string_view text(std::size_t bytes_max) {
    const std::uint64_t size = varint();
    if (size > bytes_max || size > in_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view v = in_.substr(0, size);
    in_.remove_prefix(size);
    return v;
  }
  // A count of elements that follow; more than `max` is a failure.
  std::size_t count(std::size_t max) {
    const std::uint64_t n = varint();
    if (n > max) ok_ = false;
    return ok_ ? static_cast<std::size_t>(n) : 0;
  }
  void fail() { ok_ = false; }
  bool ok() const { return ok_; }
  bool at_end() const { return in_.empty(); }

 private:
  void raw(void* to, std::size_t bytes) {
    if (!ok_ || in_.size() < bytes) {
      ok_ = false;
      return;
    }
    std::memcpy(to, in_.data(), bytes);
    in_.remove_prefix(bytes);
  }
  float within(float v, float least, float most) {
    if (v >= least && v <= most) return v;  // false for what is no number
    ok_ = false;
    return 0;
  }
  static constexpr float kHalfMax = 65'504;

  std::string_view in_;
  bool ok_ = true;
};

}  // namespace segue
