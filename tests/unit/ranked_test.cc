#include "core/ranked.h"

#include <gtest/gtest.h>

namespace segue {
namespace {

Ranked of(std::uint64_t item) {
  Ranked ranked;
  ranked.ids = {ItemId{item}};
  ranked.list = {ItemId{item}};
  return ranked;
}

void keep(RankedMemory& memory, std::uint64_t listener, std::uint64_t stamp, std::uint64_t item) {
  Ranked ranked = of(item);
  memory.keep(listener, stamp, ranked);
}

// The item that was recalled; 0: nothing was.
std::uint64_t recalled(RankedMemory& memory, std::uint64_t listener, std::uint64_t stamp) {
  Ranked ranked = of(999);
  if (memory.recall(listener, stamp, ranked)) return ranked.list.at(0).value;
  EXPECT_EQ(ranked.list.at(0).value, 999U) << "what is not recalled is not touched";
  return 0;
}

TEST(RankedMemory, recalls_what_was_kept_once) {
  RankedMemory memory(4);
  keep(memory, 1, 7, 10);

  EXPECT_EQ(recalled(memory, 1, 7), 10U);
  EXPECT_EQ(recalled(memory, 1, 7), 0U);
}

TEST(RankedMemory, recalls_nothing_of_another_listener_or_another_state) {
  RankedMemory memory(4);
  keep(memory, 1, 7, 10);

  EXPECT_EQ(recalled(memory, 2, 7), 0U);
  EXPECT_EQ(recalled(memory, 1, 9), 0U);
  EXPECT_EQ(recalled(memory, 1, 7), 10U) << "asking in vain loses nothing";
}

TEST(RankedMemory, the_latest_of_a_listener_replaces_the_one_before) {
  RankedMemory memory(4);
  keep(memory, 1, 7, 10);
  keep(memory, 1, 9, 11);

  EXPECT_EQ(memory.size(), 1U);
  EXPECT_EQ(recalled(memory, 1, 7), 0U);
  EXPECT_EQ(recalled(memory, 1, 9), 11U);
}

TEST(RankedMemory, is_bounded_and_forgets_the_one_longest_unused) {
  RankedMemory memory(3);
  for (std::uint64_t listener = 1; listener <= 3; ++listener) {
    keep(memory, listener, 7, 10 * listener);
  }
  keep(memory, 1, 8, 11);

  keep(memory, 4, 7, 40);

  EXPECT_EQ(memory.size(), 3U);
  EXPECT_EQ(recalled(memory, 2, 7), 0U) << "kept before the others";
  EXPECT_EQ(recalled(memory, 1, 8), 11U);
  EXPECT_EQ(recalled(memory, 3, 7), 30U);
  EXPECT_EQ(recalled(memory, 4, 7), 40U);
}

TEST(RankedMemory, of_no_size_keeps_nothing) {
  RankedMemory memory(0);
  keep(memory, 1, 7, 10);

  EXPECT_EQ(memory.size(), 0U);
  EXPECT_EQ(recalled(memory, 1, 7), 0U);
}

}  // namespace
}  // namespace segue
