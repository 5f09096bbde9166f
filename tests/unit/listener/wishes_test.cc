#include "core/listener/wishes.h"

#include <gtest/gtest.h>

#include <string>

#include "core/listener/listening.h"
#include "tests/unit/world.h"

// Listeners' words move their state; those of a private session do so only where they hide.
namespace segue::test {
namespace {

bool apply_wish(Listener& listener, const Event& event) {
  Left left;
  return segue::apply_wish(listener, event, left);
}

Event said(EventType type, std::string_view track, std::int8_t score = 0) {
  Event event = ended(type, track, "", kNoon + kMinute);
  event.score = score;
  return event;
}

Event of_artist(EventType type, std::string_view artist, std::int8_t score = 0) {
  Event event = ended(type, "", artist, kNoon + kMinute);
  event.about_artist = true;
  event.score = score;
  return event;
}

Listener listener_of_blue() {
  World world;
  world.play(completed("blue", "miles", kNoon));
  return world.listener();
}

TEST(Wishes, what_is_liked_and_saved_counts_like_listens) {
  for (const Event& event :
       {said(EventType::feedback_rated, "blue", 1), said(EventType::feedback_saved, "blue"),
        said(EventType::playlist_track_added, "blue")}) {
    Listener listener = listener_of_blue();

    apply_wish(listener, event);

    EXPECT_GT(listener.repeats[0].plays, 1) << name_of(event.type);
    EXPECT_GT(listener.artists[0].plays, 1) << name_of(event.type) << ", heard a moment ago";
    EXPECT_EQ(listener.repeats[0].last, kNoon) << "it was not played";
  }
}

TEST(Wishes, what_is_taken_back_counts_no_more) {
  Listener listener = listener_of_blue();
  apply_wish(listener, said(EventType::feedback_saved, "blue"));
  apply_wish(listener, said(EventType::playlist_track_added, "blue"));

  apply_wish(listener, said(EventType::feedback_unsaved, "blue"));
  apply_wish(listener, said(EventType::playlist_track_removed, "blue"));

  EXPECT_NEAR(listener.repeats[0].plays, 1, 1e-4);
  EXPECT_NEAR(listener.artists[0].plays, 1, 1e-4);
}

TEST(Wishes, what_was_saved_long_after_its_last_play_fades_from_now) {
  Listener listener = listener_of_blue();
  Event late = said(EventType::feedback_saved, "blue");
  late.time = kNoon + 60 * kDay;

  apply_wish(listener, late);

  EXPECT_NEAR(faded(listener.repeats[0].plays, listener.repeats[0].last, late.time), 2.5, 1e-3);
}

TEST(Wishes, a_saved_track_that_was_never_heard_is_remembered) {
  Listener listener;
  apply_wish(listener, said(EventType::feedback_saved, "blue"));

  EXPECT_TRUE(knows(listener, track_id("blue")));
}

TEST(Wishes, what_is_hidden_or_disliked_is_remembered_until_it_is_liked) {
  for (const Event& event :
       {said(EventType::feedback_hidden, "blue"), said(EventType::feedback_rated, "blue", -1)}) {
    for (const Event& back :
         {said(EventType::feedback_rated, "blue", 0), said(EventType::feedback_rated, "blue", 1),
          said(EventType::feedback_saved, "blue")}) {
      Listener listener = listener_of_blue();
      EXPECT_TRUE(apply_wish(listener, event));
      EXPECT_EQ(listener.hidden_tracks, std::vector{track_id("blue")});
      EXPECT_EQ(listener.repeats[0].plays, 0);

      EXPECT_TRUE(apply_wish(listener, back));

      EXPECT_TRUE(listener.hidden_tracks.empty());
    }
  }
}

TEST(Wishes, an_artist_is_hidden_and_taken_back) {
  Listener listener = listener_of_blue();
  apply_wish(listener, of_artist(EventType::feedback_hidden, "miles"));
  EXPECT_EQ(listener.hidden_artists, std::vector{artist_id("miles")});
  EXPECT_TRUE(listener.hidden_tracks.empty());
  EXPECT_EQ(listener.artists[0].plays, 0);

  apply_wish(listener, of_artist(EventType::feedback_rated, "miles", 1));

  EXPECT_TRUE(listener.hidden_artists.empty());
  EXPECT_GT(listener.artists[0].plays, 0);
}

TEST(Wishes, the_oldest_hidden_gives_way_to_one_too_many) {
  Listener listener;
  for (std::size_t i = 0; i <= Listener::kHiddenTracksMax; ++i) {
    apply_wish(listener, said(EventType::feedback_hidden, "t" + std::to_string(i)));
    apply_wish(listener, said(EventType::feedback_hidden, "t" + std::to_string(i)));
  }
  for (std::size_t i = 0; i <= Listener::kHiddenArtistsMax; ++i) {
    apply_wish(listener, of_artist(EventType::feedback_hidden, "a" + std::to_string(i)));
  }

  EXPECT_EQ(listener.hidden_tracks.size(), Listener::kHiddenTracksMax);
  EXPECT_EQ(listener.hidden_tracks.front(), track_id("t1"));
  EXPECT_EQ(listener.hidden_artists.size(), Listener::kHiddenArtistsMax);
  EXPECT_TRUE(decode_listener(encode(listener)));
}

TEST(Wishes, an_album_is_not_understood_and_changes_nothing) {
  Listener listener = listener_of_blue();
  const Listener before = listener;

  EXPECT_FALSE(apply_wish(listener, said(EventType::feedback_hidden, "")));

  EXPECT_EQ(listener, before);
}

TEST(Wishes, a_private_session_strengthens_nothing_and_hides_all_the_same) {
  Listener listener = listener_of_blue();
  const Listener before = listener;
  apply_wish(listener, in_private(said(EventType::feedback_rated, "blue", 1)));
  apply_wish(listener, in_private(said(EventType::feedback_saved, "so")));
  apply_wish(listener, in_private(said(EventType::playlist_track_added, "so")));
  EXPECT_EQ(listener, before);

  apply_wish(listener, in_private(said(EventType::feedback_hidden, "so")));
  apply_wish(listener, in_private(said(EventType::feedback_rated, "blue", -1)));

  EXPECT_EQ(listener.hidden_tracks, (std::vector{track_id("so"), track_id("blue")}));
  EXPECT_EQ(listener.artists, before.artists);
}

TEST(Wishes, a_request_holds_until_the_session_ends) {
  Listener listener = listener_of_blue();
  Event asked = said(EventType::request_made, "");
  asked.request.emplace().excluded_tracks = {track_id("so")};

  EXPECT_TRUE(apply_wish(listener, asked));
  EXPECT_EQ(listener.request, asked.request);

  Event next = said(EventType::session_started, "");
  next.session = session_id("next");
  EXPECT_TRUE(apply_wish(listener, next));
  EXPECT_FALSE(listener.request);
}

TEST(Wishes, the_setting_for_explicit_tracks_outlives_sessions) {
  Listener listener;
  Event setting = said(EventType::session_started, "");
  setting.explicit_allowed = false;
  apply_wish(listener, setting);

  setting.explicit_allowed.reset();
  setting.session = session_id("next");
  apply_wish(listener, setting);

  EXPECT_FALSE(listener.explicit_allowed);
}

TEST(Wishes, skips_are_kept_for_the_session_and_bounded) {
  World world;
  for (std::size_t i = 0; i <= Listener::kSkipsMax; ++i) {
    world.play(skipped("t" + std::to_string(i), "miles", kNoon));
  }
  EXPECT_EQ(world.listener().skips.size(), Listener::kSkipsMax);
  EXPECT_EQ(world.listener().skips.front().track, track_id("t1"));

  world.play(completed("t3", "miles", kNoon));
  EXPECT_EQ(world.listener().skips.size(), Listener::kSkipsMax - 1) << "heard after all";

  world.play(completed("blue", "miles", kNoon + kHour));
  EXPECT_TRUE(world.listener().skips.empty());
}

}  // namespace
}  // namespace segue::test
