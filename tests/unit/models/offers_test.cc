#include <gtest/gtest.h>

#include <string>

#include "core/models/item_models.h"
#include "tests/unit/world.h"

// A loaded catalogue keeps tracks from being offered, and its word on names and artists holds.
namespace segue::test {
namespace {

ItemModel track_of(const std::string& name, const std::string& artist, std::uint8_t holders) {
  return {.id = item_of(track_id(name)),
          .name = name,
          .artist = artist_id(artist),
          .artist_said = holders,
          .plays = holders,
          .listeners = holders,
          .holders = holders,
          .time = kNoon,
          .weighted_plays = static_cast<float>(holders),
          .plays_trend = static_cast<float>(holders),
          .neighbours = {},
          .vector = start_of(7)};
}

ItemModels::Slot offered_slot(const ItemModels& models, const std::string& track) {
  return models.find(item_of(track_id(track)));
}

bool offered(const ItemModels& models, const std::string& track) {
  return models.can_be_recommended(offered_slot(models, track));
}

TEST(Offers, where_there_is_no_catalogue_the_first_play_counts) {
  ItemModels models{Tuning{}};

  models.put(track_of("new", "a", 1));

  EXPECT_TRUE(offered(models, "new"));
}

TEST(Offers, composed_tracks_alone_make_no_catalogue) {
  ItemModels models{Tuning{}};
  models.put(track_of("new", "a", 1));

  models.enrich(entry("segue-composed-1", "Made", "", ""));
  EXPECT_TRUE(offered(models, "new"));
  EXPECT_TRUE(offered(models, "segue-composed-1"));

  models.enrich(entry("blue", "Blue", "miles", "Miles Davis"));
  EXPECT_FALSE(offered(models, "new"));
  models.take_down(track_id("blue"));
  EXPECT_TRUE(offered(models, "new"));
}

TEST(Offers, what_the_catalogue_lacks_waits_for_several_listeners) {
  ItemModels models{Tuning{}};
  models.enrich(entry("blue", "Blue", "miles", "Miles Davis"));

  models.put(track_of("new", "a", 2));
  EXPECT_FALSE(offered(models, "new"));
  EXPECT_TRUE(models.can_be_repeated(offered_slot(models, "new"))) << "to who heard it";
  EXPECT_FALSE(models.index().holds(offered_slot(models, "new")));

  models.put(track_of("new", "a", 3));
  EXPECT_TRUE(offered(models, "new"));
  EXPECT_TRUE(models.index().holds(offered_slot(models, "new")));
}

TEST(Offers, a_catalogue_that_comes_later_judges_what_is_there) {
  ItemModels models{Tuning{}};
  models.put(track_of("new", "a", 1));
  ASSERT_EQ(models.trending().size(), 1U);

  models.enrich(entry("blue", "Blue"));
  EXPECT_FALSE(offered(models, "new"));
  EXPECT_EQ(models.trending().size(), 1U) << "the catalogue's own";
  models.enrich(entry("new", "New"));
  EXPECT_TRUE(offered(models, "new"));
  models.take_down(track_id("new"));
  EXPECT_FALSE(offered(models, "new"));
}

TEST(Offers, a_catalogue_that_goes_leaves_all_as_without_one) {
  ItemModels models{Tuning{}};
  models.enrich(entry("blue", "Blue"));
  models.put(track_of("new", "a", 1));

  models.take_down(track_id("blue"));

  EXPECT_TRUE(offered(models, "new"));
}

TEST(Offers, of_the_catalogue_alone_nothing_else_is_ever_offered) {
  Tuning tuning;
  tuning.catalogue_only = true;
  ItemModels models{tuning};
  models.enrich(entry("blue", "Blue"));

  models.put(track_of("new", "a", 8));

  EXPECT_FALSE(models.can_be_repeated(offered_slot(models, "new")));
}

TEST(Offers, one_listener_cannot_borrow_an_artist_of_the_catalogue) {
  ItemModels models{Tuning{}};
  models.enrich(entry("blue", "Blue", "miles", "Miles Davis"));

  models.put(track_of("new", "miles", 1));
  EXPECT_EQ(models[offered_slot(models, "new")].artist, ArtistId{});
  EXPECT_EQ(models[offered_slot(models, "new")].artist_slot, ItemModels::kNone);

  models.put(track_of("new", "miles", 3));
  EXPECT_EQ(models[offered_slot(models, "new")].artist, artist_id("miles"));
}

TEST(Offers, a_borrowed_artist_is_found_out_when_the_catalogue_comes) {
  ItemModels models{Tuning{}};
  models.put(track_of("new", "miles", 1));
  models.put({.id = item_of(artist_id("miles")),
              .kind = ItemKind::artist,
              .name = "miles",
              .artist = {},
              .plays = 1,
              .holders = 1,
              .neighbours = {{.track = track_id("new"), .follows = 1}}});
  ASSERT_EQ(models[offered_slot(models, "new")].artist, artist_id("miles"));

  models.enrich(entry("blue", "Blue", "miles", "Miles Davis"));

  EXPECT_EQ(models[offered_slot(models, "new")].artist, ArtistId{});
}

TEST(Offers, the_artist_is_the_catalogues_whatever_is_played) {
  ItemModels models{Tuning{}};
  models.enrich(entry("blue", "Blue", "miles", "Miles Davis"));

  models.put(track_of("blue", "mallory", 8));

  EXPECT_EQ(models[offered_slot(models, "blue")].artist, artist_id("miles"));
}

TEST(Offers, a_model_of_another_name_than_the_catalogues_is_not_taken) {
  ItemModels models{Tuning{}};
  models.enrich(entry("blue", "Blue", "miles", "Miles Davis"));
  ItemModel twin = track_of("blue", "miles", 8);
  twin.name = "twin";

  EXPECT_FALSE(models.put(twin));
  EXPECT_EQ(models[offered_slot(models, "blue")].name, "blue");
  EXPECT_EQ(models[offered_slot(models, "blue")].holders, 0);
}

TEST(Offers, a_twin_that_came_first_gives_way_to_the_catalogue) {
  ItemModels models{Tuning{}};
  ItemModel twin = track_of("blue", "mallory", 1);
  twin.name = "twin";
  models.put(twin);

  models.enrich(entry("blue", "Blue", "miles", "Miles Davis"));

  EXPECT_EQ(models[offered_slot(models, "blue")].name, "blue");
  EXPECT_EQ(models[offered_slot(models, "blue")].listeners, 0);
  EXPECT_TRUE(offered(models, "blue"));
}

TEST(Offers, few_listeners_make_nothing_hot) {
  ItemModels models{Tuning{}};
  ItemModel pushed = track_of("pushed", "a", 1);
  pushed.plays_trend = 1'000;
  models.put(pushed);
  models.put(track_of("liked", "b", 6));

  EXPECT_EQ(models.trending().front(), offered_slot(models, "liked"));
}

}  // namespace
}  // namespace segue::test
