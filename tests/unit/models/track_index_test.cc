#include "core/models/track_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <shared_mutex>
#include <thread>

namespace segue::test {
namespace {

using Near = TrackIndex::Near;
using Slot = TrackIndex::Slot;

constexpr std::uint32_t kSeed = 20'261'121;
// Enough changes that a rebuild begins.
constexpr Slot kMany = 2'400;

// Tracks as factor models make them: `groups` directions, each track one of them and noise.
class Tracks {
 public:
  Tracks(std::size_t groups, float noise) : noise_(noise), random_(kSeed) {
    for (std::size_t i = 0; i < groups; ++i) centres_.push_back(any());
  }
  Vector any() {
    Vector vector;
    for (float& value : vector) value = normal_(random_);
    return vector;
  }
  Vector next() {
    Vector vector = any();
    const Vector& centre = centres_[random_() % centres_.size()];
    for (std::size_t d = 0; d < kDimensions; ++d) vector[d] = centre[d] + noise_ * vector[d];
    return vector;
  }
  std::mt19937& random() { return random_; }

 private:
  float noise_;
  std::mt19937 random_;
  std::normal_distribution<float> normal_;
  std::vector<Vector> centres_;
};

float cosine(VectorView a, VectorView b) {
  const float* x = a.data();
  const float* y = b.data();
  double xy = 0;
  double xx = 0;
  double yy = 0;
  for (std::size_t d = 0; d < kDimensions; ++d) {
    xy += static_cast<double>(x[d]) * y[d];
    xx += static_cast<double>(x[d]) * x[d];
    yy += static_cast<double>(y[d]) * y[d];
  }
  return static_cast<float>(xy / std::sqrt(xx * yy));
}

std::vector<Near> nearest(const TrackIndex& index, VectorView query, std::size_t n) {
  std::vector<Near> found;
  index.nearest(query, n, found);
  return found;
}

std::vector<Slot> slots(const std::vector<Near>& found) {
  std::vector<Slot> all;
  all.reserve(found.size());
  for (const Near& near : found) all.push_back(near.slot);
  return all;
}

// The answer of an exact search.
std::vector<Slot> truly_nearest(const std::map<Slot, Vector>& tracks, VectorView query,
                                std::size_t n) {
  std::vector<std::pair<float, Slot>> all;
  all.reserve(tracks.size());
  for (const auto& [slot, vector] : tracks) all.emplace_back(-cosine(query, vector), slot);
  std::sort(all.begin(), all.end());
  std::vector<Slot> first;
  for (std::size_t i = 0; i < std::min(n, all.size()); ++i) first.push_back(all[i].second);
  return first;
}

bool rebuild(TrackIndex& index) {
  auto begun = index.begin_rebuild();
  if (!begun) return false;
  begun->run();
  index.swap(*begun);
  return true;
}

Vector along_axis(std::size_t d, float length = 1) {
  Vector vector{};
  vector[d] = length;
  return vector;
}

// The share of the truly nearest 100 that is found, for tracks' own vectors and sums of two.
double recall(const TrackIndex& index, const std::map<Slot, Vector>& tracks, Tracks& source) {
  constexpr std::size_t kNearest = 100;
  constexpr int kQueries = 20;
  std::size_t found = 0;
  for (int q = 0; q < kQueries; ++q) {
    Vector query = source.next();
    const Vector other = source.next();
    for (std::size_t d = 0; q % 2 == 0 && d < kDimensions; ++d) query[d] += other[d];
    const std::vector<Slot> truth = truly_nearest(tracks, query, kNearest);
    for (const Slot slot : slots(nearest(index, query, kNearest))) {
      found += std::count(truth.begin(), truth.end(), slot) > 0 ? 1 : 0;
    }
  }
  return static_cast<double>(found) / (kQueries * kNearest);
}

TEST(TrackIndex, the_best_comes_first_and_length_does_not_count) {
  TrackIndex index(10);
  index.put(3, along_axis(0, 0.01F));
  index.put(1, along_axis(1, 100));
  Vector between = along_axis(0, 2);
  between[1] = 1;
  index.put(2, between);

  const std::vector<Near> found = nearest(index, along_axis(0, 7), 3);

  EXPECT_EQ(slots(found), (std::vector<Slot>{3, 2, 1}));
  EXPECT_NEAR(found[0].similarity, 1, 1e-6);
  EXPECT_NEAR(found[1].similarity, 2 / std::sqrt(5.0), 1e-6);
  EXPECT_NEAR(found[2].similarity, 0, 1e-6);
}

TEST(TrackIndex, of_equals_the_lower_slot_comes_first_also_at_the_cut) {
  TrackIndex index(10);
  for (const Slot slot : {7U, 2U, 9U, 4U}) index.put(slot, along_axis(5));

  EXPECT_EQ(slots(nearest(index, along_axis(5), 3)), (std::vector<Slot>{2, 4, 7}));
}

TEST(TrackIndex, an_empty_index_finds_nothing) {
  TrackIndex index(10);
  EXPECT_TRUE(nearest(index, along_axis(0), 5).empty());
  EXPECT_FALSE(index.begin_rebuild().has_value());

  index.put(0, along_axis(0));
  EXPECT_TRUE(nearest(index, along_axis(0), 0).empty());
  EXPECT_EQ(nearest(index, along_axis(0), 5).size(), 1U);
}

TEST(TrackIndex, a_query_without_a_direction_finds_nothing) {
  TrackIndex index(10);
  index.put(0, along_axis(0));
  EXPECT_TRUE(nearest(index, Vector{}, 5).empty());
  EXPECT_TRUE(nearest(index, along_axis(1, std::numeric_limits<float>::quiet_NaN()), 5).empty());
  EXPECT_TRUE(nearest(index, along_axis(1, std::numeric_limits<float>::infinity()), 5).empty());
}

TEST(TrackIndex, a_vector_without_a_direction_removes_the_track) {
  TrackIndex index(10);
  index.put(0, along_axis(0));
  index.put(1, along_axis(0));

  EXPECT_TRUE(index.put(0, Vector{}));
  EXPECT_TRUE(index.put(1, along_axis(3, std::numeric_limits<float>::quiet_NaN())));

  EXPECT_EQ(index.size(), 0U);
  EXPECT_TRUE(nearest(index, along_axis(0), 5).empty());
}

TEST(TrackIndex, past_its_capacity_it_takes_no_track_but_changes_those_it_has) {
  TrackIndex index(2);
  EXPECT_TRUE(index.put(10, along_axis(0)));
  EXPECT_TRUE(index.put(20, along_axis(1)));
  EXPECT_FALSE(index.put(30, along_axis(2)));
  EXPECT_TRUE(index.put(20, along_axis(2)));
  EXPECT_EQ(slots(nearest(index, along_axis(2), 1)), std::vector<Slot>{20});

  index.remove(10);
  EXPECT_TRUE(index.put(30, along_axis(0)));
  EXPECT_EQ(slots(nearest(index, along_axis(0), 1)), std::vector<Slot>{30});
}

TEST(TrackIndex, a_rebuild_begins_when_enough_has_changed_and_one_at_a_time) {
  Tracks source(10, 1);
  TrackIndex index(kMany);
  for (Slot slot = 0; slot < 1'000; ++slot) index.put(slot, source.next());
  EXPECT_FALSE(index.begin_rebuild().has_value());
  for (Slot slot = 1'000; slot < kMany; ++slot) index.put(slot, source.next());

  auto begun = index.begin_rebuild();
  ASSERT_TRUE(begun.has_value());
  for (Slot slot = 0; slot < kMany; ++slot) index.put(slot, source.next());
  EXPECT_FALSE(index.begin_rebuild().has_value()) << "one is under way";
  EXPECT_EQ(index.changes(), 2U * kMany);
  begun->run();
  index.swap(*begun);

  EXPECT_EQ(index.changes(), kMany) << "what came meanwhile";
  EXPECT_TRUE(index.begin_rebuild().has_value());
}

TEST(TrackIndex, changes_are_seen_at_once_before_during_and_after_a_rebuild) {
  Tracks source(10, 1);
  TrackIndex index(kMany);
  for (Slot slot = 0; slot < kMany; ++slot) index.put(slot, source.next());
  ASSERT_TRUE(rebuild(index));
  const Vector here = source.any();
  const Vector there = source.any();

  index.put(7, here);
  EXPECT_EQ(slots(nearest(index, here, 1)), std::vector<Slot>{7}) << "newer than the snapshot";
  for (Slot slot = 1'000; slot < kMany; ++slot) index.put(slot, source.next());
  auto begun = index.begin_rebuild();
  ASSERT_TRUE(begun.has_value());
  EXPECT_EQ(slots(nearest(index, here, 1)), std::vector<Slot>{7}) << "in the rebuild";
  index.put(7, there);
  index.put(8, here);
  index.remove(9);
  EXPECT_EQ(slots(nearest(index, here, 1)), std::vector<Slot>{8}) << "newer than the rebuild";
  begun->run();
  index.swap(*begun);

  EXPECT_EQ(slots(nearest(index, here, 1)), std::vector<Slot>{8});
  EXPECT_EQ(slots(nearest(index, there, 1)), std::vector<Slot>{7});
  const std::vector<Slot> all = slots(nearest(index, here, TrackIndex::kNearestMax));
  EXPECT_EQ(std::count(all.begin(), all.end(), 9U), 0);
  EXPECT_EQ(index.size(), kMany - 1);
}

TEST(TrackIndex, a_removed_track_stays_away_and_may_come_back) {
  Tracks source(10, 1);
  TrackIndex index(kMany);
  const Vector here = source.any();
  for (Slot slot = 0; slot < kMany; ++slot) index.put(slot, slot == 5 ? here : source.next());
  ASSERT_TRUE(rebuild(index));
  EXPECT_EQ(slots(nearest(index, here, 1)), std::vector<Slot>{5});

  index.remove(5);
  EXPECT_NE(slots(nearest(index, here, 1)), std::vector<Slot>{5});
  for (Slot slot = 10; slot < kMany; ++slot) index.put(slot, source.next());
  ASSERT_TRUE(rebuild(index));
  EXPECT_NE(slots(nearest(index, here, 1)), std::vector<Slot>{5});

  index.put(5, here);
  EXPECT_EQ(slots(nearest(index, here, 1)), std::vector<Slot>{5});
}

TEST(TrackIndex, when_all_are_removed_nothing_is_found) {
  Tracks source(10, 1);
  TrackIndex index(kMany);
  for (Slot slot = 0; slot < kMany; ++slot) index.put(slot, source.next());
  ASSERT_TRUE(rebuild(index));
  for (Slot slot = 0; slot < kMany; ++slot) index.remove(slot);
  EXPECT_TRUE(nearest(index, source.any(), 10).empty());
  ASSERT_TRUE(rebuild(index));

  EXPECT_TRUE(nearest(index, source.any(), 10).empty());
  EXPECT_EQ(index.changes(), 0U);
  EXPECT_EQ(index.scanned_share(), 0);
}

TEST(TrackIndex, slots_may_be_renumbered_without_putting_vectors_again) {
  Tracks source(10, 1);
  TrackIndex index(kMany);
  const Vector here = source.any();
  const Vector there = source.any();
  for (Slot slot = 0; slot < kMany; ++slot) index.put(slot, slot == 1'600 ? here : source.next());
  ASSERT_TRUE(rebuild(index));
  index.put(2'000, there);

  // Odd slots are forgotten, the others move together.
  std::vector<Slot> moved(kMany, TrackIndex::kNone);
  for (Slot slot = 0; slot < kMany; slot += 2) moved[slot] = slot / 2;
  index.renumber(moved);

  EXPECT_EQ(index.size(), kMany / 2);
  EXPECT_EQ(slots(nearest(index, here, 1)), std::vector<Slot>{800});
  EXPECT_EQ(slots(nearest(index, there, 1)), std::vector<Slot>{1'000});
  for (const Slot slot : slots(nearest(index, there, 1'000))) EXPECT_LT(slot, kMany / 2);
  index.put(800, there);
  index.remove(1'000);
  EXPECT_EQ(slots(nearest(index, there, 1)), std::vector<Slot>{800});
}

TEST(TrackIndex, a_rebuild_begun_before_it_was_cleared_changes_nothing) {
  Tracks source(10, 1);
  TrackIndex index(kMany);
  for (Slot slot = 0; slot < kMany; ++slot) index.put(slot, source.next());
  auto begun = index.begin_rebuild();
  ASSERT_TRUE(begun.has_value());
  index.clear();
  index.put(4, along_axis(0));
  begun->run();
  index.swap(*begun);

  EXPECT_EQ(slots(nearest(index, along_axis(0), 10)), std::vector<Slot>{4});
  EXPECT_EQ(index.size(), 1U);
}

TEST(TrackIndex, a_copy_goes_its_own_way) {
  Tracks source(10, 1);
  TrackIndex index(kMany);
  for (Slot slot = 0; slot < kMany; ++slot) index.put(slot, source.next());
  auto begun = index.begin_rebuild();
  ASSERT_TRUE(begun.has_value());
  const Vector here = source.any();
  TrackIndex copy = index;
  copy.put(5, here);
  begun->run();
  index.swap(*begun);
  copy.swap(*begun);

  EXPECT_EQ(slots(nearest(copy, here, 1)), std::vector<Slot>{5});
  EXPECT_LT(nearest(index, here, 1)[0].similarity, 0.9F);
  EXPECT_EQ(index.changes(), 0U);
  EXPECT_EQ(copy.changes(), 1U);
}

// Vectors in groups, in none at all, and all alike but for noise.
TEST(TrackIndex, nine_of_the_ten_nearest_are_found) {
  const std::pair<std::size_t, float> kinds[] = {{50, 0.5F}, {200, 1.5F}, {4'000, 3}, {1, 0.2F}};
  for (const auto& [groups, noise] : kinds) {
    SCOPED_TRACE(testing::Message() << "groups " << groups << ", seed " << kSeed);
    Tracks source(groups, noise);
    TrackIndex index(kMany);
    std::map<Slot, Vector> tracks;
    for (Slot slot = 0; slot < kMany; ++slot) {
      index.put(slot, tracks[slot] = source.next());
    }
    ASSERT_TRUE(rebuild(index));

    EXPECT_GE(recall(index, tracks, source), 0.9);
  }
}

TEST(TrackIndex, found_tracks_are_current_and_nearly_all_are_found) {
  Tracks source(100, 1);
  TrackIndex index(kMany);
  std::map<Slot, Vector> tracks;
  std::optional<TrackIndex::Rebuild> begun;
  std::size_t rebuilds = 0;
  for (int round = 0; round < 15'000; ++round) {
    const auto slot = static_cast<Slot>(source.random()() % (kMany + 500));
    if (source.random()() % 4 == 0) {
      index.remove(slot);
      tracks.erase(slot);
    } else if (const Vector vector = source.next(); index.put(slot, vector)) {
      tracks[slot] = vector;
    }
    if (round % 700 == 0 && begun) {
      begun->run();
      index.swap(*begun);
      begun.reset();
      ++rebuilds;
    } else if (!begun) {
      begun = index.begin_rebuild();
    }
  }

  ASSERT_GE(rebuilds, 5U) << "seed " << kSeed;
  EXPECT_EQ(index.size(), tracks.size());
  for (int q = 0; q < 50; ++q) {
    const Vector query = source.next();
    for (const Near& near : nearest(index, query, 50)) {
      ASSERT_TRUE(tracks.contains(near.slot)) << "seed " << kSeed;
      ASSERT_NEAR(near.similarity, cosine(query, tracks[near.slot]), 1e-3) << "seed " << kSeed;
    }
  }
  EXPECT_GE(recall(index, tracks, source), 0.9) << "seed " << kSeed;
}

TEST(TrackIndex, the_same_changes_give_the_same_answers) {
  const auto answers = [] {
    Tracks source(50, 1);
    TrackIndex index(kMany);
    for (Slot slot = 0; slot < kMany; ++slot) index.put(slot, source.next());
    rebuild(index);
    for (Slot slot = 0; slot < 1'200; ++slot) index.put(slot, source.next());
    rebuild(index);
    std::vector<Slot> all;
    for (int q = 0; q < 20; ++q) {
      for (const Slot slot : slots(nearest(index, source.next(), 100))) all.push_back(slot);
    }
    return all;
  };
  EXPECT_EQ(answers(), answers());
}

// For the thread sanitizer: readers search while a writer puts and another thread rebuilds.
TEST(TrackIndex, searches_go_on_while_it_is_rebuilt) {
  Tracks source(20, 1);
  TrackIndex index(kMany);
  for (Slot slot = 0; slot < kMany; ++slot) index.put(slot, source.next());
  std::shared_mutex lock;
  std::atomic<bool> stop = false;
  std::thread reader([&] {
    Tracks queries(20, 1);
    while (!stop) {
      const Vector query = queries.next();
      const std::shared_lock reading(lock);
      ASSERT_EQ(nearest(index, query, 20).size(), 20U);
    }
  });
  int rebuilds = 0;
  std::thread rebuilder([&] {
    while (rebuilds < 3) {
      std::optional<TrackIndex::Rebuild> begun;
      {
        const std::unique_lock writing(lock);
        for (Slot slot = 0; slot < 1'200; ++slot) index.put(slot, source.next());
        begun = index.begin_rebuild();
      }
      ASSERT_TRUE(begun.has_value());
      begun->run();
      const std::unique_lock writing(lock);
      index.swap(*begun);
      ++rebuilds;
    }
  });
  rebuilder.join();
  stop = true;
  reader.join();

  EXPECT_EQ(index.changes(), 0U);
  EXPECT_EQ(index.size(), kMany);
}

}  // namespace
}  // namespace segue::test
