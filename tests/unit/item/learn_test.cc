#include "core/item/learn.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace segue {
namespace {

constexpr Micros kLearned = 1'795'262'400 * kSecond;
const ItemId kBlue = item_of(track_id("blue"));
const ItemId kMiles = item_of(artist_id("miles"));

ItemSignal played(Micros at = kLearned) {
  return {.kind = SignalKind::played, .item = kBlue, .other = kMiles, .time = at, .name = "blue"};
}

Item heard() {
  Item item;
  learn(item, played(), Tuning{});
  return item;
}

ItemSignal of_artist() {
  return {.kind = SignalKind::of_artist,
          .item = kMiles,
          .other = kBlue,
          .time = kLearned,
          .name = "miles"};
}

Item heard_artist() {
  Item artist;
  learn(artist, of_artist(), Tuning{});
  return artist;
}

ItemSignal followed_by(const std::string& track, std::uint8_t distance, Micros at = kLearned) {
  return {.kind = SignalKind::followed,
          .item = kBlue,
          .other = item_of(track_id(track)),
          .distance = distance,
          .time = at,
          .name = {}};
}

const Neighbour* neighbour(const Item& item, const std::string& track) {
  const auto found = std::find_if(item.neighbours.begin(), item.neighbours.end(),
                                  [&](const Neighbour& n) { return n.track == track_id(track); });
  return found == item.neighbours.end() ? nullptr : &*found;
}

TEST(Learn, the_first_play_makes_the_item) {
  Item item;

  learn(item, played(), Tuning{});

  EXPECT_EQ(item.id, kBlue);
  EXPECT_EQ(item.kind, ItemKind::track);
  EXPECT_EQ(item.name, "blue");
  EXPECT_EQ(item.artist, artist_id("miles"));
  EXPECT_EQ(item.signals, 1U);
  EXPECT_EQ(item.plays, 1U);
  EXPECT_EQ(item.plays_day, 1);
  EXPECT_EQ(item.plays_trend, 1);
}

TEST(Learn, a_skip_is_counted_and_is_no_play) {
  Item item = heard();
  ItemSignal skipped = played();
  skipped.kind = SignalKind::skipped;

  learn(item, skipped, Tuning{});

  EXPECT_EQ(item.skips, 1U);
  EXPECT_EQ(item.plays, 1U);
  EXPECT_EQ(item.plays_trend, 1);
  EXPECT_EQ(item.name, "blue");
}

TEST(Learn, nearer_followers_count_more) {
  Item item = heard();

  learn(item, followed_by("so", 1), Tuning{});
  learn(item, followed_by("freddie", 4), Tuning{});

  EXPECT_EQ(neighbour(item, "so")->follows, 1);
  EXPECT_EQ(neighbour(item, "so")->next, 1);
  EXPECT_EQ(neighbour(item, "freddie")->follows, 0.25F);
  EXPECT_EQ(neighbour(item, "freddie")->next, 0);
  EXPECT_EQ(item.follows_total, 1.25F);
  EXPECT_EQ(item.next_total, 1);
}

TEST(Learn, what_goes_with_an_artist_are_their_tracks) {
  Item artist;

  learn(artist,
        {.kind = SignalKind::of_artist,
         .item = kMiles,
         .other = kBlue,
         .time = kLearned,
         .name = "miles"},
        Tuning{});

  EXPECT_EQ(artist.kind, ItemKind::artist);
  EXPECT_EQ(artist.name, "miles");
  EXPECT_EQ(artist.plays, 1U);
  ASSERT_NE(neighbour(artist, "blue"), nullptr);
  EXPECT_EQ(neighbour(artist, "blue")->follows, 1);
  EXPECT_EQ(artist.follows_total, 1);
}

TEST(Learn, what_fades_is_worth_half_after_its_half_life) {
  Tuning tuning;
  tuning.follow_half_life_days = 60;
  tuning.trend_half_life_days = 14;
  Item item;
  learn(item, played(), tuning);
  learn(item, followed_by("so", 1), tuning);

  learn(item, followed_by("freddie", 1, kLearned + 60 * kDay), tuning);

  EXPECT_NEAR(neighbour(item, "so")->follows, 0.5, 1e-5);
  EXPECT_NEAR(neighbour(item, "so")->next, 0.5, 1e-5);
  EXPECT_NEAR(item.follows_total, 1.5, 1e-5);
  EXPECT_NEAR(item.plays_trend, std::exp2(-60.0 / 14), 1e-5);
  EXPECT_NEAR(item.plays_day, 0, 1e-5);
  EXPECT_EQ(item.plays, 1U) << "what is counted for ever does not fade";
}

TEST(Learn, fading_in_many_small_steps_is_fading_in_one) {
  Item often;
  Item once;
  learn(often, played(), Tuning{});
  learn(once, played(), Tuning{});
  for (int i = 1; i <= 1'440; ++i) {
    learn(often, followed_by("so", 1, kLearned + i * kMinute), Tuning{});
  }
  learn(once, followed_by("so", 1, kLearned + kDay), Tuning{});

  EXPECT_NEAR(often.plays_day, 0.5, 1e-3);
  EXPECT_NEAR(often.plays_day, once.plays_day, 1e-3);
}

TEST(Learn, the_weakest_neighbour_makes_room) {
  Item item = heard();
  for (std::size_t i = 0; i < Item::kNeighboursMax; ++i) {
    learn(item, followed_by("n" + std::to_string(i), i == 77 ? 5 : 1), Tuning{});
  }

  learn(item, followed_by("new", 1), Tuning{});

  EXPECT_EQ(item.neighbours.size(), Item::kNeighboursMax);
  EXPECT_EQ(neighbour(item, "n77"), nullptr);
  ASSERT_NE(neighbour(item, "new"), nullptr);
  EXPECT_EQ(neighbour(item, "new")->follows, 1);
  EXPECT_NEAR(item.follows_total, 200.2, 1e-3) << "totals remember what fell out";
}

TEST(Learn, of_equally_weak_neighbours_the_highest_id_makes_room) {
  Item item = heard();
  TrackId highest;
  for (std::size_t i = 0; i < Item::kNeighboursMax; ++i) {
    const std::string name = "n" + std::to_string(i);
    learn(item, followed_by(name, 1), Tuning{});
    highest = std::max(highest, track_id(name));
  }

  learn(item, followed_by("new", 1), Tuning{});

  EXPECT_TRUE(std::none_of(item.neighbours.begin(), item.neighbours.end(),
                           [&](const Neighbour& n) { return n.track == highest; }));
}

TEST(Learn, a_model_keeps_the_strongest_neighbours_in_order) {
  Item item = heard();
  for (std::size_t i = 0; i < 100; ++i) {
    for (std::size_t plays = 0; plays <= i % 10; ++plays) {
      learn(item, followed_by("n" + std::to_string(i), 1), Tuning{});
    }
  }

  const ItemModel model = model_of(item);

  ASSERT_EQ(model.neighbours.size(), ItemModel::kNeighboursMax);
  for (std::size_t i = 1; i < model.neighbours.size(); ++i) {
    const Neighbour& a = model.neighbours[i - 1];
    const Neighbour& b = model.neighbours[i];
    EXPECT_TRUE(a.follows > b.follows || (a.follows == b.follows && a.track < b.track));
  }
  EXPECT_EQ(model.neighbours.front().follows, 10);
  EXPECT_EQ(model.follows_total, item.follows_total);
}

TEST(Learn, company_is_what_is_heard_before_and_after) {
  Item item;
  ItemSignal signal = played();
  signal.before = {item_of(track_id("prelude")), item_of(track_id("so"))};

  learn(item, signal, Tuning{});
  learn(item, followed_by("so", 3), Tuning{});

  EXPECT_EQ(neighbour(item, "prelude")->together, 1);
  EXPECT_EQ(neighbour(item, "prelude")->follows, 0);
  EXPECT_EQ(neighbour(item, "so")->together, 2);
  EXPECT_EQ(item.together_total, 3);
  EXPECT_NEAR(item.follows_total, 1.0 / 3, 1e-6);
}

TEST(Learn, those_who_had_not_heard_it_before_are_counted) {
  Item item;
  ItemSignal signal = played();
  learn(item, signal, Tuning{});
  signal.first = true;
  signal.time += kHour;
  learn(item, signal, Tuning{});

  EXPECT_EQ(item.plays, 2U);
  EXPECT_EQ(item.listeners, 1U);
  EXPECT_EQ(item.first, kLearned) << "of the first signal";
}

ItemSignal led_to(const std::string& artist, std::uint8_t distance) {
  return {.kind = SignalKind::led_to,
          .item = kMiles,
          .other = item_of(artist_id(artist)),
          .distance = distance,
          .time = kLearned,
          .name = {}};
}

float relation(const Item& item, const std::string& artist) {
  const auto found = std::find_if(item.related.begin(), item.related.end(),
                                  [&](const auto& r) { return r.artist == artist_id(artist); });
  return found == item.related.end() ? 0 : found->weight;
}

TEST(Learn, a_listen_that_comes_late_counts_by_its_age) {
  Item in_time = heard();
  Item late = heard();

  learn(in_time, played(), Tuning{});
  learn(late, played(kLearned - 28 * kDay), Tuning{.trend_half_life_days = 14});

  EXPECT_EQ(late.plays, in_time.plays);
  EXPECT_EQ(late.time, kLearned) << "time does not run backwards";
  EXPECT_NEAR(late.plays_trend, 1.25F, 1e-4F) << "two half-lives old";
  EXPECT_LT(late.plays_day, 1.01F);
  EXPECT_EQ(in_time.plays_trend, 2);
}

TEST(Learn, an_artist_is_related_to_the_next_more_than_to_the_previous) {
  Item artist = heard_artist();

  learn(artist, led_to("john", 2), Tuning{});
  learn(artist,
        {.kind = SignalKind::of_artist,
         .item = kMiles,
         .other = kBlue,
         .time = kLearned,
         .name = "miles",
         .before = {item_of(artist_id("nina")), item_of(artist_id("john"))}},
        Tuning{});

  EXPECT_EQ(artist.kind, ItemKind::artist);
  EXPECT_FLOAT_EQ(relation(artist, "john"), 0.5F + 0.15F);
  EXPECT_FLOAT_EQ(relation(artist, "nina"), 0.3F);
  EXPECT_FLOAT_EQ(artist.related_total, 0.95F);
}

TEST(Learn, relations_are_bounded_and_the_weakest_makes_room) {
  Item artist = heard_artist();
  for (std::size_t i = 0; i < Item::kRelatedMax; ++i) {
    learn(artist, led_to("a" + std::to_string(i), i == 33 ? 3 : 1), Tuning{});
  }

  learn(artist, led_to("new", 2), Tuning{});

  EXPECT_EQ(artist.related.size(), Item::kRelatedMax);
  EXPECT_EQ(relation(artist, "a33"), 0);
  EXPECT_EQ(relation(artist, "new"), 0.5F);
}

TEST(Learn, a_vector_moves_towards_who_listens) {
  Item item;
  ItemSignal signal = played();
  learn(item, signal, Tuning{});
  EXPECT_TRUE(is_known(item.vector)) << "also for an unknown listener";
  const Vector fan = start_of(12'345);
  const Vector stranger = start_of(54'321);
  const float before = dot(fan, item.vector);

  signal.listener = fan;
  for (int i = 0; i < 300; ++i) learn(item, signal, Tuning{});

  EXPECT_GT(dot(fan, item.vector), before + 0.2F);
  EXPECT_LT(dot(fan, item.vector), 1);
  EXPECT_GT(dot(fan, item.vector), dot(stranger, item.vector));
}

TEST(Learn, a_skip_moves_no_vector) {
  Item item;
  learn(item, played(), Tuning{});
  const Vector before = item.vector;
  ItemSignal skipped = played();
  skipped.kind = SignalKind::skipped;
  skipped.listener = start_of(12'345);

  learn(item, skipped, Tuning{});

  EXPECT_EQ(item.vector, before);
}

}  // namespace
}  // namespace segue
