#include "producers/gateway/routes/export_text.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace segue::gateway {
namespace {

using boost::json::value;

constexpr Micros kNow = 1'790'000'000 * kSecond;

class ExportTest : public testing::Test {
 protected:
  // The export of the listener's state.
  value state(const Snapshot* list = nullptr) {
    const Player ada{.subject = "ada", .listener = "pseudonym-of-ada", .expires = kNow};
    const Kept kept{.listener = &listener, .list = list, .items = items};
    return boost::json::parse(export_text(ada, kept, catalogue)).at("state");
  }

  player::HeldCatalog catalogue{10};
  Listener listener;
  std::vector<Item> items;
};

TEST_F(ExportTest, what_counts_no_more_is_not_come_back_to) {
  listener.repeats = {{.track = track_id("so"), .plays = 1, .last = kNow},
                      {.track = track_id("blue"), .plays = 0, .last = kNow}};
  Snapshot list;
  list.tracks = {{.track_id = "so"}, {.track_id = "blue"}};

  const value exported = state(&list);

  ASSERT_EQ(exported.at("comes_back_to").as_array().size(), 1U);
  EXPECT_EQ(exported.at_pointer("/comes_back_to/0/track/track_id"), "so");
  ASSERT_EQ(exported.at("counts_no_more").as_array().size(), 1U);
  EXPECT_EQ(exported.at_pointer("/counts_no_more/0/track_id"), "blue");
}

TEST_F(ExportTest, a_track_missing_from_the_catalogue_is_named_by_the_list) {
  listener.hidden_tracks = {track_id("in the list"), track_id("nowhere")};
  Snapshot list;
  list.tracks = {{.track_id = "in the list"}};

  const value exported = state(&list);

  EXPECT_EQ(exported.at_pointer("/hidden_tracks/0/track_id"), "in the list");
}

TEST_F(ExportTest, says_that_a_wish_forbids_what_is_explicit) {
  listener.request.emplace();
  EXPECT_FALSE(state().at("request").as_object().contains("explicit_allowed"));
  listener.request->explicit_allowed = false;

  EXPECT_FALSE(state().at_pointer("/request/explicit_allowed").as_bool());
}

TEST_F(ExportTest, a_name_that_was_never_kept_is_no_number) {
  listener.playing = HeardTrack{track_id("begun"), artist_id("new"), true};
  listener.hidden_tracks = {track_id("nowhere")};
  listener.hidden_artists = {artist_id("no one")};
  listener.session = SessionId{0x0123456789ABCDEF};
  listener.request.emplace().genre = 77;

  const value exported = state();

  const value unnamed{{"unnamed", true}};
  EXPECT_EQ(exported.at("playing"), unnamed);
  EXPECT_EQ(exported.at_pointer("/hidden_tracks/0"), unnamed);
  EXPECT_EQ(exported.at_pointer("/hidden_artists/0"), unnamed);
  EXPECT_TRUE(exported.at_pointer("/request/genre").is_null());
  EXPECT_FALSE(exported.as_object().contains("session"));
}

TEST_F(ExportTest, what_no_catalogue_has_is_named_by_its_item) {
  listener.context = {{track_id("mine"), artist_id("me")}};
  listener.artists = {{artist_id("me"), 1, kNow}};
  Item track;
  track.id = item_of(track_id("mine"));
  track.name = "mine";
  track.title = "J\u00F3ga";
  track.artist = artist_id("me");
  Item artist;
  artist.id = item_of(artist_id("me"));
  artist.name = "me";
  artist.title = "Bj\u00F6rk";
  items = {track, artist};

  const value exported = state();

  EXPECT_EQ(unnamed(listener, catalogue).size(), 2U);
  EXPECT_EQ(exported.at_pointer("/heard_last/0/track_id"), "mine");
  EXPECT_EQ(exported.at_pointer("/heard_last/0/title"), "J\u00F3ga");
  EXPECT_EQ(exported.at_pointer("/heard_last/0/artist"), "Bj\u00F6rk");
  EXPECT_EQ(exported.at_pointer("/artists/0/artist/name"), "Bj\u00F6rk");
}

TEST_F(ExportTest, a_time_that_never_was_is_left_out) {
  EXPECT_FALSE(state().as_object().contains("time"));

  listener.time = kNow;

  EXPECT_EQ(state().at("time"), "2026-09-21T14:13:20.000Z");
}

TEST_F(ExportTest, a_wish_is_read_as_it_was_asked_for) {
  listener.request.emplace().adventurous = 0.7001953F;  // 0.7 in the sixteen bits of the blob

  EXPECT_EQ(boost::json::serialize(state().at_pointer("/request/adventurous")), "7E-1");
}

TEST_F(ExportTest, how_often_a_track_was_played_is_said_in_words) {
  const auto note = [&](float plays) {
    listener.repeats = {{.track = track_id("so"), .plays = plays, .last = kNow}};
    const auto notes = notes_on(listener, track_id("so"), {});
    return notes.empty() ? std::string() : notes.front();
  };

  EXPECT_EQ(note(0.3F), "");
  EXPECT_EQ(note(1.2F), "You have played it about once lately.");
  EXPECT_EQ(note(2.8F), "You have played it about 3 times lately.");
}

}  // namespace
}  // namespace segue::gateway
