#include "core/ranking/sources/source.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/world.h"

namespace segue::test {
namespace {

// The proposals of a source alone: wire ids and raw scores.
struct Proposals {
  std::vector<std::string> tracks;
  std::vector<float> raw;

  float of(const std::string& track) const {
    for (std::size_t i = 0; i < tracks.size(); ++i) {
      if (tracks[i] == track) return raw[i];
    }
    return 0;
  }
};

Proposals proposed_by(const Source& source, World& world, const std::string& listener) {
  Query query(world.listener(listener), world.models(), listener_id(listener));
  Candidates candidates;
  candidates.clear(world.models(), 1'000);
  if (source.propose) source.propose(query, 0, candidates);
  Proposals proposals;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    proposals.tracks.push_back(world.models()[candidates[i].slot].name);
    proposals.raw.push_back(candidates[i].raw[0]);
  }
  return proposals;
}

std::string reason_of(const Source& source, World& world, const std::string& listener,
                      const std::string& track) {
  Query query(world.listener(listener), world.models(), listener_id(listener));
  Candidates candidates;
  candidates.clear(world.models(), 1'000);
  source.propose(query, 0, candidates);
  const auto at = candidates.find(world.models().find(item_of(track_id(track))));
  if (at < 0) return "not proposed";
  Texts texts;
  return std::string(source.because(query, candidates[static_cast<std::size_t>(at)], 0, texts));
}

Event by(const std::string& listener, Event event) {
  event.user_id = listener;
  return event;
}

// Bob's sessions teach what follows what; ada has heard what a test plays to her.
class SourcesTest : public testing::Test {
 protected:
  void bob_hears(const std::vector<std::pair<std::string, std::string>>& tracks) {
    bobs_time_ += kDay;
    Micros at = bobs_time_;
    for (const auto& [track, artist] : tracks) {
      world_.play(by("bob", completed(track, artist, at)));
      at += 3 * kMinute;
    }
  }
  World world_;
  Micros bobs_time_ = kNoon - 30 * kDay;
};

TEST_F(SourcesTest, next_proposes_what_was_played_directly_after_the_latest) {
  for (int i = 0; i < 2; ++i) bob_hears({{"blue", "miles"}, {"so", "miles"}, {"train", "john"}});
  world_.play(completed("blue", "miles", kNoon));

  const Proposals proposals = proposed_by(kNext, world_, "ada");

  EXPECT_EQ(proposals.tracks, std::vector<std::string>{"so"});
  EXPECT_GT(proposals.raw[0], 0.5F) << "it always was";
  EXPECT_LT(proposals.raw[0], 1);
  EXPECT_EQ(reason_of(kNext, world_, "ada", "so"), "Played after what you just heard");
}

// A column that a source writes of a track; -1: the source does not propose it.
template <std::size_t kColumns>
float column_of(const Source& source, World& world, const std::string& track, std::size_t column) {
  EXPECT_EQ(source.columns.size(), kColumns);
  Query query(world.listener("ada"), world.models());
  Candidates candidates;
  candidates.clear(world.models(), 1'000);
  source.propose(query, 0, candidates);
  const auto at = candidates.find(world.models().find(item_of(track_id(track))));
  if (at < 0) return -1;
  std::array<float, kColumns> columns{};
  source.describe(query, candidates[static_cast<std::size_t>(at)], 0, columns.data());
  return columns[column];
}

float in_order(World& world, const std::string& track) {
  return column_of<3>(kNext, world, track, 1);
}

TEST_F(SourcesTest, next_knows_whether_the_latest_two_came_in_this_order_before) {
  bob_hears({{"intro", "miles"}, {"blue", "miles"}, {"so", "miles"}});
  bob_hears({{"train", "john"}, {"blue", "miles"}, {"freddie", "miles"}});
  bob_hears({{"blue", "miles"}, {"naima", "john"}});
  world_.play(completed("intro", "miles", kNoon));
  world_.play(completed("blue", "miles", kNoon + kMinute));

  EXPECT_EQ(in_order(world_, "so"), 1);
  EXPECT_EQ(in_order(world_, "freddie"), 0) << "came after train and blue";
  EXPECT_EQ(in_order(world_, "naima"), 0) << "nothing came before blue";
}

TEST_F(SourcesTest, in_a_session_of_one_track_nothing_is_in_order) {
  bob_hears({{"blue", "miles"}, {"so", "miles"}});
  world_.play(completed("blue", "miles", kNoon));

  EXPECT_EQ(in_order(world_, "so"), 0);
}

TEST_F(SourcesTest, next_knows_whether_a_track_is_played_elsewhere_as_well) {
  bob_hears({{"blue", "miles"}, {"so", "miles"}});
  bob_hears({{"blue", "miles"}, {"freddie", "miles"}});
  bob_hears({{"freddie", "miles"}});
  world_.play(completed("blue", "miles", kNoon));

  const float only_after = column_of<3>(kNext, world_, "so", 2);
  EXPECT_LE(only_after, 1);
  EXPECT_NEAR(column_of<3>(kNext, world_, "freddie", 2), only_after / 2, 0.01) << "both fade";
}

TEST_F(SourcesTest, artist_knows_whether_the_session_comes_back_to_an_artist) {
  bob_hears({{"so", "miles"}, {"naima", "john"}, {"other", "nina"}});
  world_.play_all({{"blue", "miles"}, {"train", "john"}, {"freddie", "miles"}, {"giant", "john"}},
                  kNoon);
  const Query query(world_.listener(), world_.models());

  EXPECT_EQ(column_of<12>(kArtist, world_, "so", 10), query.returns());
  EXPECT_EQ(column_of<12>(kArtist, world_, "so", 11), 1) << "miles was before the latest";
  EXPECT_EQ(column_of<12>(kArtist, world_, "naima", 9), query.stays());
  EXPECT_EQ(column_of<12>(kArtist, world_, "naima", 10), 0) << "john is the latest";
}

TEST_F(SourcesTest, follows_proposes_what_comes_within_ten_nearer_ones_first) {
  std::vector<std::pair<std::string, std::string>> session = {{"blue", "x"}};
  for (int i = 1; i <= 11; ++i) session.emplace_back("t" + std::to_string(i), "x");
  bob_hears(session);
  world_.play(completed("blue", "x", kNoon));

  const Proposals proposals = proposed_by(kFollows, world_, "ada");

  EXPECT_GT(proposals.of("t1"), proposals.of("t2"));
  EXPECT_GT(proposals.of("t2"), proposals.of("t10"));
  EXPECT_GT(proposals.of("t10"), 0);
  EXPECT_EQ(proposals.of("t11"), 0);
  EXPECT_EQ(reason_of(kFollows, world_, "ada", "t2"), "Goes with what you are hearing");
}

TEST_F(SourcesTest, follows_asks_the_whole_context_the_latest_most) {
  bob_hears({{"blue", "x"}, {"after-blue", "x"}});
  bob_hears({{"train", "x"}, {"after-train", "x"}});
  world_.play(completed("blue", "x", kNoon));
  world_.play(completed("train", "x", kNoon + kMinute));

  const Proposals proposals = proposed_by(kFollows, world_, "ada");

  EXPECT_GT(proposals.of("after-train"), proposals.of("after-blue"));
  EXPECT_GT(proposals.of("after-blue"), 0);
}

TEST_F(SourcesTest, repeats_proposes_what_is_fresh_and_frequent_in_memory) {
  world_.play(completed("long-ago", "x", kNoon - 20 * kDay));
  for (int i = 0; i < 5; ++i) world_.play(completed("often", "x", kNoon - kDay + i * kMinute));
  world_.play(completed("once", "x", kNoon - kDay + 5 * kMinute));
  world_.play(completed("now", "x", kNoon));

  const Proposals proposals = proposed_by(kRepeats, world_, "ada");

  EXPECT_EQ(proposals.tracks.size(), 4U);
  EXPECT_GT(proposals.of("often"), proposals.of("once"));
  EXPECT_GT(proposals.of("once"), 3 * proposals.of("long-ago"));
  EXPECT_EQ(reason_of(kRepeats, world_, "ada", "often"), "You come back to this");
}

TEST_F(SourcesTest, artist_proposes_tracks_of_the_artists_of_the_context) {
  bob_hears({{"blue", "miles"}, {"so", "miles"}, {"train", "john"}, {"other", "nina"}});
  bob_hears({{"so", "miles"}});
  world_.play(completed("naima", "john", kNoon));
  world_.play(completed("freddie", "miles", kNoon + kMinute));

  const Proposals proposals = proposed_by(kArtist, world_, "ada");

  EXPECT_GT(proposals.of("so"), proposals.of("blue")) << "played more often";
  EXPECT_GT(proposals.of("blue"), proposals.of("train")) << "john was before";
  EXPECT_GT(proposals.of("train"), 0);
  EXPECT_EQ(proposals.of("other"), 0);
  EXPECT_EQ(reason_of(kArtist, world_, "ada", "so"), "Because you like this artist");
}

TEST_F(SourcesTest, an_artist_new_to_the_listener_is_named) {
  bob_hears({{"blue", "miles"}, {"so", "miles"}});
  world_.play(started("blue", "miles", kNoon));

  EXPECT_EQ(reason_of(kArtist, world_, "ada", "so"), "By this artist");
}

TEST_F(SourcesTest, trending_proposes_what_all_play_of_late) {
  bob_hears({{"old", "x"}, {"old", "x"}});
  bobs_time_ += 25 * kDay;
  bob_hears({{"warm", "x"}, {"hot", "x"}, {"hot", "x"}});

  world_.listener("ada").time = bobs_time_;

  const Proposals proposals = proposed_by(kTrending, world_, "ada");

  ASSERT_EQ(proposals.tracks.size(), 3U);
  EXPECT_EQ(proposals.tracks[0], "hot");
  EXPECT_GT(proposals.of("hot"), proposals.of("warm"));
  EXPECT_GT(proposals.of("hot"), proposals.of("old"));
  EXPECT_EQ(reason_of(kTrending, world_, "ada", "hot"), "New here");
}

TEST_F(SourcesTest, together_proposes_what_is_heard_before_as_well_as_after) {
  bob_hears({{"prelude", "x"}, {"blue", "x"}, {"train", "x"}});
  bob_hears({{"other", "x"}, {"elsewhere", "x"}});
  world_.play(completed("blue", "x", kNoon));

  const Proposals together = proposed_by(kTogether, world_, "ada");

  EXPECT_GT(together.of("prelude"), 0);
  EXPECT_GT(together.of("train"), 0);
  EXPECT_EQ(together.of("other"), 0);
  EXPECT_EQ(proposed_by(kFollows, world_, "ada").of("prelude"), 0) << "it never came after";
  EXPECT_EQ(reason_of(kTogether, world_, "ada", "prelude"), "Heard with what you play");
}

TEST_F(SourcesTest, artists_proposes_tracks_of_artists_related_to_the_context) {
  bob_hears({{"blue", "miles"}, {"so", "miles"}, {"train", "john"}});
  bob_hears({{"sinner", "nina"}, {"fever", "peggy"}});
  world_.play(completed("freddie", "miles", kNoon));

  const Proposals proposals = proposed_by(kArtists, world_, "ada");

  EXPECT_EQ(proposals.tracks, std::vector<std::string>{"train"});
  EXPECT_GT(proposals.of("train"), 0);
  EXPECT_EQ(reason_of(kArtists, world_, "ada", "train"), "Heard with an artist you play");
}

TEST_F(SourcesTest, many_are_many) {
  for (int i = 0; i < 8; ++i) {
    const std::string who = "l" + std::to_string(i);
    world_.play(by(who, completed("blue", "miles", kNoon - kHour)));
    world_.play(by(who, completed("so", "miles", kNoon - kHour + kMinute)));
  }
  world_.play(completed("blue", "miles", kNoon));

  EXPECT_EQ(reason_of(kTrending, world_, "ada", "so"), "Popular right now");
  EXPECT_EQ(reason_of(kNext, world_, "ada", "so"), "Often played after what you just heard");
  EXPECT_EQ(reason_of(kTogether, world_, "ada", "so"), "Often heard with what you play");
}

TEST_F(SourcesTest, a_few_are_not_many) {
  for (const std::string who : {"bob", "cy"}) {
    world_.play(by(who, completed("blue", "miles", kNoon - kHour)));
  }
  world_.listener("ada").time = kNoon;

  EXPECT_EQ(reason_of(kTrending, world_, "ada", "blue"), "Others listen to this now");
}

TEST_F(SourcesTest, own_order_proposes_what_this_listener_played_next_before) {
  bob_hears({{"a", "x"}, {"bobs", "x"}});
  world_.play_all({{"a", "x"}, {"b", "x"}, {"c", "x"}, {"d", "x"}}, kNoon - kDay);
  world_.play(completed("a", "x", kNoon));

  const Proposals proposals = proposed_by(kOwn, world_, "ada");

  EXPECT_GT(proposals.of("b"), proposals.of("c")) << "nearer";
  EXPECT_GT(proposals.of("c"), 0);
  EXPECT_EQ(proposals.of("d"), 0);
  EXPECT_EQ(proposals.of("bobs"), 0);
  EXPECT_EQ(reason_of(kOwn, world_, "ada", "b"), "You played them in this order before");
}

TEST_F(SourcesTest, own_order_is_surer_the_longer_it_is_followed) {
  world_.play_all({{"a", "x"}, {"b", "x"}, {"c", "x"}}, kNoon - kDay);
  world_.play(completed("a", "x", kNoon));
  const float at_first = proposed_by(kOwn, world_, "ada").of("b");

  world_.play(completed("b", "x", kNoon + kMinute));

  EXPECT_GT(proposed_by(kOwn, world_, "ada").of("c"), at_first);
}

TEST_F(SourcesTest, own_order_knows_nothing_after_a_track_new_to_the_listener) {
  world_.play_all({{"a", "x"}, {"b", "x"}}, kNoon - kDay);
  world_.play(started("new", "x", kNoon));

  EXPECT_TRUE(proposed_by(kOwn, world_, "ada").tracks.empty());
}

TEST_F(SourcesTest, agreement_counts_the_sources_that_propose_a_track) {
  const Query query(world_.listener("ada"), world_.models());
  Candidate candidate;
  std::array<float, 2> alone{};
  std::array<float, 2> agreed{};

  candidate.raw[3] = 0.5F;
  kAgreement.describe(query, candidate, 0, alone.data());
  candidate.raw[0] = 0.1F;
  kAgreement.describe(query, candidate, 0, agreed.data());

  EXPECT_FLOAT_EQ(alone[0], 0.2F);
  EXPECT_EQ(alone[1], 1);
  EXPECT_FLOAT_EQ(agreed[0], 0.4F);
  EXPECT_EQ(agreed[1], 0);
}

TEST_F(SourcesTest, sessions_propose_what_sessions_like_this_one_had) {
  for (const std::string listener : {"carl", "dora", "eve"}) {
    for (const std::string track : {"a", "b", "c", "d"}) {
      world_.play(by(listener, completed(track, "x", kNoon - kDay)));
    }
  }
  for (const std::string listener : {"finn", "gus", "hal"}) {
    for (const std::string track : {"a", "e", "f"}) {
      world_.play(by(listener, completed(track, "x", kNoon - kDay)));
    }
  }
  world_.play_all({{"a", "x"}, {"b", "y"}}, kNoon);

  const Proposals proposals = proposed_by(kSessions, world_, "ada");

  EXPECT_GT(proposals.of("e"), 0);
  EXPECT_GT(proposals.of("c"), proposals.of("e")) << "their sessions had both";
  EXPECT_EQ(reason_of(kSessions, world_, "ada", "c"), "Heard in sessions like this one");
}

TEST_F(SourcesTest, sessions_do_not_propose_the_session_to_itself) {
  world_.play_all({{"a", "x"}, {"b", "y"}, {"a", "x"}}, kNoon);

  EXPECT_TRUE(proposed_by(kSessions, world_, "ada").tracks.empty());
}

TEST_F(SourcesTest, what_two_listeners_played_together_is_no_pattern_yet) {
  for (const std::string listener : {"carl", "dora"}) {
    for (const std::string track : {"z1", "z2", "a", "b"}) {
      world_.play(by(listener, completed(track, "x", kNoon - kDay)));
    }
  }
  world_.play(completed("a", "x", kNoon));

  EXPECT_TRUE(proposed_by(kSessions, world_, "ada").tracks.empty());
}

TEST_F(SourcesTest, sessions_that_have_no_track_of_this_one_say_nothing) {
  bob_hears({{"a", "x"}, {"b", "y"}});
  world_.play(completed("c", "z", kNoon));

  EXPECT_TRUE(proposed_by(kSessions, world_, "ada").tracks.empty());
}

TEST_F(SourcesTest, reasons_use_the_titles_of_the_catalogue) {
  bob_hears({{"blue", "miles"}, {"so", "miles"}});
  world_.models().enrich(entry("blue", "Blue in Green", "miles", "Miles Davis"));
  world_.models().enrich(entry("so", "", "miles", "Miles Davis"));
  world_.play(completed("blue", "miles", kNoon));

  EXPECT_EQ(reason_of(kNext, world_, "ada", "so"), "Played after Blue in Green");
  EXPECT_EQ(reason_of(kArtist, world_, "ada", "so"), "Because you like Miles Davis");
}

TEST_F(SourcesTest, of_an_empty_catalogue_nothing_is_proposed) {
  for (const Source* source : sources()) {
    EXPECT_TRUE(proposed_by(*source, world_, "ada").tracks.empty()) << source->name;
  }
}

TEST_F(SourcesTest, columns_stay_about_one_for_a_listener_with_a_history) {
  for (int day = 0; day < 20; ++day) {
    bob_hears({{"blue", "miles"}, {"so", "miles"}, {"train", "john"}, {"blue", "miles"}});
  }
  Query query(world_.listener("bob"), world_.models());
  NearbyMemory searches;
  Ranking ranking;

  ranking.run(query, world_.ranker(), world_.tuning(), searches);

  ASSERT_GT(ranking.candidates().size(), 0U);
  const auto rows = static_cast<Eigen::Index>(ranking.candidates().size());
  EXPECT_TRUE(ranking.features().topRows(rows).allFinite());
  EXPECT_LE(ranking.features().topRows(rows).cwiseAbs().maxCoeff(), 4);
}

TEST(Sources, have_names_of_their_own) {
  std::set<std::string_view> names;
  for (const Source* source : sources()) names.insert(source->name);

  EXPECT_EQ(names.size(), sources().size());
  EXPECT_LE(sources().size(), Listener::kSourcesMax);
}

}  // namespace
}  // namespace segue::test
