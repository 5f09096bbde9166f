#include "consumers/player/list_text.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "core/ranking/sources/source.h"

// A list as players read it, with the catalogue's entries of its tracks.
namespace segue::player {
namespace {

HeldCatalog catalogue() {
  HeldCatalog held(2);
  CatalogEntry entry;
  entry.track_id = "t-1";
  entry.title = "Evening, slower";
  entry.artist = "A machine";
  entry.artist_id = "a-1";
  entry.duration_ms = 1'000;
  entry.ai = Disclosure{.composed = Degree::generated};
  Record record;
  record.key = "t-1";
  record.value = encode(entry);
  held.take(record);
  return held;
}

TEST(ListText, shows_what_the_catalogue_says_and_hides_the_pseudonym) {
  const List list{.version = 1,
                  .published = R"({"rec_id":"r","version":1,"user_id":"p",)"
                               R"("items":[{"track_id":"t-1","score":1.5},{"track_id":"t-2"}]})",
                  .snapshot = {}};

  EXPECT_EQ(
      list_text(list, catalogue()),
      R"({"rec_id":"r","version":1,"items":[{"track_id":"t-1","score":1.5,"artist_id":"a-1",)"
      R"("title":"Evening, slower","artist":"A machine","duration_ms":1000,"ai":{"composed":"generated"}},{"track_id":"t-2"}]})");
}

TEST(ListText, the_catalogues_names_stand_in_place_of_those_of_listeners) {
  const List list{.version = 1,
                  .published = R"({"items":[{"track_id":"t-1","title":"mine","artist":"me"},)"
                               R"({"track_id":"t-2","title":"mine","artist":"me"}]})",
                  .snapshot = {}};

  EXPECT_EQ(list_text(list, catalogue()),
            R"({"items":[{"track_id":"t-1","artist_id":"a-1","title":"Evening, slower",)"
            R"("artist":"A machine","duration_ms":1000,"ai":{"composed":"generated"}},)"
            R"({"track_id":"t-2","title":"mine","artist":"me"}]})");
}

TEST(ListText, a_reason_of_an_older_build_shows_no_id_and_ends_not_empty) {
  const List list{.version = 1,
                  .published = R"({"items":[{"track_id":"t-2","reasons":[)"
                               R"({"source":"next","text":"often right after name:607d","part":1},)"
                               R"({"source":"artist","text":"you listen to ","part":0.5}]}]})",
                  .snapshot = {}};

  EXPECT_EQ(list_text(list, catalogue()),
            R"({"items":[{"track_id":"t-2","reasons":[)"
            R"({"source":"next","text":"Played after what you just heard","part":1},)"
            R"({"source":"artist","text":"Because you like this artist","part":0.5}]}]})");
}

TEST(ListText, a_snapshot_has_what_listeners_call_a_track) {
  List list{.version = 4, .published = {}, .snapshot = {}};
  list.snapshot.tracks = {{.track_id = "t-2", .title = "J\u00F3ga", .artist = "Bj\u00F6rk"}};

  const std::string text = list_text(list, catalogue());

  EXPECT_NE(text.find("\"title\":\"J\u00F3ga\",\"artist\":\"Bj\u00F6rk\""), std::string::npos)
      << text;
}

TEST(ListText, a_snapshot_has_names_and_usual_reasons) {
  List list{.version = 4, .published = {}, .snapshot = {}};
  list.snapshot.rec_id = "r";
  list.snapshot.version = 4;
  list.snapshot.tracks = {{.track_id = "t-1", .score = 2, .source = 2}};

  EXPECT_EQ(list_text(list, catalogue()),
            R"({"rec_id":"r","version":4,"items":[{"track_id":"t-1","score":2,"source":"repeats",)"
            R"("reasons":[{"source":"repeats","text":"You come back to this"}],"artist_id":"a-1",)"
            R"("title":"Evening, slower","artist":"A machine","duration_ms":1000,)"
            R"("ai":{"composed":"generated"}}]})");
}

// Names in two tables drift: "own" in one was "own_order" in the other.
TEST(ListText, each_source_has_a_usual_reason_of_its_own) {
  std::set<std::string_view> seen;
  for (const Source* source : sources()) {
    EXPECT_NE(usual_reason(source->name), usual_reason("no source")) << source->name;
    EXPECT_TRUE(seen.insert(usual_reason(source->name)).second) << source->name;
  }
  for (std::uint8_t i = 0; i < sources().size(); ++i) {
    List list{.version = 4, .published = {}, .snapshot = {}};
    list.snapshot.tracks = {{.track_id = "t-9", .score = 2, .source = i}};
    const std::string reason(usual_reason(sources()[i]->name));
    EXPECT_NE(list_text(list, catalogue()).find("\"text\":\"" + reason + "\""), std::string::npos);
  }
}

TEST(HeldCatalog, is_bounded_and_forgets_what_is_taken_down) {
  HeldCatalog held = catalogue();
  Record record;
  for (const std::string id : {"t-2", "t-3"}) {
    CatalogEntry entry;
    entry.track_id = id;
    record.key = id;
    record.value = encode(entry);
    held.take(record);
  }
  EXPECT_EQ(held.tracks(), 2U);
  EXPECT_NE(held.find("a machine", "EVENING, slower"), nullptr);
  EXPECT_EQ(held.find(artist_id("a-1"))->name, "A machine");

  record.key = "t-1";
  record.value.reset();
  held.take(record);

  EXPECT_EQ(held.find(track_id("t-1")), nullptr);
  EXPECT_EQ(held.find("a machine", "evening, slower"), nullptr);
  EXPECT_EQ(held.find(artist_id("a-1")), nullptr);
}

Record entry_of(const std::string& id, const std::string& title, const std::string& artist) {
  CatalogEntry entry;
  entry.track_id = id;
  entry.title = title;
  entry.artist = artist;
  Record record;
  record.key = id;
  record.value = encode(entry);
  return record;
}

TEST(HeldCatalog, of_two_of_one_name_the_one_that_stays_is_found) {
  for (const std::string goes : {"t-1", "t-2"}) {
    HeldCatalog held(2);
    held.take(entry_of("t-1", "Intro", "The Quiet Harbour"));
    held.take(entry_of("t-2", "intro", "the quiet harbour"));
    Record gone;
    gone.key = goes;
    held.take(gone);

    const CatalogEntry* found = held.find("The Quiet Harbour", "Intro");
    ASSERT_NE(found, nullptr) << goes << " went";
    EXPECT_EQ(found->track_id, goes == "t-1" ? "t-2" : "t-1");
  }
}

TEST(HeldCatalog, of_two_of_one_name_the_same_is_found_in_any_order) {
  HeldCatalog one(2);
  HeldCatalog other(2);
  for (const std::string id : {"t-1", "t-2"}) one.take(entry_of(id, "Intro", "A"));
  for (const std::string id : {"t-2", "t-1"}) other.take(entry_of(id, "Intro", "A"));

  EXPECT_EQ(one.find("A", "Intro")->track_id, other.find("A", "Intro")->track_id);
}

TEST(HeldCatalog, a_name_longer_than_lists_show_is_found_by_all_of_it) {
  HeldCatalog held(2);
  const std::string title(5'000, 'x');
  held.take(entry_of("t-1", title, "A"));

  ASSERT_NE(held.find("A", title), nullptr);
  EXPECT_LE(held.find("A", title)->title.size(), 200U);
}

TEST(ListText, what_the_catalogue_does_not_name_listeners_do) {
  HeldCatalog held(2);
  held.take(entry_of("t-1", "", ""));
  List list{.version = 4, .published = {}, .snapshot = {}};
  list.snapshot.tracks = {{.track_id = "t-1", .title = "J\u00F3ga", .artist = "Bj\u00F6rk"}};

  const std::string text = list_text(list, held);

  EXPECT_NE(text.find("\"title\":\"J\u00F3ga\",\"artist\":\"Bj\u00F6rk\""), std::string::npos)
      << text;
}

}  // namespace
}  // namespace segue::player
