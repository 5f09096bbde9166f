#include "core/ranking/ranking.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "core/ranking/explain.h"
#include "core/ranking/sources/source.h"
#include "tests/unit/world.h"

namespace segue::test {
namespace {

std::vector<Placed> placed(const std::vector<std::size_t>& candidates) {
  std::vector<Placed> list;
  list.reserve(candidates.size());
  for (const std::size_t candidate : candidates) list.push_back({.candidate = candidate});
  return list;
}

// A town of listeners with overlapping tastes; deterministic.
void play_a_while(World& world, int events) {
  std::mt19937 random(17);
  for (int i = 0; i < events; ++i) {
    const auto artist = random() % 12;
    const std::string track = std::to_string(artist) + "-" + std::to_string(random() % 10);
    Event event = completed("t" + track, "a" + std::to_string(artist), kNoon + i * kMinute);
    event.user_id = "l" + std::to_string(random() % 7);
    event.session = session_id(event.user_id + std::to_string(i / 200));
    if (random() % 6 == 0) event.type = EventType::playback_skipped;
    world.play(event);
  }
}

// How many candidates are there because their vectors are near.
std::size_t proposed_as_near(World& world, const std::string& listener) {
  Query query(world.listener(listener), world.models());
  NearbyMemory searches;
  Ranking ranking;
  ranking.run(query, world.ranker(), world.tuning(), searches);
  const auto all = sources();
  const auto nearest =
      static_cast<std::size_t>(std::find(all.begin(), all.end(), &kNearest) - all.begin());
  const auto candidates = ranking.candidates().all();
  return static_cast<std::size_t>(
      std::count_if(candidates.begin(), candidates.end(),
                    [&](const Candidate& candidate) { return candidate.raw[nearest] > 0; }));
}

TEST(Ranking, vectors_are_asked_where_the_context_leads_to_little) {
  World world;
  play_a_while(world, 400);
  world.play(completed("unheard", "unknown", kNoon + kDay));

  EXPECT_GT(proposed_as_near(world, "ada"), 0U) << "nothing was played with it";

  world.play(completed("t1-1", "a1", kNoon + kDay + kMinute));

  EXPECT_EQ(proposed_as_near(world, "ada"), 0U) << "its artist and company propose dozens";
}

TEST(Ranking, orders_by_score_and_ties_by_track_id) {
  World world;
  // All equal: played once, at one time, each by a listener of its own.
  for (const std::string track : {"a", "b", "c", "d", "e", "f"}) {
    Event event = completed(track, "", kNoon);
    event.user_id = "listener of " + track;
    world.play(event);
  }
  Listener newcomer;
  newcomer.time = kNoon;
  Query query(newcomer, world.models());
  NearbyMemory searches;
  Ranking ranking;
  ranking.run(query, world.ranker(), world.tuning(), searches);

  const auto best = ranking.best(100);

  ASSERT_EQ(best.size(), 6U);
  for (std::size_t i = 1; i < best.size(); ++i) {
    EXPECT_EQ(ranking.scores()[static_cast<Eigen::Index>(best[i - 1])],
              ranking.scores()[static_cast<Eigen::Index>(best[i])]);
    EXPECT_LT(ranking.candidates().id(best[i - 1]), ranking.candidates().id(best[i]));
  }
}

TEST(Ranking, a_candidates_place_is_where_the_list_has_it) {
  World world;
  play_a_while(world, 400);
  Query query(world.listener("l1"), world.models());
  NearbyMemory searches;
  Ranking ranking;
  ranking.run(query, world.ranker(), world.tuning(), searches);

  const auto best = ranking.best(ranking.candidates().size());

  ASSERT_GT(best.size(), 20U);
  for (std::size_t i = 0; i < best.size(); ++i) {
    EXPECT_EQ(ranking.place(static_cast<std::ptrdiff_t>(best[i])), static_cast<int>(i) + 1);
  }
}

TEST(Ranking, reasons_sum_to_the_score) {
  World world;
  play_a_while(world, 600);

  for (const auto& [name, listener] : world.listeners()) {
    Query query(listener, world.models());
    NearbyMemory searches;
    Ranking ranking;
    ranking.run(query, world.ranker(), world.tuning(), searches);
    const Explained explained = explain(query, world.ranker(), ranking, placed(ranking.best(20)));
    for (const RecommendedTrack& track : explained.items) {
      float sum = 0;
      for (const TrackReason& reason : track.reasons) {
        sum += reason.part;
        EXPECT_FALSE(reason.text.empty());
      }
      EXPECT_NEAR(sum, track.score, 1e-4);
      ASSERT_GE(track.reasons.size(), 2U);
      EXPECT_EQ(track.source, track.reasons.front().source);
      EXPECT_EQ(track.reasons.back().source, kNetworkName) << "it has learned, so it has a say";
      const auto together =
          std::find_if(track.reasons.begin(), track.reasons.end() - 1,
                       [](const TrackReason& reason) { return reason.source == kOthersName; });
      EXPECT_LE(together - track.reasons.begin(), 4) << "so many are named";
      EXPECT_LE(track.reasons.end() - together, 2) << "they come after the named";
      EXPECT_TRUE(std::is_sorted(
          track.reasons.begin(), together,
          [](const TrackReason& a, const TrackReason& b) { return a.part > b.part; }));
    }
  }
}

TEST(Ranking, the_mix_says_how_much_each_source_gave) {
  World world;
  play_a_while(world, 600);
  Query query(world.listener("l1"), world.models());
  NearbyMemory searches;
  Ranking ranking;
  ranking.run(query, world.ranker(), world.tuning(), searches);

  const Explained explained = explain(query, world.ranker(), ranking, placed(ranking.best(20)));

  float all = 0;
  for (const auto& [source, share] : explained.mix) {
    EXPECT_GE(share, 0) << source;
    all += share;
  }
  EXPECT_NEAR(all, 1, 1e-5);
}

TEST(Ranking, of_too_many_proposals_each_sources_first_stays) {
  World world;
  play_a_while(world, 600);
  Tuning few;
  few.candidates_max = 24;
  Query query(world.listener("l1"), world.models());
  NearbyMemory searches;
  Ranking all;
  all.run(query, world.ranker(), world.tuning(), searches);
  Ranking ranking;

  ranking.run(query, world.ranker(), few, searches);

  ASSERT_GT(all.candidates().size(), 24U);
  ASSERT_EQ(ranking.candidates().size(), 24U);
  for (std::size_t s = 0; s < sources().size(); ++s) {
    const auto first = [&](const Ranking& of) {
      for (std::size_t i = 0; i < of.size(); ++i) {
        if (of.relative(i, s) > 0.999F) return of.candidates().id(i);
      }
      return ItemId{};
    };
    EXPECT_EQ(first(ranking), first(all)) << sources()[s]->name;
  }
}

TEST(Ranking, a_list_names_what_the_catalogue_knows) {
  World world;
  world.models().enrich(entry("so", "So What", "miles", "Miles Davis"));
  const Effects effects = world.play(completed("so", "miles", kNoon));
  const Effects after = world.play(completed("blue", "miles", kNoon + kMinute));

  ASSERT_EQ(effects.recommendation->items.size(), 1U) << "what the catalogue alone knows";
  ASSERT_EQ(after.recommendation->items.size(), 2U) << "and what was just heard";
  const auto& items = after.recommendation->items;
  const RecommendedTrack& item = items[0].track_id == "so" ? items[0] : items[1];
  EXPECT_EQ(item.track_id, "so");
  EXPECT_EQ(item.title, "So What");
  EXPECT_EQ(item.artist_id, "miles");
  EXPECT_EQ(item.artist, "Miles Davis");
}

TEST(Ranking, a_source_is_trusted_as_it_did_for_the_listener) {
  World world;
  world.play_all({{"blue", "miles"}, {"so", "miles"}, {"blue", "miles"}}, kNoon);
  Listener listener = world.listener();
  listener.source_credit.fill(0);
  listener.source_credit[0] = 2;
  listener.credit_seen = 3.3F;
  Query query(listener, world.models());
  NearbyMemory searches;
  Ranking ranking;
  ranking.run(query, world.ranker(), world.tuning(), searches);

  const auto so = ranking.find(item_of(track_id("so")));

  ASSERT_GE(so, 0);
  const ColumnLayout& layout = column_layout();
  EXPECT_EQ(layout.names[static_cast<std::size_t>(layout.trusted(0))], "next.trusted");
  EXPECT_FLOAT_EQ(ranking.features()(so, layout.trusted(0)), 0.5F);
  EXPECT_EQ(ranking.features()(so, layout.trusted(1)), 0);
}

TEST(Ranking, candidates_are_bounded) {
  Tuning tuning;
  tuning.candidates_max = 16;
  World world(tuning);
  play_a_while(world, 300);
  Query query(world.listener("l1"), world.models());
  NearbyMemory searches;
  Ranking ranking;

  ranking.run(query, world.ranker(), tuning, searches);

  EXPECT_EQ(ranking.candidates().size(), 16U);
  EXPECT_EQ(ranking.best(20).size(), 16U);
}

TEST(Ranking, memory_kept_from_another_ranking_changes_nothing) {
  World world;
  play_a_while(world, 300);
  Query query(world.listener("l1"), world.models());
  NearbyMemory searches;
  Ranking used;
  Query other(world.listener("l2"), world.models());
  used.run(other, world.ranker(), world.tuning(), searches);
  used.run(query, world.ranker(), world.tuning(), searches);
  Ranking fresh;
  NearbyMemory none;

  fresh.run(query, world.ranker(), world.tuning(), none);

  ASSERT_EQ(used.candidates().size(), fresh.candidates().size());
  EXPECT_EQ(used.scores(), fresh.scores());
  EXPECT_EQ(used.best(20), fresh.best(20));
}

TEST(Ranking, of_nothing_is_an_empty_list) {
  const Listener newcomer;
  const ItemModels models{Tuning{}};
  Query query(newcomer, models);
  NearbyMemory searches;
  Ranking ranking;

  ranking.run(query, Ranker{}, Tuning{}, searches);

  EXPECT_TRUE(ranking.best(20).empty());
  EXPECT_TRUE(explain(query, Ranker{}, ranking, {}).items.empty());
  EXPECT_EQ(ranking.find(item_of(track_id("unknown"))), -1);
}

}  // namespace
}  // namespace segue::test
