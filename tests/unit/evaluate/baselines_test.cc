#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "loadtest/evaluate/baselines/isgd.h"
#include "loadtest/evaluate/baselines/markov.h"
#include "loadtest/evaluate/baselines/personal_repeat.h"
#include "loadtest/evaluate/baselines/popularity.h"
#include "loadtest/evaluate/baselines/rules.h"
#include "loadtest/evaluate/baselines/vmis_knn.h"

namespace segue::baseline {
namespace {

using Tracks = std::vector<Track>;

// Plays sessions to a baseline and asks it what comes next.
template <class Baseline>
class Played {
 public:
  // One listener a session, a track every three minutes.
  void session(const Tracks& tracks) {
    for (std::size_t i = 0; i < tracks.size(); ++i) {
      const Moment before = moment({tracks.begin(), tracks.begin() + static_cast<long>(i)});
      baseline_.teach(before, tracks[i]);
      baseline_.hear(before, tracks[i]);
      now_ += 3 * kMinute;
    }
    ++number_;
  }
  void wait(Micros span) { now_ += span; }
  // The listener of the latest session is asked from now on.
  void stay() { --number_; }
  // The expectation of a session that has played these.
  Tracks next(const Tracks& tracks) {
    Tracks list{99};  // must be replaced
    baseline_.rank(moment(tracks), list);
    return list;
  }

 private:
  Moment moment(const Tracks& tracks) {
    context_ = tracks;
    return {.listener = number_, .session = number_, .now = now_, .session_tracks = context_};
  }

  Baseline baseline_;
  Tracks context_;
  std::uint32_t number_ = 0;
  Micros now_ = 1'000 * kDay;
};

TEST(Tally, takes_the_best_and_starts_again) {
  Tally tally;
  for (Track track = 0; track < 30; ++track) tally.add(track, 1 + static_cast<float>(track % 3));
  tally.forget(2);
  Tracks list;

  tally.take_best(list);
  ASSERT_EQ(list.size(), kListMax);
  EXPECT_EQ(list[0], 5U);
  EXPECT_EQ(list[9], 1U);  // nine of worth 3 are left, then the first of worth 2

  tally.take_best(list);
  EXPECT_TRUE(list.empty());
}

TEST(SequentialRules, nearer_followers_count_more) {
  Played<SequentialRules> played;
  played.session({1, 2, 3});
  played.session({1, 4, 3});

  // After 1: 2 and 4 once at distance 1, 3 twice at distance 2.
  EXPECT_EQ(played.next({1}), (Tracks{2, 3, 4}));
  EXPECT_EQ(played.next({1, 2}), (Tracks{3}));
  EXPECT_TRUE(played.next({3}).empty());
  EXPECT_TRUE(played.next({}).empty());
}

TEST(SequentialRules, reach_ten_tracks_back) {
  Played<SequentialRules> played;
  played.session({1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 2, 3});

  const Tracks list = played.next({1});

  EXPECT_EQ(list.size(), 10U);
  EXPECT_EQ(list.back(), 2U);
}

TEST(SequentialRules, keep_a_bounded_number_of_followers) {
  Played<SequentialRules> played;
  played.session({1, 2});
  played.session({1, 2});
  for (Track track = 0; track < 2 * SequentialRules::kFollowersMax; ++track)
    played.session({1, 1'000 + track});

  EXPECT_EQ(played.next({1}).front(), 2U);
}

TEST(RulesOfTen, ask_the_earlier_tracks_too) {
  Played<RulesOfTen> played;
  played.session({1, 5});
  played.session({2, 6});

  EXPECT_EQ(played.next({1, 2}), (Tracks{6, 5}));
}

TEST(VmisKnn, recommends_what_like_sessions_played) {
  Played<VmisKnn> played;
  played.session({1, 2, 7});
  played.session({1, 3, 8});
  played.session({4, 5, 6});

  // Both know 1, only the first knows 2, which is the latest: it is more alike.
  const Tracks list = played.next({1, 2});
  ASSERT_GE(list.size(), 2U);
  EXPECT_EQ(list[0], 2U);
  EXPECT_EQ(list[1], 7U);
  EXPECT_EQ(std::count(list.begin(), list.end(), 6U), 0);
  EXPECT_TRUE(played.next({99}).empty());
  EXPECT_TRUE(played.next({}).empty());
}

TEST(VmisKnn, the_other_form_never_lists_the_playing_track) {
  Played<VmisKnnOther> played;
  played.session({1, 2, 7});
  played.session({1, 3, 8});
  played.session({4, 5, 6});

  const Tracks list = played.next({1, 2});
  ASSERT_FALSE(list.empty());
  EXPECT_EQ(list[0], 7U);
  EXPECT_EQ(std::count(list.begin(), list.end(), 2U), 0);
  EXPECT_TRUE(played.next({99}).empty());
  // A track that was not listed once may be listed later.
  const Tracks later = played.next({1});
  EXPECT_EQ(std::count(later.begin(), later.end(), 2U), 1);
}

TEST(VmisKnn, rare_tracks_say_more) {
  Played<VmisKnn> played;
  played.session({9, 20});
  played.session({9, 21});
  played.session({1, 9, 5});

  const Tracks list = played.next({1});

  // 5 was in one session, 9 in three of three: an idf of nothing.
  EXPECT_EQ(list, (Tracks{1, 5}));
}

TEST(VmisKnn, a_session_is_no_neighbour_of_itself) {
  VmisKnn knn;
  const Tracks tracks{1, 2};
  knn.teach({.listener = 0, .session = 0, .now = 0, .session_tracks = {}}, 1);
  knn.teach({.listener = 0, .session = 0, .now = 1, .session_tracks = {tracks.data(), 1}}, 2);
  knn.teach({.listener = 1, .session = 1, .now = 2, .session_tracks = {}}, 3);
  Tracks list;

  knn.rank({.listener = 0, .session = 0, .now = 3, .session_tracks = tracks}, list);

  EXPECT_TRUE(list.empty());
}

TEST(VmisKnn, only_the_most_recent_sessions_of_a_track_are_asked) {
  Played<VmisKnn> played;
  played.session({1, 2});
  played.session({8, 9});
  for (std::size_t i = 0; i < VmisKnn::kRecentMax; ++i) played.session({1, 3});

  const Tracks list = played.next({1});

  EXPECT_EQ(std::count(list.begin(), list.end(), 2U), 0);
  EXPECT_EQ(std::count(list.begin(), list.end(), 3U), 1);
}

TEST(DecayedPopularity, what_is_played_of_late_comes_first) {
  Played<DecayedPopularity> played;
  played.session({1, 1, 1, 1});
  played.session({2});

  EXPECT_EQ(played.next({}), (Tracks{1, 2}));

  // In two days four plays are worth one: two fresh ones are more.
  played.wait(2 * kDay);
  played.session({2, 2});
  EXPECT_EQ(played.next({}), (Tracks{2, 1}));
}

TEST(DecayedPopularity, a_list_has_a_length) {
  Played<DecayedPopularity> played;
  for (Track track = 0; track < 50; ++track) played.session({track});

  const Tracks list = played.next({});

  ASSERT_EQ(list.size(), kListMax);
  EXPECT_EQ(list.front(), 49U);
}

TEST(Markov, the_most_frequent_follower_comes_first) {
  Played<Markov> played;
  played.session({1, 2, 3});
  played.session({1, 3});
  played.session({1, 3});
  played.session({1, 4});

  // 3 twice; 2 and 4 once, 4 later. What followed 2 is not asked.
  EXPECT_EQ(played.next({1}), (Tracks{3, 4, 2}));
  EXPECT_EQ(played.next({9, 1}), (Tracks{3, 4, 2}));
  EXPECT_TRUE(played.next({4}).empty());
  EXPECT_TRUE(played.next({}).empty());
}

TEST(Markov, keeps_a_bounded_number_of_followers) {
  Played<Markov> played;
  played.session({1, 2});
  played.session({1, 2});
  for (Track track = 0; track < 2 * Markov::kFollowersMax; ++track)
    played.session({1, 1'000 + track});

  EXPECT_EQ(played.next({1}).front(), 2U);
}

TEST(PersonalRepeat, frequent_and_recent_tracks_come_first) {
  Played<PersonalRepeat> played;
  played.session({1, 1, 1, 1, 2, 3});
  played.stay();

  // An hour later: 1 four times, 3 and 2 once.
  played.wait(kHour);
  EXPECT_EQ(played.next({}), (Tracks{1, 3, 2}));
}

TEST(PersonalRepeat, listeners_do_not_mix) {
  Played<PersonalRepeat> played;
  played.session({1, 2});

  EXPECT_TRUE(played.next({}).empty());
}

TEST(PersonalRepeat, forgets_the_longest_unheard_first) {
  Played<PersonalRepeat> played;
  Tracks many(PersonalRepeat::kTracksMax + 1);
  for (Track track = 0; track < many.size(); ++track) many[track] = track;
  many.push_back(1);  // 0 went when the last came; this one is still there
  many.push_back(0);

  played.session(many);
  played.stay();

  EXPECT_EQ(played.next({})[1], 1U);
}

TEST(Isgd, listeners_of_the_same_tracks_are_recommended_the_same) {
  Played<Isgd> played;
  for (int i = 0; i < 60; ++i) {
    played.session({1, 2, 3, 4});
    played.session({11, 12, 13, 14});
  }
  played.session({1, 2, 3});
  played.stay();

  const Tracks list = played.next({});
  const auto place = [&](Track track) { return std::find(list.begin(), list.end(), track); };

  ASSERT_NE(place(4), list.end());
  EXPECT_LT(place(4), place(11));
  EXPECT_LT(place(4), place(14));
}

TEST(Isgd, says_nothing_to_a_listener_it_has_never_met) {
  Played<Isgd> played;
  played.session({1, 2});

  EXPECT_TRUE(played.next({1}).empty());
}

}  // namespace
}  // namespace segue::baseline
