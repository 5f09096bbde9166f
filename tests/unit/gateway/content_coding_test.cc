#include "producers/gateway/http/content_coding.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>

namespace segue::gateway {
namespace {

using Outcome = Unpacked::Outcome;

constexpr int kGzip = 15 + 16;
constexpr int kZlib = 15;
constexpr int kRaw = -15;
constexpr std::size_t kEnough = 1 << 20;

std::string packed(std::string_view text, int window) {
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

Unpacked unpacked(std::string_view body, Coding coding, std::size_t bytes_max = kEnough) {
  return unpack(body, coding, bytes_max, [](std::size_t) { return true; });
}

TEST(ContentCoding, KnowsGzipAndDeflateInAnyCaseAndNothingElse) {
  EXPECT_EQ(read_coding(""), Coding::identity);
  EXPECT_EQ(read_coding("Identity"), Coding::identity);
  EXPECT_EQ(read_coding("GZip"), Coding::gzip);
  EXPECT_EQ(read_coding("x-gzip"), Coding::gzip);
  EXPECT_EQ(read_coding("identity, deflate"), Coding::deflate);
  for (const std::string_view other : {"br", "zstd", "gzip, gzip", "gzip, br", "aes128gcm", "gz"}) {
    EXPECT_EQ(read_coding(other), std::nullopt) << other;
  }
}

TEST(ContentCoding, UnpacksWhatWasPackedOfAnySize) {
  // On both sides of the pieces in which it is unpacked.
  for (const std::size_t size : {0UL, 1UL, 10'239UL, 10'240UL, 10'241UL, 20'480UL, 100'000UL}) {
    std::string text;
    for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i * i);
    text.resize(size);
    EXPECT_EQ(unpacked(packed(text, kGzip), Coding::gzip).body, text);
    EXPECT_EQ(unpacked(packed(text, kZlib), Coding::deflate).body, text);
    EXPECT_EQ(unpacked(packed(text, kRaw), Coding::deflate).body, text);
    EXPECT_EQ(unpacked(packed(text, kGzip), Coding::gzip).outcome, Outcome::good);
  }
}

TEST(ContentCoding, AGzipBodyMayBeSeveral) {
  EXPECT_EQ(
      unpacked(packed("one ", kGzip) + packed("", kGzip) + packed("two", kGzip), Coding::gzip).body,
      "one two");
}

TEST(ContentCoding, AGzipBodyMayBeFilledUpWithZeros) {
  const std::string zeros(512, '\0');
  EXPECT_EQ(unpacked(packed("one", kGzip) + zeros, Coding::gzip).body, "one");
  EXPECT_EQ(unpacked(packed("one", kGzip) + zeros + "x", Coding::gzip).outcome, Outcome::broken);
  EXPECT_EQ(unpacked(packed("one", kZlib) + zeros, Coding::deflate).outcome, Outcome::broken);
}

TEST(ContentCoding, WhatIsCutOffOrFollowedByOthersIsBroken) {
  const std::string text(30'000, 'x');
  for (const auto& [window, coding] : {std::pair{kGzip, Coding::gzip}, {kZlib, Coding::deflate}}) {
    const std::string whole = packed(text, window);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_EQ(unpacked(whole.substr(0, size), coding).outcome, Outcome::broken) << size;
    }
    EXPECT_EQ(unpacked(whole + "x", coding).outcome, Outcome::broken);
    std::string wrong_sum = whole;
    wrong_sum[whole.size() - (window == kGzip ? 5 : 1)] ^= 1;
    EXPECT_EQ(unpacked(wrong_sum, coding).outcome, Outcome::broken);
  }
  EXPECT_EQ(unpacked(packed(text, kRaw) + "x", Coding::deflate).outcome, Outcome::broken);
  EXPECT_EQ(unpacked(packed("a", kGzip) + packed("b", kGzip).substr(0, 9), Coding::gzip).outcome,
            Outcome::broken);
  EXPECT_EQ(unpacked("{\"event\":{}}", Coding::gzip).outcome, Outcome::broken);
  EXPECT_EQ(unpacked(packed("x", kZlib), Coding::gzip).outcome, Outcome::broken);
}

TEST(ContentCoding, ABombIsRefusedAtTheLimit) {
  const std::string bomb = packed(std::string(8'000'000, '\0'), kGzip);
  std::size_t most = 0;
  const auto seen = unpack(bomb, Coding::gzip, 100'000, [&](std::size_t bytes) {
    most = std::max(most, bytes);
    return true;
  });
  EXPECT_EQ(seen.outcome, Outcome::too_large);
  EXPECT_TRUE(seen.body.empty());
  EXPECT_LE(most, 100'000U);
  const std::string just = packed(std::string(100'000, 'x'), kGzip);
  EXPECT_EQ(unpacked(just, Coding::gzip, 100'000).outcome, Outcome::good);
  EXPECT_EQ(unpacked(just, Coding::gzip, 99'999).outcome, Outcome::too_large);
}

TEST(ContentCoding, UnpackingEndsWhereItIsNotPaid) {
  const std::string body = packed(std::string(50'000, 'x'), kGzip);
  std::size_t asked = 0;
  const auto seen = unpack(body, Coding::gzip, kEnough, [&](std::size_t) { return ++asked < 3; });
  EXPECT_EQ(seen.outcome, Outcome::refused);
  EXPECT_EQ(asked, 3U);
}

}  // namespace
}  // namespace segue::gateway
