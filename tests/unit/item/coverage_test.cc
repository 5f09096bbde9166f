#include "core/item/coverage.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace segue {
namespace {

constexpr Micros kNow = 1'795'262'400 * kSecond;

SignalBatch batch(std::int64_t first, std::int64_t next, std::string source = "t@1",
                  std::int32_t partition = 0) {
  return {.source = std::move(source),
          .partition = partition,
          .first = first,
          .next = next,
          .signals = {}};
}

TEST(Coverage, all_of_a_first_batch_is_new) {
  const Coverage coverage;

  EXPECT_EQ(coverage.new_from(batch(100, 200)), 100);
}

TEST(Coverage, nothing_of_a_batch_read_again_is_new) {
  Coverage coverage;
  coverage.cover(batch(100, 200));

  EXPECT_EQ(coverage.new_from(batch(100, 200)), 200);
  EXPECT_EQ(coverage.new_from(batch(50, 120)), 120);
}

TEST(Coverage, the_rest_of_a_batch_that_is_cut_again_is_new) {
  Coverage coverage;
  coverage.cover(batch(100, 200));

  EXPECT_EQ(coverage.new_from(batch(150, 260)), 200);
  EXPECT_EQ(coverage.new_from(batch(200, 260)), 200);
}

TEST(Coverage, what_is_covered_never_shrinks) {
  Coverage coverage;
  coverage.cover(batch(100, 200));
  coverage.cover(batch(100, 150));

  EXPECT_EQ(coverage.new_from(batch(100, 300)), 200);
}

TEST(Coverage, partitions_and_incarnations_are_sources_of_their_own) {
  Coverage coverage;
  coverage.cover(batch(0, 200));

  EXPECT_EQ(coverage.new_from(batch(0, 200, "t@1", 1)), 0);
  EXPECT_EQ(coverage.new_from(batch(0, 200, "t@2", 0)), 0);
}

TEST(Coverage, too_many_sources_are_refused_and_known_ones_go_on) {
  Coverage coverage;
  for (std::size_t i = 0; i < Coverage::kSourcesMax; ++i) {
    ASSERT_TRUE(coverage.cover(batch(0, 1, "t@" + std::to_string(i))));
  }

  EXPECT_FALSE(coverage.cover(batch(0, 1, "t@one-more")));
  EXPECT_TRUE(coverage.cover(batch(1, 2, "t@0")));
}

TEST(Coverage, an_item_is_broadcast_at_most_once_in_an_interval) {
  const ItemId blue{1};
  Coverage coverage;
  coverage.changed(blue);
  EXPECT_EQ(coverage.due(kNow), std::vector<ItemId>{blue});

  coverage.broadcast(blue, kNow + kSecond);
  EXPECT_EQ(coverage.pending(), 0U);
  coverage.changed(blue);

  EXPECT_TRUE(coverage.due(kNow + kSecond - 1).empty());
  EXPECT_EQ(coverage.due(kNow + kSecond), std::vector<ItemId>{blue});
}

TEST(Coverage, forgotten_broadcasts_hold_nothing_back) {
  const ItemId blue{1};
  Coverage coverage;
  coverage.broadcast(blue, kNow + kSecond);
  coverage.changed(blue);

  coverage.forget_broadcasts(kNow + kSecond - 1);
  EXPECT_TRUE(coverage.due(kNow + 1).empty());

  coverage.forget_broadcasts(kNow + kSecond);
  EXPECT_EQ(coverage.due(kNow + 1).size(), 1U);
}

TEST(Coverage, too_many_pending_items_are_all_due) {
  Coverage coverage;
  for (std::uint64_t i = 1; i <= Coverage::kPendingMax; ++i) {
    coverage.broadcast(ItemId{i}, kNow + kSecond);
    coverage.changed(ItemId{i});
  }

  EXPECT_EQ(coverage.due(kNow).size(), Coverage::kPendingMax);
}

TEST(Coverage, a_new_owner_may_broadcast_at_once) {
  Coverage coverage;
  coverage.broadcast(ItemId{1}, kNow + kSecond);
  coverage.changed(ItemId{1});

  const Result<Coverage> taken_over = decode_coverage(encode(coverage));

  EXPECT_EQ(taken_over->due(kNow).size(), 1U);
}

}  // namespace
}  // namespace segue
