#include "core/models/item_models.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/world.h"

namespace segue::test {
namespace {

constexpr Micros kNow = kNoon;

ItemModel model(const std::string& track, float plays, Micros at = kNow) {
  return {.id = item_of(track_id(track)),
          .kind = ItemKind::track,
          .name = track,
          .artist = artist_id("miles"),
          .plays = static_cast<std::uint64_t>(plays) + 1,
          .holders = Item::kHoldersMax,
          .time = at,
          .weighted_plays = plays,
          .plays_day = plays,
          .plays_trend = plays,
          .follows_total = 1,
          .next_total = 1,
          .neighbours = {}};
}

std::vector<std::string> trending(const ItemModels& models) {
  std::vector<std::string> names;
  for (const ItemModels::Slot slot : models.trending()) names.push_back(models[slot].name);
  return names;
}

ItemModels::Slot slot_of(const ItemModels& models, const std::string& track) {
  return models.find(item_of(track_id(track)));
}

TEST(ItemModels, a_newer_model_replaces_the_older) {
  ItemModels models{Tuning{}};
  models.put(model("blue", 1));
  const ItemModels::Slot slot = slot_of(models, "blue");

  ItemModel newer = model("blue", 5);
  newer.neighbours = {{track_id("so"), 2, 1}};
  models.put(newer);

  EXPECT_EQ(slot_of(models, "blue"), slot);
  EXPECT_EQ(models.held(), 1U);
  ASSERT_EQ(models[slot].links.size(), 1U);
  EXPECT_EQ(models[slot].links[0].slot, slot_of(models, "so"));
  EXPECT_EQ(models[slot].links[0].follows, 2);
  EXPECT_FALSE(models[slot_of(models, "so")].held) << "only its id is known";
  EXPECT_NEAR(models.plays_trend(models[slot], kNow), 5, 1e-4);
}

TEST(ItemModels, a_session_that_has_left_an_item_is_not_met_there) {
  ItemModels models{Tuning{}};
  ItemModel blue = model("blue", 1);
  blue.sessions = {SessionMark{3}, SessionMark{2}, SessionMark{1}};
  models.put(blue);

  blue.sessions = {SessionMark{3}, SessionMark{1}};
  models.put(blue);

  std::vector<SessionMark> met;
  for (const SessionLog::Number number : models[slot_of(models, "blue")].sessions) {
    met.push_back(models.sessions().mark(number));
  }
  EXPECT_EQ(met, blue.sessions);
}

TEST(ItemModels, plays_fade_with_time) {
  Tuning tuning;
  tuning.trend_half_life_days = 14;
  ItemModels models{tuning};
  models.put(model("blue", 8));
  const ItemModels::Model& blue = models[slot_of(models, "blue")];

  EXPECT_NEAR(models.plays_trend(blue, kNow + 14 * kDay), 4, 1e-4);
  EXPECT_NEAR(models.log2_plays_day(blue, kNow + kDay), 2, 1e-4);
  EXPECT_EQ(models.plays_trend(blue, kNow + 10'000 * kDay), 0.125F) << "no less than an eighth";
  EXPECT_EQ(models.log2_plays_day(blue, 0), 40) << "bounded for a clock that is far behind";
}

TEST(ItemModels, trending_is_what_is_played_most_of_late) {
  ItemModels models{Tuning{}};
  models.put(model("old", 8, kNow - 60 * kDay));
  models.put(model("some", 2));
  models.put(model("most", 9));

  EXPECT_EQ(trending(models), (std::vector<std::string>{"most", "some", "old"}));

  models.put(model("some", 20));
  EXPECT_EQ(trending(models), (std::vector<std::string>{"some", "most", "old"}));
}

TEST(ItemModels, equally_hot_tracks_stand_in_the_order_of_their_ids) {
  ItemModels models{Tuning{}};
  for (const std::string track : {"a", "b", "c", "d", "e"}) models.put(model(track, 3));

  const auto order = models.trending();

  for (std::size_t i = 1; i < order.size(); ++i) {
    EXPECT_LT(models[order[i - 1]].id, models[order[i]].id);
  }
}

TEST(ItemModels, trending_is_bounded_and_keeps_the_hottest) {
  ItemModels models{Tuning{}};
  for (int i = 0; i < 300; ++i) {
    models.put(model("t" + std::to_string(i), static_cast<float>(1 + i * 7 % 300)));
  }

  ASSERT_EQ(models.trending().size(), ItemModels::kTrendingMax);
  EXPECT_NEAR(models.plays_trend(models[models.trending().front()], kNow), 300, 0.1);
  EXPECT_NEAR(models.plays_trend(models[models.trending().back()], kNow), 201, 0.1);
}

TEST(ItemModels, artists_do_not_trend) {
  ItemModels models{Tuning{}};
  ItemModel artist = model("miles", 100);
  artist.kind = ItemKind::artist;

  models.put(artist);

  EXPECT_TRUE(models.trending().empty());
}

TEST(ItemModels, tracks_and_artists_are_counted_apart) {
  ItemModels models{Tuning{}};
  ItemModel artist = model("miles", 100);
  artist.kind = ItemKind::artist;
  models.put(artist);
  models.put(model("blue", 5));
  models.put(model("blue", 6));
  models.put(model("so what", 5));
  EXPECT_EQ(models.held(), 3U);
  EXPECT_EQ(models.tracks_held(), 2U);

  models.remove(item_of(track_id("blue")));
  models.remove(artist.id);

  EXPECT_EQ(models.held(), 1U);
  EXPECT_EQ(models.tracks_held(), 1U);
}

TEST(ItemModels, past_the_cap_a_cold_model_goes) {
  Tuning tuning;
  tuning.models_held_max = 50;
  ItemModels models{tuning};
  for (int i = 0; i < 51; ++i)
    models.put(model("t" + std::to_string(i), static_cast<float>(100 - i)));

  EXPECT_EQ(models.held(), 50U);
  EXPECT_TRUE(models[slot_of(models, "t0")].held) << "the hottest stays";
  EXPECT_TRUE(models[slot_of(models, "t50")].held) << "the new one is in";

  for (int i = 0; i < 500; ++i) models.put(model("t" + std::to_string(i % 80), 5));
  EXPECT_EQ(models.held(), 50U);
  EXPECT_LE(models.trending().size(), 50U);
  for (const ItemModels::Slot slot : models.trending()) EXPECT_TRUE(models[slot].held);
}

TEST(ItemModels, of_a_few_models_the_coldest_goes) {
  Tuning tuning;
  tuning.models_held_max = 10;
  ItemModels models{tuning};
  for (int i = 0; i < 10; ++i) {
    models.put(model("t" + std::to_string(i), static_cast<float>(1 + i * 7 % 10)));
  }

  models.put(model("new", 5));

  EXPECT_FALSE(models[slot_of(models, "t0")].held);
  EXPECT_EQ(models.held(), 10U);
}

TEST(ItemModels, slots_are_bounded_at_four_times_the_cap) {
  Tuning tuning;
  tuning.models_held_max = 10;
  ItemModels models{tuning};
  ItemModel wide = model("wide", 3);
  for (int i = 0; i < 64; ++i) wide.neighbours.push_back({track_id("n" + std::to_string(i)), 1, 1});

  models.put(wide);
  for (int i = 0; i < 100; ++i) models.enrich(entry("c" + std::to_string(i), "C"));

  EXPECT_EQ(models.slots(), 40U);
  EXPECT_EQ(models[slot_of(models, "wide")].links.size(), 38U) << "besides itself and its artist";
  EXPECT_EQ(slot_of(models, "c99"), ItemModels::kNone);
}

TEST(ItemModels, what_the_catalogue_says_stays_when_a_model_comes) {
  ItemModels models{Tuning{}};
  models.enrich(entry("blue", "Blue in Green", "miles", "Miles Davis"));
  EXPECT_EQ(models.held(), 1U) << "it can be recommended before its first play";

  models.put(model("blue", 1));

  const ItemModels::Model& blue = models[slot_of(models, "blue")];
  EXPECT_EQ(blue.title, "Blue in Green");
  EXPECT_EQ(models[blue.artist_slot].title, "Miles Davis");
}

std::vector<std::string> of_genre(const ItemModels& models, const std::string& genre) {
  std::vector<std::string> names;
  for (const ItemModels::Slot slot : models.of_genre(kind_hash(genre))) {
    names.push_back(models[slot].name);
  }
  return names;
}

TEST(ItemModels, a_track_is_found_by_genre_whether_entry_or_model_came_first) {
  Tuning tuning;
  tuning.models_held_max = 10;
  ItemModels models{tuning};
  const auto jazz = [](const std::string& track) {
    CatalogEntry changed = entry(track, "Title");
    changed.genre = "Jazz";
    return changed;
  };
  models.put(model("model-first", 1));
  models.enrich(jazz("model-first"));
  // Half of the room is for what is played: what the catalogue says later introduces nothing.
  for (const char* other : {"b", "c", "d", "e"}) models.put(model(other, 1));
  models.enrich(jazz("entry-first"));
  ASSERT_EQ(of_genre(models, "jazz"), std::vector<std::string>{"model-first"});

  models.put(model("entry-first", 1));

  EXPECT_EQ(of_genre(models, "jazz"), (std::vector<std::string>{"model-first", "entry-first"}));
}

// Held by nothing but links, a track of the catalogue loses its slot when room is made for it.
TEST(ItemModels, a_catalogue_entry_stays_with_its_track_across_renumbering) {
  Tuning tuning;
  tuning.models_held_max = 10;
  ItemModels models{tuning};
  for (const std::string track : {"a", "b", "c"}) {
    ItemModel linked = model(track, 1);
    for (int i = 0; i < (track == "c" ? 11 : 12); ++i) {
      linked.neighbours.push_back({track_id(track + std::to_string(i)), 2, 1});
    }
    models.put(linked);
  }
  ASSERT_GT(models.slots(), 38U) << "the next model needs room";

  models.enrich(entry("c7", "Seventh"));

  const ItemModels::Slot slot = slot_of(models, "c7");
  ASSERT_NE(slot, ItemModels::kNone);
  EXPECT_EQ(models[slot].title, "Seventh");
  EXPECT_TRUE(models.can_be_recommended(slot));
}

TEST(ItemModels, what_is_taken_down_trends_no_more_until_it_is_back) {
  ItemModels models{Tuning{}};
  models.put(model("blue", 5));
  models.put(model("so", 3));

  models.take_down(track_id("blue"));
  models.put(model("blue", 9));
  EXPECT_EQ(trending(models), std::vector<std::string>{"so"});
  EXPECT_TRUE(models[slot_of(models, "blue")].taken_down);

  models.enrich(entry("blue", "Blue in Green"));
  models.put(model("blue", 10));
  EXPECT_EQ(trending(models), (std::vector<std::string>{"blue", "so"}));
}

TEST(ItemModels, a_take_down_may_come_before_the_first_model) {
  ItemModels models{Tuning{}};
  models.take_down(track_id("blue"));

  models.put(model("blue", 5));

  EXPECT_TRUE(models[slot_of(models, "blue")].taken_down);
  EXPECT_TRUE(models.trending().empty());
}

TEST(ItemModels, a_take_down_of_an_unknown_track_needs_no_slot) {
  Tuning tuning;
  tuning.models_held_max = 10;
  ItemModels models{tuning};
  for (int i = 0; i < 100; ++i) models.take_down(track_id("gone-" + std::to_string(i)));

  EXPECT_EQ(models.slots(), 0U);
  models.put(model("gone-99", 5));
  models.put(model("here", 1));
  EXPECT_EQ(trending(models), std::vector<std::string>{"here"});
}

TEST(ItemModels, past_its_limit_of_take_downs_only_the_catalogue_is_offered) {
  Tuning tuning;
  tuning.models_held_max = 10;
  ItemModels models{tuning};
  models.put(model("played", 5));
  models.enrich(entry("sold", "Sold"));
  for (int i = 0; i < 161; ++i) models.take_down(track_id("gone-" + std::to_string(i)));

  models.put(model("gone-160", 5));

  EXPECT_FALSE(models.can_be_recommended(slot_of(models, "gone-160")));
  EXPECT_FALSE(models.can_be_recommended(slot_of(models, "played")));
  EXPECT_TRUE(models.can_be_recommended(slot_of(models, "sold")));
}

TEST(ItemModels, a_tombstone_forgets_the_item) {
  ItemModels models{Tuning{}};
  models.put(model("blue", 5));
  models.remove(item_of(track_id("blue")));
  models.remove(item_of(track_id("never-heard-of")));

  EXPECT_EQ(models.held(), 0U);
  EXPECT_TRUE(models.trending().empty());
  EXPECT_FALSE(models[slot_of(models, "blue")].held);
}

Vector axis(std::size_t d) {
  Vector vector{};
  vector[d] = 1;
  return vector;
}

ItemModel at(ItemModel model, const Vector& vector) {
  model.vector = vector;
  return model;
}

// The one track that points most the way of an axis, or nothing.
std::string nearest(const ItemModels& models, std::size_t d) {
  std::vector<TrackIndex::Near> found;
  models.index().nearest(axis(d), 1, found);
  return found.empty() ? "" : models[found[0].slot].name;
}

TEST(ItemModels, a_track_is_found_by_its_vector) {
  ItemModels models{Tuning{}};
  models.put(at(model("blue", 1), axis(0)));
  models.put(at(model("so", 1), axis(1)));
  models.put(model("nowhere", 1));
  EXPECT_EQ(nearest(models, 0), "blue");
  EXPECT_EQ(nearest(models, 1), "so");
  EXPECT_EQ(models.index().size(), 2U) << "only of tracks that stand somewhere";

  models.put(at(model("blue", 1), axis(2)));
  EXPECT_EQ(nearest(models, 2), "blue");
}

TEST(ItemModels, what_is_let_go_is_not_found_by_its_vector) {
  Tuning tuning;
  tuning.models_held_max = 10;
  ItemModels models{tuning};
  for (int i = 0; i < 100; ++i) {
    const std::string name = "t" + std::to_string(i);
    models.put(at(model(name, 1.0F + static_cast<float>(i % 7)),
                  axis(static_cast<std::size_t>(i) % kDimensions)));
  }
  EXPECT_EQ(models.index().size(), 10U);
  std::vector<TrackIndex::Near> found;
  models.index().nearest(axis(0), 100, found);
  for (const TrackIndex::Near& near : found) EXPECT_TRUE(models[near.slot].held);

  models.put(at(model("blue", 99), axis(63)));
  EXPECT_EQ(nearest(models, 63), "blue");
  models.remove(item_of(track_id("blue")));
  EXPECT_NE(nearest(models, 63), "blue");
}

TEST(ItemModels, vectors_stay_with_their_tracks_when_slots_move) {
  Tuning tuning;
  tuning.models_held_max = 20;
  ItemModels models{tuning};
  for (int i = 0; i < 70; ++i) models.enrich(entry("c" + std::to_string(i), "C"));
  models.put(at(model("blue", 9), axis(0)));
  const ItemModels::Slot before = slot_of(models, "blue");

  // So many neighbours that what has no model must be forgotten.
  ItemModel wide = model("wide", 9);
  for (int i = 0; i < 64; ++i) wide.neighbours.push_back({track_id("n" + std::to_string(i)), 1, 1});
  models.put(wide);

  ASSERT_NE(slot_of(models, "blue"), before);
  EXPECT_EQ(nearest(models, 0), "blue");
}

}  // namespace
}  // namespace segue::test
