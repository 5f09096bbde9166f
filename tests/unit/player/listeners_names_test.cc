#include "consumers/player/listeners_names.h"

#include <gtest/gtest.h>

#include <string>

#include "consumers/player/delivery.h"
#include "consumers/player/list_text.h"
#include "core/list/recommendation.h"

namespace segue::player {
namespace {

const ItemId kSong = item_of(track_id("a-song-of-ada"));
const ItemId kSinger = item_of(artist_id("ada"));
const ItemId kPast = item_of(track_id("heard-before"));

Item called(ItemId id, const std::string& name, const std::string& title) {
  Item item;
  item.id = id;
  item.name = name;
  item.title = title;
  return item;
}

std::vector<Item> all_items() {
  return {called(kSong, "a-song-of-ada", "Song"), called(kSinger, "ada", "Ada"),
          called(kPast, "heard-before", "Past")};
}

// A list with a track that only listeners know, and the catalogue's because of another of these.
Snapshot stored_list() {
  Recommendation list;
  list.version = 7;
  const auto texts = std::make_shared<Texts>();
  RecommendedTrack song;
  song.track_id = "a-song-of-ada";
  song.artist_id = "ada";
  song.title = "Song";
  song.artist = "Ada";
  song.titled = true;
  song.by = artist_id("ada");
  song.source = "artist";
  song.reasons.push_back({"artist", texts->naming("Because you like ", "Ada", kSinger), 1});
  RecommendedTrack known;
  known.track_id = "known";
  known.title = "Known";
  known.in_catalogue = true;
  known.source = "follows";
  known.reasons.push_back({"follows", texts->naming("Goes with ", "Past", kPast), 1});
  list.items = {song, known};
  list.texts = texts;
  const std::string blob = encode_snapshot(list);
  for (const char* text : {"ada", "Ada", "Song", "Past"}) {
    EXPECT_EQ(blob.find(text), std::string::npos) << text;
  }
  return *decode_snapshot(blob);
}

HeldCatalog named_catalogue() {
  HeldCatalog held(10);
  Record record;
  record.key = "known";
  record.value = R"({"track_id":"known","title":"Known","artist_id":"k","artist":"The Known"})";
  held.take(record);
  return held;
}

TEST(ListenersNames, a_stored_list_gets_the_names_of_its_items) {
  Snapshot list = stored_list();
  const HeldCatalog held = named_catalogue();
  EXPECT_EQ(unnamed(list, held).size(), 3U);

  EXPECT_EQ(give_names(list, held, all_items()), 0U);

  ASSERT_EQ(list.tracks.size(), 2U);
  EXPECT_EQ(list.tracks[0].track_id, "a-song-of-ada");
  EXPECT_EQ(list.tracks[0].title, "Song");
  EXPECT_EQ(list.tracks[0].artist, "Ada");
  EXPECT_EQ(list.tracks[0].reason, "Because you like Ada");
  EXPECT_EQ(list.tracks[1].track_id, "known");
  EXPECT_EQ(list.tracks[1].reason, "Goes with Past");
}

TEST(ListenersNames, a_track_whose_name_has_left_is_left_out) {
  Snapshot list = stored_list();
  const HeldCatalog held = named_catalogue();

  EXPECT_EQ(give_names(list, held, {}), 2U);

  ASSERT_EQ(list.tracks.size(), 1U);
  EXPECT_EQ(list.tracks[0].track_id, "known");
  const std::string text = list_text({.version = 7, .published = {}, .snapshot = list}, held);
  EXPECT_NE(text.find("\"text\":\"Goes with what you are hearing\""), std::string::npos) << text;
}

TEST(ListenersNames, a_title_leaves_without_its_track) {
  Snapshot list = stored_list();
  std::vector<Item> items = all_items();
  items[0].title.clear();

  EXPECT_EQ(give_names(list, named_catalogue(), items), 1U);

  EXPECT_EQ(list.tracks[0].track_id, "a-song-of-ada");
  EXPECT_EQ(list.tracks[0].title, "");
}

TEST(ListenersNames, what_readers_may_not_be_shown_stays_unsaid) {
  Snapshot list = stored_list();
  list.tracks[0].titled = false;
  list.tracks[0].by = {};

  give_names(list, named_catalogue(), all_items());

  EXPECT_EQ(list.tracks[0].title, "");
  EXPECT_EQ(list.tracks[0].artist, "");
}

TEST(ListenersNames, names_that_the_catalogue_has_by_now_stand) {
  Snapshot list = stored_list();
  HeldCatalog held = named_catalogue();
  Record record;
  record.key = "a-song-of-ada";
  record.value =
      R"({"track_id":"a-song-of-ada","title":"Real","artist_id":"ada","artist":"Ada A."})";
  held.take(record);

  EXPECT_EQ(unnamed(list, held), (std::vector<ItemId>{kPast}));
  give_names(list, held, {});

  EXPECT_EQ(list.tracks[0].title, "Real");
  EXPECT_EQ(list.tracks[0].reason, "Because you like Ada A.");
}

TEST(ListenersNames, a_label_before_a_reason_keeps_its_name_apart) {
  Texts texts;
  const std::string_view named = texts.naming("Goes with ", "Past", kPast);

  const std::string_view whole = texts.prefixed("Made with AI: ", named);

  EXPECT_EQ(whole, "Made with AI: Goes with Past");
  ASSERT_NE(texts.naming_of(whole), nullptr);
  EXPECT_EQ(whole.substr(texts.naming_of(whole)->before), "Past");
  EXPECT_EQ(texts.naming_of(texts.prefixed("Made with AI: ", "Popular right now")), nullptr);
}

class ListsWithListenersNames : public testing::Test {
 protected:
  ListsWithListenersNames() { delivery.expect("bob"); }

  void list(bool named) {
    Record record;
    record.key = "bob";
    record.value = R"({"rec_id":"r","version":5,"items":[]})";
    record.headers = {{"segue_version", "5"}};
    if (named) record.headers.push_back({"segue_told", "1"});
    delivery.take(record);
  }
  void erase_ada() {
    Record record;
    record.key = "ada";
    record.headers = {{"segue_version", "9"}};
    delivery.take(record);
  }

  Micros now = kHour;
  Delivery delivery{10, [this] { return now; }};
};

TEST_F(ListsWithListenersNames, are_read_again_after_somebodys_erasure) {
  list(true);
  now += kMinute;
  ASSERT_TRUE(delivery.latest("bob"));

  erase_ada();

  EXPECT_FALSE(delivery.latest("bob"));
  delivery.offer(
      "bob",
      {.version = 5, .published = {}, .snapshot = {}, .has_listeners_names = true, .at = now});
  EXPECT_TRUE(delivery.latest("bob"));
  now += Delivery::kListenersNamesFor;
  EXPECT_FALSE(delivery.latest("bob")) << "trainers may not have learned of it before";
}

TEST_F(ListsWithListenersNames, stay_once_trainers_have_learned) {
  list(true);
  erase_ada();
  now += Delivery::kErasureLearned;
  EXPECT_FALSE(delivery.latest("bob"));

  delivery.offer(
      "bob",
      {.version = 5, .published = {}, .snapshot = {}, .has_listeners_names = true, .at = now});
  now += kHour;

  EXPECT_TRUE(delivery.latest("bob"));
}

TEST_F(ListsWithListenersNames, are_given_to_no_player_who_connects_after_it) {
  list(true);
  now += kMinute;
  erase_ada();
  Outbox bob([] {}, -1);

  const auto subscription = delivery.subscribe("bob", bob);

  EXPECT_FALSE(bob.take());
}

TEST_F(ListsWithListenersNames, of_the_catalogue_alone_stay) {
  list(false);
  now += kMinute;
  erase_ada();

  EXPECT_TRUE(delivery.latest("bob"));
}

}  // namespace
}  // namespace segue::player
