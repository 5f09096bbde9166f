#include "core/ids.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

namespace segue {
namespace {

TEST(Ids, murmur2_is_the_one_of_kafkas_java_client) {
  // From org.apache.kafka.common.utils.UtilsTest.
  const std::array<std::pair<std::string_view, std::int32_t>, 6> known = {{
      {"21", -973932308},
      {"foobar", -790332482},
      {"a-little-bit-long-string", -985981536},
      {"a-little-bit-longer-string", -1486304829},
      {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
      {"abc", 479470107},
  }};

  for (const auto& [key, hash] : known) {
    EXPECT_EQ(static_cast<std::int32_t>(murmur2(key)), hash) << key;
  }
}

TEST(Ids, a_partition_is_the_positive_hash_modulo_their_number) {
  // "21" hashes below zero: Kafka clears the sign instead of negating.
  EXPECT_EQ(partition_of("21", 16), (-973932308 & 0x7fffffff) % 16);
  EXPECT_EQ(partition_of("abc", 7), 479470107 % 7);
  EXPECT_EQ(partition_of("", 1), 0);
}

TEST(Ids, partitions_share_keys_about_evenly) {
  std::array<int, 16> keys{};
  for (int i = 0; i < 16'000; ++i) {
    ++keys.at(static_cast<std::size_t>(partition_of("listener-" + std::to_string(i), 16)));
  }

  for (const int n : keys) EXPECT_NEAR(n, 1'000, 150);
}

TEST(Ids, no_text_is_no_id) {
  EXPECT_FALSE(track_id(""));
  EXPECT_FALSE(artist_id(""));
  EXPECT_FALSE(session_id(""));
  EXPECT_FALSE(play_id(""));
  EXPECT_TRUE(track_id("blue"));
}

TEST(Ids, stored_ids_never_change) {
  // XXH3-64 with seeds 0 and 1, as schemas/blobs.md promises to readers of the blobs.
  EXPECT_EQ(item_key(item_of(track_id("a"))), "e6c632b61e964e1f");
  EXPECT_EQ(item_key(item_of(artist_id("a"))), "d2f6d0996f37a720");
}

TEST(Ids, a_track_and_an_artist_of_one_text_are_two_items) {
  EXPECT_NE(item_of(track_id("blue")), item_of(artist_id("blue")));
  EXPECT_EQ(as_track(item_of(track_id("blue"))), track_id("blue"));
}

TEST(Ids, an_item_key_is_sixteen_hex_digits) {
  EXPECT_EQ(item_key(ItemId{0x00ff'1234'abcd'0001}), "00ff1234abcd0001");
  EXPECT_EQ(item_key(ItemId{}), "0000000000000000");
}

}  // namespace
}  // namespace segue
