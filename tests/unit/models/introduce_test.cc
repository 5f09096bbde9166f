#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "core/models/item_models.h"
#include "tests/unit/world.h"

// The replica's knowledge of a track before its model, and of an artist's company.
namespace segue::test {
namespace {

ItemModel artist_model(const std::string& name) {
  return {.id = item_of(artist_id(name)),
          .kind = ItemKind::artist,
          .name = name,
          .artist = {},
          .plays = 100,
          .time = kNoon,
          .plays_day = 100,
          .plays_trend = 100,
          .neighbours = {}};
}

const ItemModels::Model& of_track(const ItemModels& models, const std::string& track) {
  return models[models.find(item_of(track_id(track)))];
}

const ItemModels::Model& of_artist(const ItemModels& models, const std::string& artist) {
  return models[models.find(item_of(artist_id(artist)))];
}

TEST(ItemModels, a_track_is_introduced_before_anything_else_is_known_of_it) {
  ItemModels models{Tuning{}};
  EXPECT_FALSE(models.knows(track_id("blue")));

  models.introduce(track_id("blue"), "blue", artist_id("miles"), kNoon);

  EXPECT_TRUE(models.knows(track_id("blue")));
  EXPECT_EQ(models.tracks_held(), 1U);
  const ItemModels::Model& blue = of_track(models, "blue");
  EXPECT_EQ(blue.name, "blue");
  EXPECT_EQ(blue.artist, artist_id("miles"));
  EXPECT_EQ(blue.first, kNoon);
  EXPECT_EQ(blue.listeners, 0);
  Candidates candidates;
  candidates.clear(models, 10);
  EXPECT_NE(candidates.add(models.find(item_of(track_id("blue"))), 0, 1), nullptr);
}

TEST(ItemModels, an_introduction_changes_no_model) {
  ItemModels models{Tuning{}};
  models.put({.id = item_of(track_id("blue")),
              .name = "blue",
              .artist = artist_id("miles"),
              .plays = 8,
              .listeners = 7,
              .first = kNoon - kDay,
              .time = kNoon,
              .plays_trend = 8,
              .neighbours = {}});

  models.introduce(track_id("blue"), "other", artist_id("john"), kNoon + kDay);
  models.introduce(TrackId{}, "nothing", artist_id("john"), kNoon);

  const ItemModels::Model& blue = of_track(models, "blue");
  EXPECT_EQ(blue.name, "blue");
  EXPECT_EQ(blue.artist, artist_id("miles"));
  EXPECT_EQ(blue.first, kNoon - kDay);
  EXPECT_EQ(blue.listeners, 7);
  EXPECT_EQ(models.held(), 1U);
}

TEST(ItemModels, what_is_taken_down_stays_so_when_it_is_introduced) {
  ItemModels models{Tuning{}};
  models.take_down(track_id("blue"));

  models.introduce(track_id("blue"), "blue", artist_id("miles"), kNoon);

  EXPECT_TRUE(of_track(models, "blue").taken_down);
  EXPECT_TRUE(models.trending().empty());
}

TEST(ItemModels, introductions_are_bounded_as_models_are) {
  Tuning tuning;
  tuning.models_held_max = 20;
  ItemModels models{tuning};

  for (int i = 0; i < 500; ++i) {
    const std::string name = "t" + std::to_string(i);
    models.introduce(track_id(name), name, artist_id("a" + name), kNoon);
  }

  EXPECT_EQ(models.held(), 20U);
  EXPECT_LE(models.slots(), 80U);
}

TEST(ItemModels, an_artist_who_leads_to_themselves_is_one_to_stay_with) {
  ItemModels models{Tuning{}};
  ItemModel miles = artist_model("miles");
  miles.related = {{artist_id("miles"), 3}, {artist_id("john"), 2}};
  miles.related_total = 5;
  ItemModel john = artist_model("john");

  models.put(miles);
  models.put(john);

  const ItemModels::Model& held = of_artist(models, "miles");
  ASSERT_EQ(held.related.size(), 1U) << "the artist is not in its own company";
  EXPECT_EQ(held.related[0].slot, models.find(item_of(artist_id("john"))));
  EXPECT_EQ(held.related[0].weight, 2);
  EXPECT_GT(held.stay, of_artist(models, "john").stay);
  EXPECT_LT(held.stay, 0.6F) << "three in five, with doubt";
}

TEST(ItemModels, related_artists_stay_themselves_when_slots_move) {
  Tuning tuning;
  tuning.models_held_max = 20;
  ItemModels models{tuning};
  // The index before them is forgotten, so both must move.
  for (int i = 0; i < 30; ++i) models.enrich(entry("c" + std::to_string(i), "C"));
  ItemModel miles = artist_model("miles");
  miles.related = {{artist_id("john"), 2}, {artist_id("forgotten"), 1}};
  models.put(miles);
  models.put(artist_model("john"));
  const ItemModels::Slot before = models.find(miles.id);

  for (int i = 0; i < 60; ++i) {
    const std::string name = "t" + std::to_string(i);
    models.introduce(track_id(name), name, artist_id("a" + name), kNoon);
  }

  ASSERT_NE(models.find(miles.id), before);
  const ItemModels::Model& held = of_artist(models, "miles");
  ASSERT_EQ(held.related.size(), 1U) << "who has no model is forgotten";
  EXPECT_EQ(models[held.related[0].slot].id, item_of(artist_id("john")));
}

}  // namespace
}  // namespace segue::test
