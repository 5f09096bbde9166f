#include <gtest/gtest.h>

#include <string>

#include "core/item/learn.h"
#include "core/listener/listening.h"
#include "tests/unit/world.h"

// Listeners remember an item, and it goes when none does.
namespace segue::test {
namespace {

const ItemId kBlue = item_of(track_id("blue"));

ItemSignal played_by(const std::string& listener, const std::string& artist = "miles") {
  return {.kind = SignalKind::played,
          .item = kBlue,
          .other = item_of(artist_id(artist)),
          .first = true,
          .time = kNoon,
          .name = "blue",
          .who = listener_mark(listener)};
}

ItemSignal left_by(const std::string& listener) {
  return {.kind = SignalKind::left,
          .time = kNoon,
          .name = {},
          .before = {kBlue},
          .who = listener_mark(listener)};
}

Item heard_by(int listeners) {
  Item item;
  for (int i = 0; i < listeners; ++i) learn(item, played_by("l" + std::to_string(i)), Tuning{});
  return item;
}

TEST(Holders, an_item_is_gone_with_the_last_who_remembers_it) {
  Item item = heard_by(2);

  learn(item, left_by("l0"), Tuning{});
  EXPECT_FALSE(is_gone(item));
  learn(item, left_by("l1"), Tuning{});

  EXPECT_TRUE(is_gone(item));
  EXPECT_EQ(item, Item{});
}

TEST(Holders, a_listener_who_never_heard_it_takes_nothing_away) {
  Item item = heard_by(1);

  learn(item, left_by("stranger"), Tuning{});

  EXPECT_FALSE(is_gone(item));
}

TEST(Holders, what_many_remember_at_once_stays_and_forgets_who) {
  Item item = heard_by(8);

  EXPECT_TRUE(item.common);
  EXPECT_TRUE(item.holders.empty());
  for (int i = 0; i < 8; ++i) learn(item, left_by("l" + std::to_string(i)), Tuning{});
  EXPECT_FALSE(is_gone(item));
  EXPECT_EQ(model_of(item).holders, Item::kHoldersMax);
}

TEST(Holders, one_account_that_comes_and_goes_is_one) {
  Item item = heard_by(1);
  for (int i = 0; i < 20; ++i) {
    learn(item, played_by("again"), Tuning{});
    learn(item, left_by("again"), Tuning{});
  }

  EXPECT_FALSE(item.common);
  EXPECT_EQ(model_of(item).holders, 1);
}

TEST(Holders, only_a_play_makes_an_item) {
  Item item;
  ItemSignal skipped = played_by("ada");
  skipped.kind = SignalKind::skipped;
  ItemSignal followed = played_by("ada");
  followed.kind = SignalKind::followed;
  followed.distance = 1;

  EXPECT_EQ(learn(item, skipped, Tuning{}), Learned::ignored);
  EXPECT_EQ(learn(item, followed, Tuning{}), Learned::ignored);
  EXPECT_EQ(learn(item, left_by("ada"), Tuning{}), Learned::ignored);
  EXPECT_EQ(item, Item{});
}

TEST(Holders, another_text_of_the_same_hash_is_refused) {
  Item item = heard_by(1);
  const Item before = item;
  ItemSignal twin = played_by("mallory");
  twin.name = "twin";
  ItemSignal as_artist = played_by("mallory");
  as_artist.kind = SignalKind::of_artist;

  EXPECT_EQ(learn(item, twin, Tuning{}), Learned::refused);
  EXPECT_EQ(learn(item, as_artist, Tuning{}), Learned::refused);
  EXPECT_EQ(item, before);
}

TEST(Holders, most_listeners_say_whose_a_track_is) {
  Item item;
  learn(item, played_by("mallory", "wrong"), Tuning{});
  for (int i = 0; i < 5; ++i) learn(item, played_by("mallory", "wrong"), Tuning{});
  EXPECT_EQ(item.artist, artist_id("wrong"));

  learn(item, played_by("ada"), Tuning{});
  learn(item, played_by("bob"), Tuning{});

  EXPECT_EQ(item.artist, artist_id("miles"));
  EXPECT_EQ(item.artist_said, 1);
}

TEST(Holders, one_listener_alone_never_changes_the_artist) {
  Item item = heard_by(3);

  for (int i = 0; i < 50; ++i) learn(item, played_by("mallory", "wrong"), Tuning{});

  EXPECT_EQ(item.artist, artist_id("miles"));
}

TEST(Holders, an_erasure_takes_all_that_the_listener_alone_heard) {
  World world;
  world.play(completed("mine", "me", kNoon));
  Event theirs = completed("theirs", "them", kNoon);
  theirs.user_id = "bob";
  world.play(theirs);
  world.play(completed("theirs", "them", kNoon + kMinute));

  Event erasure = completed("", "", kNoon + kHour);
  erasure.type = EventType::privacy_erasure_requested;
  world.play(erasure);

  EXPECT_EQ(world.item(item_of(track_id("mine"))), nullptr);
  EXPECT_EQ(world.item(item_of(artist_id("me"))), nullptr);
  EXPECT_FALSE(world.models().knows(track_id("mine")));
  ASSERT_NE(world.item(item_of(track_id("theirs"))), nullptr);
  EXPECT_EQ(world.item(item_of(track_id("theirs")))->holders.size(), 1U);
}

TEST(Holders, what_had_to_make_room_is_gone_as_well) {
  World world(Tuning{.k = 1, .candidates_max = 16, .network = false, .nearest = 0});
  for (int i = 0; i <= int{Listener::kRepeatsMax}; ++i) {
    world.play(completed("t" + std::to_string(i), "a", kNoon + i * kMinute));
  }

  std::size_t left = 0;
  for (int i = 0; i <= int{Listener::kRepeatsMax}; ++i) {
    left += world.item(item_of(track_id("t" + std::to_string(i)))) == nullptr ? 0U : 1U;
  }
  EXPECT_EQ(left, Listener::kRepeatsMax);
}

TEST(Holders, a_restart_forgets_the_same_tracks) {
  // The memory decides which signals there are: it must not depend on rounding.
  Listener alive;
  Listener restarted;
  for (int i = 0; i < 3'000; ++i) {
    Event event = completed("t" + std::to_string(i * i % 701), "a" + std::to_string(i * i % 83),
                            kNoon + i * (kDay / 7) + i * 12'345);
    const Left one = hear(alive, event);
    const Left other = hear(restarted, event);
    alive.time = restarted.time = event.time;
    ASSERT_EQ(one, other) << i;
    if (i % 3 == 0) restarted = *decode_listener(encode(restarted));
  }
}

}  // namespace
}  // namespace segue::test
