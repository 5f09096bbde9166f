#include <gtest/gtest.h>
#include <cmath>

#include <algorithm>
#include <map>
#include <string>

#include "core/ranking/rules/arrange.h"
#include "core/ranking/rules/exploration.h"
#include "core/ranking/rules/likeness.h"
#include "core/ranking/rules/set_back.h"
#include "tests/unit/world.h"

// From a ranking to a list: what the rules take out, move and add.
namespace segue::test {
namespace {

Tuning no_rules() {
  Tuning tuning;
  tuning.diversity = 0;
  tuning.artist_run_max = 100;
  tuning.cool_down_tracks = 0;
  tuning.exploration = 0;
  return tuning;
}

// Somebody played `tracks` tracks of each of `artists` artists, artist by artist; ada played the
// first.
class Played {
 public:
  explicit Played(const Tuning& tuning, int artists = 5, int tracks = 8)
      : tuning_(tuning), world_(tuning) {
    Micros at = kNoon - kDay;
    for (int a = 0; a < artists; ++a) {
      for (int t = 0; t < tracks; ++t) {
        Event event = completed("a" + std::to_string(a) + "-" + std::to_string(t),
                                "a" + std::to_string(a), at += kMinute);
        event.user_id = "somebody";
        world_.play(event);
      }
    }
    world_.play(completed("a0-0", "a0", kNoon));
  }

  Listener& ada() { return world_.listener(); }
  World& world() { return world_; }

  std::vector<Placed> placed(std::uint64_t seed = 1) {
    Query query(ada(), world_.models());
    ranking_.run(query, world_.ranker(), tuning_, searches_);
    return arrange(query, ranking_, tuning_, seed);
  }
  std::string name(const Placed& placed) {
    return world_.models()[ranking_.candidates()[placed.candidate].slot].name;
  }
  std::vector<std::string> names(std::uint64_t seed = 1) {
    std::vector<std::string> names;
    for (const Placed& each : placed(seed)) names.push_back(name(each));
    return names;
  }
  bool lists(const std::string& track) {
    const auto all = names();
    return std::find(all.begin(), all.end(), track) != all.end();
  }
  const Ranking& ranking() const { return ranking_; }

 private:
  Tuning tuning_;
  World world_;
  NearbyMemory searches_;
  Ranking ranking_;
};

std::string artist_in(const std::string& track) { return track.substr(0, track.find('-')); }

int longest_run(const std::vector<std::string>& names) {
  int longest = 0;
  int run = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    run = i > 0 && artist_in(names[i]) == artist_in(names[i - 1]) ? run + 1 : 1;
    longest = std::max(longest, run);
  }
  return longest;
}

TEST(Rules, without_any_the_list_is_the_ranking) {
  Played played(no_rules());

  const std::vector<Placed> list = played.placed();

  const std::vector<std::size_t> best = played.ranking().best(20);
  ASSERT_EQ(list.size(), best.size());
  for (std::size_t i = 0; i < best.size(); ++i) {
    EXPECT_EQ(list[i].candidate, best[i]);
    EXPECT_EQ(list[i].propensity, 1);
  }
}

TEST(Rules, a_hidden_track_never_comes_back) {
  Played played(no_rules());
  const std::string first = played.names().front();

  played.ada().hidden_tracks = {track_id(first)};

  EXPECT_FALSE(played.lists(first));
  EXPECT_EQ(played.names().size(), 20U) << "another takes its place";
}

TEST(Rules, a_hidden_artist_never_comes_back) {
  Played played(no_rules());

  played.ada().hidden_artists = {artist_id("a0")};

  for (const std::string& name : played.names()) EXPECT_NE(artist_in(name), "a0");
}

TEST(Rules, a_request_keeps_out_what_it_excludes_and_what_is_queued) {
  Played played(no_rules());
  Request& request = played.ada().request.emplace();
  request.excluded_tracks = {track_id("a0-1")};
  request.queued = {track_id("a0-2")};
  request.excluded_artists = {artist_id("a1")};

  const auto names = played.names();

  for (const std::string& name : names) {
    EXPECT_NE(name, "a0-1");
    EXPECT_NE(name, "a0-2");
    EXPECT_NE(artist_in(name), "a1");
  }
  EXPECT_TRUE(played.lists("a0-3"));
}

TEST(Rules, explicit_tracks_need_both_setting_and_request) {
  Played played(no_rules());
  CatalogEntry entry = test::entry("a0-1", "A title", "a0");
  entry.is_explicit = true;
  played.world().models().enrich(entry);
  EXPECT_TRUE(played.lists("a0-1"));

  played.ada().explicit_allowed = false;
  EXPECT_FALSE(played.lists("a0-1"));
  played.ada().request.emplace().explicit_allowed = true;
  EXPECT_FALSE(played.lists("a0-1")) << "a request does not overrule the setting";

  played.ada().explicit_allowed = true;
  EXPECT_TRUE(played.lists("a0-1"));
  played.ada().request->explicit_allowed = false;
  EXPECT_FALSE(played.lists("a0-1"));
}

TEST(Rules, where_everything_is_barred_the_list_is_empty) {
  Played played(no_rules(), 1);
  played.ada().hidden_artists = {artist_id("a0")};

  EXPECT_TRUE(played.placed().empty());
}

TEST(Rules, an_artist_does_not_fill_the_list_in_a_row) {
  Tuning tuning = no_rules();
  EXPECT_GT(longest_run(Played(tuning).names()), 2) << "else there is nothing to break";

  tuning.artist_run_max = 2;

  EXPECT_LE(longest_run(Played(tuning).names()), 2);
}

TEST(Rules, an_artist_alone_fills_the_list) {
  Tuning tuning = no_rules();
  tuning.artist_run_max = 2;

  EXPECT_EQ(Played(tuning, 1, 8).names().size(), 8U);
}

TEST(Rules, who_stays_with_an_artist_may_go_on) {
  Tuning tuning = no_rules();
  tuning.artist_run_max = 2;
  Played played(tuning);

  played.world().play(completed("a0-1", "a0", kNoon + kMinute));

  EXPECT_GT(longest_run(played.names()), 2);
}

// Where ada's last track stands after it was put at `place` (0 = first) and set back.
std::ptrdiff_t set_back_from(std::ptrdiff_t place, Played& played) {
  Tuning tuning = no_rules();
  tuning.cool_down_tracks = 1;
  played.placed();
  std::vector<std::size_t> order = played.ranking().best(20);
  const auto is_last = [&](std::size_t i) { return played.name({.candidate = i}) == "a0-0"; };
  const auto at = std::find_if(order.begin(), order.end(), is_last);
  if (at == order.end()) return -1;
  const std::size_t candidate = *at;
  order.erase(at);
  order.insert(order.begin() + place, candidate);
  const Query query(played.ada(), played.world().models());
  set_back(query, played.ranking(), tuning, order);
  return std::find_if(order.begin(), order.end(), is_last) - order.begin();
}

TEST(Rules, what_just_played_leaves_the_first_place_to_another) {
  Played played(no_rules());

  EXPECT_EQ(set_back_from(0, played), 1);
  EXPECT_EQ(set_back_from(3, played), 3) << "elsewhere the listener chooses";
}

TEST(Rules, by_itself_a_player_gets_what_just_played_far_back) {
  Played played(no_rules());

  played.ada().playing = HeardTrack{track_id("a1-1"), artist_id("a1"), false};

  EXPECT_EQ(set_back_from(0, played), 9);
  EXPECT_EQ(set_back_from(3, played), 9);
}

TEST(Rules, a_looped_track_does_not_step_back) {
  Played played(no_rules());

  played.world().play(completed("a0-0", "a0", kNoon + kMinute));

  EXPECT_EQ(set_back_from(0, played), 0);
}

TEST(Rules, who_comes_back_to_tracks_is_left_alone) {
  Played played(no_rules());

  played.ada().repeat_share = 0.2F;

  EXPECT_EQ(set_back_from(0, played), 0);
}

int artists_in(const std::vector<std::string>& names) {
  std::map<std::string, int> artists;
  for (std::size_t i = 0; i < 8; ++i) ++artists[artist_in(names[i])];
  return static_cast<int>(artists.size());
}

TEST(Rules, the_dial_for_diversity_mixes_artists) {
  Tuning tuning = no_rules();
  const int without = artists_in(Played(tuning).names());
  tuning.diversity = 0.9;

  EXPECT_GT(artists_in(Played(tuning).names()), without);
}

TEST(Rules, a_request_turns_the_dial) {
  Played played(no_rules());
  const int without = artists_in(played.names());

  played.ada().request.emplace().adventurous = 0.9F;

  EXPECT_GT(artists_in(played.names()), without);
}

TEST(Rules, the_first_track_is_the_best_one_at_any_diversity) {
  Tuning tuning = no_rules();
  const std::string first = Played(tuning).names().front();
  tuning.diversity = 0.9;

  EXPECT_EQ(Played(tuning).names().front(), first);
}

TEST(Rules, likeness_grows_from_strangers_to_companions_to_one_artist) {
  Played played(no_rules(), 3, 20);
  const ItemModels& models = played.world().models();
  const auto sketch = [&](const std::string& track) {
    return sketch_of(models, models.find(item_of(track_id(track))));
  };

  const float stranger = likeness(sketch("a0-5"), sketch("a2-15"));
  const float far_sibling = likeness(sketch("a0-1"), sketch("a0-15"));
  const float near_sibling = likeness(sketch("a0-5"), sketch("a0-6"));

  EXPECT_LT(stranger, far_sibling);
  EXPECT_LT(far_sibling, near_sibling);
  EXPECT_NEAR(likeness(sketch("a0-5"), sketch("a0-5")), 1, 1e-6);
}

Tuning exploring() {
  Tuning tuning = no_rules();
  tuning.k = 10;
  tuning.exploration = 0.3;
  return tuning;
}

TEST(Rules, one_seed_makes_one_list) {
  Played played(exploring(), 8, 10);

  EXPECT_EQ(played.names(7), played.names(7));
  bool differs = false;
  for (std::uint64_t seed = 8; seed < 20; ++seed) differs |= played.names(seed) != played.names(7);
  EXPECT_TRUE(differs);
}

// Over many seeds each place shows each track as often as its propensity says: the sum of
// 1 / propensity over the times a track was explored is the number of lists.
TEST(Rules, propensities_are_the_chance_of_being_shown) {
  Played played(exploring(), 8, 10);
  constexpr int kLists = 4'000;
  constexpr std::size_t kPlace = 3;  // the first that is explored: nothing above it is drawn
  std::map<std::string, std::pair<int, double>> shown;
  for (int seed = 0; seed < kLists; ++seed) {
    const Placed placed = played.placed(static_cast<std::uint64_t>(seed)).at(kPlace);
    auto& [times, propensity] = shown[played.name(placed)];
    ++times;
    propensity = static_cast<double>(placed.propensity);
  }

  double sum = 0;
  for (const auto& [track, seen] : shown) {
    EXPECT_NEAR(static_cast<double>(seen.first) / kLists, seen.second, 0.03) << track;
    sum += seen.second;
  }
  EXPECT_NEAR(sum, 1, 1e-3);
  EXPECT_GT(shown.size(), 5U);
}

TEST(Rules, exploration_prefers_what_is_nearly_shown_and_hardly_played) {
  Played played(exploring(), 8, 10);
  for (int i = 0; i < 9; ++i) {
    Event event = completed("a0-1", "a0", kNoon + i * kMinute);
    event.user_id = "crowd" + std::to_string(i);
    played.world().play(event);
  }
  static_cast<void>(played.placed());
  const Query query(played.ada(), played.world().models());
  const auto find = [&](const std::string& track) {
    return static_cast<std::size_t>(played.ranking().find(item_of(track_id(track))));
  };
  const std::size_t often = find("a0-1");
  const std::size_t once = find("a0-2");
  std::vector<std::size_t> shown;  // all but these two
  for (std::size_t i = 0; i < played.ranking().size(); ++i) {
    if (i != often && i != once) shown.push_back(i);
  }
  const std::vector<bool> placed(played.ranking().size());
  const auto score = [&](std::size_t i) {
    return static_cast<double>(played.ranking().scores()[static_cast<Eigen::Index>(i)]);
  };
  const auto plays = [&](std::size_t i) {
    return std::exp2(query.models()[played.ranking().candidates()[i].slot].log2_plays);
  };
  ASSERT_GT(plays(often), 3 * plays(once));
  const double odds = std::exp(score(often) - score(once)) * (1 + plays(once)) / (1 + plays(often));
  std::map<std::size_t, int> drawn;
  float propensity = 0;

  for (std::uint64_t seed = 0; seed < 4'000; ++seed) {
    Exploration exploration(query, played.ranking(), 1, shown, seed);
    const std::optional<Placed> drawn_now = exploration.draw(placed);
    ASSERT_TRUE(drawn_now);
    ++drawn[drawn_now->candidate];
    if (drawn_now->candidate == often) propensity = drawn_now->propensity;
  }

  EXPECT_NEAR(static_cast<double>(propensity), odds / (1 + odds), 1e-4);
  EXPECT_NEAR(drawn[often] / 4'000.0, static_cast<double>(propensity), 0.02);
}

TEST(Rules, what_is_placed_is_not_explored) {
  Played played(exploring(), 3, 2);
  static_cast<void>(played.placed());
  const Query query(played.ada(), played.world().models());
  std::vector<bool> placed(played.ranking().size(), true);
  placed[0] = false;

  Exploration exploration(query, played.ranking(), 1, {}, 1);

  EXPECT_EQ(exploration.draw(placed)->candidate, 0U);
  EXPECT_FALSE(exploration.draw(std::vector<bool>(played.ranking().size(), true)));
}

TEST(Rules, the_first_three_places_are_not_explored) {
  Played played(exploring(), 8, 10);
  const auto best = played.names(1);

  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto names = played.names(seed);
    EXPECT_TRUE(std::equal(names.begin(), names.begin() + 3, best.begin())) << seed;
  }
}

TEST(Rules, no_track_stands_twice_under_all_rules_at_once) {
  Tuning tuning = exploring();
  tuning.diversity = 0.5;
  tuning.artist_run_max = 1;
  tuning.cool_down_tracks = 3;
  Played played(tuning, 8, 10);
  played.ada().hidden_tracks = {track_id("a1-1")};

  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    auto names = played.names(seed);
    EXPECT_EQ(names.size(), 10U);
    std::sort(names.begin(), names.end());
    EXPECT_EQ(std::unique(names.begin(), names.end()), names.end()) << seed;
    EXPECT_FALSE(std::binary_search(names.begin(), names.end(), "a1-1")) << seed;
  }
}

// The published list is scored, exploration included.
TEST(Rules, a_listen_is_scored_at_its_place_in_the_published_list) {
  Tuning tuning = exploring();
  tuning.exploration = 1;  // all but the first three
  Played played(tuning, 8, 10);
  World& world = played.world();
  Event asked = ended(EventType::request_made, "", "", kNoon + kMinute);
  asked.request.emplace();  // teaches nothing: the models stay as they are
  const auto list = tracks_of(*world.play(asked).recommendation);
  ASSERT_EQ(list.size(), 10U);
  world.listener() = *decode_listener(encode(world.listener()));

  world.play(started(list[6], artist_in(list[6]), kNoon + kMinute));
  const Effects effects = world.play(completed(list[6], artist_in(list[6]), kNoon + 5 * kMinute));

  ASSERT_TRUE(effects.score);
  EXPECT_EQ(effects.score->rank, 7);
}

}  // namespace
}  // namespace segue::test
