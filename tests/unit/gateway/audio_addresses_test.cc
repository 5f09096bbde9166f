#include <gtest/gtest.h>

#include "consumers/player/sound_address.h"
#include "producers/gateway/audio/signed_addresses.h"
#include "producers/gateway/http/byte_range.h"
#include "producers/gateway/http/http.h"

namespace segue::gateway {
namespace {

using Kind = ByteRange::Kind;
using Verdict = SignedAddresses::Verdict;

constexpr Micros kSigned = 1'790'000'000 * kSecond;
constexpr std::int64_t kValidS = 3'600;
const std::string kFile = std::string(64, 'a') + ".flac";

struct Parts {
  std::string file, until, signature;
};

Parts parts_of(const std::string& address) {
  const std::size_t mark = address.find('?');
  const std::string_view query = std::string_view(address).substr(mark + 1);
  return {.file = std::string(player::composed_file(address.substr(0, mark))),
          .until = std::string(query_value(query, "until")),
          .signature = std::string(query_value(query, "signature"))};
}

class SignedAddressesTest : public testing::Test {
 protected:
  Verdict check(const Parts& parts, Micros now) const {
    return addresses.check(parts.file, parts.until, parts.signature, now);
  }
  const SignedAddresses addresses{"a key", kValidS};
  const Parts good = parts_of(addresses.sign(kFile, kSigned));
};

TEST_F(SignedAddressesTest, what_was_signed_is_good_until_it_ends) {
  EXPECT_EQ(good.file, kFile);
  EXPECT_EQ(check(good, kSigned), Verdict::good);
  EXPECT_EQ(check(good, kSigned + kValidS * kSecond), Verdict::good);
  EXPECT_EQ(check(good, kSigned + 2 * kValidS * kSecond), Verdict::ended);
}

TEST_F(SignedAddressesTest, a_changed_address_is_wrong) {
  Parts later = good;
  later.until = std::to_string(std::stoll(good.until) + 1);
  Parts padded = good;
  padded.until = "0" + good.until;
  Parts other = good;
  other.file = std::string(64, 'b') + ".flac";
  Parts unsigned_one = good;
  unsigned_one.signature.clear();
  Parts bent = good;
  bent.signature.back() = bent.signature.back() == 'A' ? 'B' : 'A';

  for (const Parts& wrong : {later, padded, other, unsigned_one, bent}) {
    EXPECT_EQ(check(wrong, kSigned), Verdict::wrong) << wrong.until << ' ' << wrong.signature;
  }
}

TEST_F(SignedAddressesTest, another_key_signs_other_addresses) {
  const SignedAddresses same("a key", kValidS);
  const SignedAddresses other("another key", kValidS);

  EXPECT_EQ(same.check(good.file, good.until, good.signature, kSigned), Verdict::good);
  EXPECT_EQ(other.check(good.file, good.until, good.signature, kSigned), Verdict::wrong);
}

TEST_F(SignedAddressesTest, an_address_stays_the_same_for_a_period) {
  const Micros begins = addresses.period(kSigned) * (kValidS / 4) * kSecond;

  EXPECT_EQ(addresses.sign(kFile, begins), addresses.sign(kFile, begins + 899 * kSecond));
  EXPECT_NE(addresses.sign(kFile, begins), addresses.sign(kFile, begins + 900 * kSecond));
}

TEST(ByteRangeTest, one_range_is_a_part_of_the_file) {
  const auto part = [](std::string_view range) {
    const ByteRange read = read_range(range, 100);
    EXPECT_EQ(read.kind, Kind::part) << range;
    return std::pair(read.first, read.bytes);
  };
  using Pair = std::pair<std::uint64_t, std::uint64_t>;

  EXPECT_EQ(part("bytes=0-0"), Pair(0, 1));
  EXPECT_EQ(part("bytes=10-19"), Pair(10, 10));
  EXPECT_EQ(part("BYTES= 10-"), Pair(10, 90));
  EXPECT_EQ(part("bytes=99-99999999999999999999999999"), Pair(99, 1));
  EXPECT_EQ(part("bytes=-7"), Pair(93, 7));
  EXPECT_EQ(part("bytes=-18446744073709551616"), Pair(0, 100));
}

TEST(ByteRangeTest, behind_the_end_there_is_nothing) {
  for (const char* range : {"bytes=100-", "bytes=100-200", "bytes=-0",
                            "bytes=18446744073709551615-", "bytes=99999999999999999999999-"}) {
    EXPECT_EQ(read_range(range, 100).kind, Kind::unsatisfiable) << range;
  }
  EXPECT_EQ(read_range("bytes=0-", 0).kind, Kind::unsatisfiable);
}

TEST(ByteRangeTest, what_is_no_single_range_means_the_whole_file) {
  for (const char* range :
       {"", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "bytes=0-1,3-4", "bytes=1",
        "lines=0-1", "bytes=+1-2", "bytes=1-2-3", "bytes=0x1-2"}) {
    const ByteRange read = read_range(range, 100);
    EXPECT_EQ(read.kind, Kind::whole) << range;
    EXPECT_EQ(read.bytes, 100U);
  }
}

TEST(ByteRangeTest, a_range_counts_for_the_same_file_alone) {
  EXPECT_TRUE(range_counts("", "\"x\""));
  EXPECT_TRUE(range_counts("\"x\"", "\"x\""));
  EXPECT_FALSE(range_counts("W/\"x\"", "\"x\""));
  EXPECT_FALSE(range_counts("Wed, 21 Oct 2015 07:28:00 GMT", "\"x\""));
}

TEST(QueryTest, values_are_found_by_their_whole_names) {
  EXPECT_EQ(query_value("a=1&until=2&until=3", "until"), "2");
  EXPECT_EQ(query_value("auntil=1&until", "until"), "");
  EXPECT_EQ(query_value("", "until"), "");
  EXPECT_EQ(query_value("signature=a=b&", "signature"), "a=b");
}

}  // namespace
}  // namespace segue::gateway
