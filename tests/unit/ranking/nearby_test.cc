#include "core/ranking/nearby.h"

#include <gtest/gtest.h>

namespace segue {
namespace {

void search(NearbyMemory& memory, std::uint64_t listener) {
  Nearby& nearby = memory.of({listener});
  nearby.tracks = {{ItemId{listener}, 1}};
  nearby.age = 0;
}

TEST(NearbyMemory, a_search_is_found_again) {
  NearbyMemory memory;

  search(memory, 7);

  EXPECT_EQ(memory.of({8}).age, -1) << "another listener's is not taken for it";
  EXPECT_EQ(memory.of({7}).age, 0);
  EXPECT_EQ(memory.of({7}).tracks.at(0).track.value, 7U);
}

TEST(NearbyMemory, what_is_forgotten_is_searched_for_again) {
  NearbyMemory memory;
  search(memory, 7);

  memory.forget({7});

  EXPECT_EQ(memory.of({7}).age, -1);
}

TEST(NearbyMemory, is_bounded_and_keeps_the_listeners_heard_last) {
  NearbyMemory memory;

  for (std::uint64_t listener = 1; listener <= 3 * NearbyMemory::kListenersMax; ++listener) {
    search(memory, listener);
    EXPECT_EQ(memory.of({1}).age, 0) << "heard all the time";
    ASSERT_LE(memory.size(), NearbyMemory::kListenersMax);
  }

  EXPECT_EQ(memory.of({3 * NearbyMemory::kListenersMax}).age, 0);
  EXPECT_EQ(memory.of({2}).age, -1) << "not heard for long";
}

}  // namespace
}  // namespace segue
