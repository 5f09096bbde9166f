#include "loadtest/evaluate/evaluation.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/ranking/sources/source.h"
#include "loadtest/evaluate/baselines/baselines.h"
#include "loadtest/evaluate/figures/comparison.h"
#include "loadtest/evaluate/report/curves.h"
#include "loadtest/evaluate/report/ranks.h"
#include "loadtest/evaluate/report/report_json.h"
#include "loadtest/evaluate/report/report_text.h"
#include "loadtest/evaluate/run/prefixes.h"
#include "loadtest/evaluate/run/runs.h"

namespace segue {
namespace {

bool never() { return false; }

// A folder of its own for each test, so that tests may run side by side.
class EvaluationRun : public testing::Test {
 protected:
  EvaluationRun() {
    std::string name = (std::filesystem::temp_directory_path() / "segue-evaluate-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
  }
  ~EvaluationRun() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }

  static Evaluated run_once(const EvaluateConfig& config, const Contender& contender = {},
                            std::string_view with_baselines = "none") {
    const Extent extent = measure(config, never);
    Progress progress(0, Progress::Show::nothing);
    return run({config, extent, progress, never}, contender, baselines_named(with_baselines));
  }

 private:
  std::filesystem::path folder_;
};

EvaluateConfig on_simulator() {
  EvaluateConfig config;
  config.events_max = 1'000;
  return config;
}

// Quick where it does not matter how good the lists are.
Contender of_few_candidates() {
  Contender contender;
  contender.tuning.candidates_max = 64;
  return contender;
}

// Sessions that go the same way each time: 1 2 3, then 4 5 6.
std::string sessions_in_a_row(int pairs) {
  std::string text;
  for (int i = 0; i < pairs; ++i) text += "1 2 3\n4 5 6\n";
  return text;
}

TEST_F(EvaluationRun, the_same_stream_gives_the_same_figures) {
  const EvaluateConfig config = on_simulator();
  const std::regex times(R"re("[a-z_]*us_[a-z0-9_]*":[0-9.]+,?)re");

  const auto tell = [&] {
    const Summary summary = summary_of(run_once(config, {}, "all"));
    return std::regex_replace(json_of(&summary, {}), times, "");
  };
  const std::string once = tell();

  EXPECT_EQ(once, tell());
  EXPECT_NE(once.find("\"VMIS-kNN\""), std::string::npos);
  EXPECT_EQ(once.find("us_per_event"), std::string::npos);
}

TEST_F(EvaluationRun, everybody_is_scored_on_the_same_listens) {
  const Evaluated result = run_once(on_simulator(), {}, "all");

  ASSERT_EQ(result.lanes.size(), 1 + baselines().size());
  EXPECT_GT(result.listens.size(), 50U);
  for (const Lane& lane : result.lanes) EXPECT_EQ(lane.verdicts.size(), result.listens.size());
  EXPECT_EQ(result.mix().name, "mix");
  EXPECT_EQ(result.lanes[1].name, baselines()[0].name);
}

TEST_F(EvaluationRun, three_listens_give_a_newcomer_more_than_what_is_popular) {
  EvaluateConfig config = on_simulator();
  config.events_max = 3'000;
  config.scored_from = 0;

  const Evaluated result = run_once(config, of_few_candidates(), "all");

  const auto popularity =
      std::find_if(result.lanes.begin(), result.lanes.end(),
                   [](const Lane& lane) { return lane.name == "decayed popularity"; });
  ASSERT_NE(popularity, result.lanes.end());
  const Quality mix = result.quality(result.mix(), kFirstThree);
  EXPECT_GT(mix.scored, 100U);
  EXPECT_GT(mix.hit_rate_at_20(), 2 * result.quality(*popularity, kFirstThree).hit_rate_at_20());
}

TEST_F(EvaluationRun, a_track_without_plays_is_hit_through_the_catalogue) {
  EvaluateConfig config = on_simulator();
  config.events_max = 3'000;
  const Contender mix = of_few_candidates();
  Contender without = of_few_candidates();
  for (std::size_t s = 0; s < sources().size(); ++s) {
    if (sources()[s]->name == "catalogue") without.tuning.sources_off = std::uint64_t{1} << s;
  }

  const Evaluated with = run_once(config, mix);
  const Evaluated off = run_once(config, without);

  EXPECT_GT(with.quality(with.mix(), kUnseenTrack).hit_rate_at_20(), 0);
  EXPECT_EQ(off.quality(off.mix(), kUnseenTrack).hit_rate_at_20(), 0);
}

TEST_F(EvaluationRun, a_catalogue_known_beforehand_has_artists_and_nothing_else) {
  EvaluateConfig config;
  config.format = "segue-csv";
  config.listens = file("listens",
                        "time,user_id,session_id,track_id,artist_id,played_fraction\n"
                        "2024-11-21T12:00:00Z,ada,s,blue,miles,1\n"
                        "2024-11-21T12:03:00Z,ada,s,so,miles,1\n");
  config.scored_from = 0;
  const Evaluated without = run_once(config);

  config.catalogue = config.listens;
  const Evaluated with = run_once(config);

  EXPECT_EQ(without.quality(without.mix(), kUnseenTrack).hits_at_20, 0U);
  EXPECT_EQ(with.quality(with.mix(), kUnseenTrack).hits_at_20, 1U);
}

TEST_F(EvaluationRun, a_catalogue_does_not_tell_when_its_tracks_are_played) {
  const std::string header = "time,user_id,session_id,track_id,artist_id,played_fraction\n";
  std::string forwards = header;
  std::string backwards = header;
  for (int i = 10; i < 60; ++i) {
    const std::string time = "2024-11-21T12:" + std::to_string(i) + ":00Z,ada,s,";
    forwards += time + "t" + std::to_string(i) + ",miles,1\n";
    backwards += time + "t" + std::to_string(69 - i) + ",miles,1\n";
  }
  EvaluateConfig config;
  config.format = "segue-csv";
  config.listens = file("forwards", forwards);

  config.catalogue = config.listens;
  const std::vector<CatalogEntry> one = open_stream(config).catalog;
  config.catalogue = file("backwards", backwards);

  EXPECT_EQ(one.size(), 50U);
  EXPECT_EQ(open_stream(config).catalog, one);
}

TEST_F(EvaluationRun, a_share_of_sessions_is_cut_between_sessions) {
  EvaluateConfig config;
  config.listens = file("sessions", "1 2 3 4 5 6 7 8\n1 2\n1 2\n1 2 3\n");
  config.format = "sessions";
  config.scored_from = 0.75;

  const Extent extent = measure(config, never);
  const Evaluated result = run_once(config);

  EXPECT_EQ(extent.events, 15U);
  EXPECT_EQ(extent.scored_from, 12U);
  ASSERT_EQ(result.listens.size(), 2U);  // 2 and 3; before 1 there was nothing
  EXPECT_EQ(result.listens[0].event, 13U);
}

TEST_F(EvaluationRun, groups_follow_from_what_was_played) {
  EvaluateConfig config;
  config.listens = file("sessions", "1 2 1 9\n");
  config.format = "sessions";
  config.scored_from = 0;

  const Evaluated result = run_once(config);

  ASSERT_EQ(result.listens.size(), 3U);
  const int all = kAnyListen | kFirstListens | kFirstThree | kRareTrack;
  EXPECT_EQ(result.listens[0].groups, all | kNewToListener | kUnseenTrack);
  EXPECT_EQ(result.listens[1].groups, all | kRepeat);
  EXPECT_EQ(result.listens[2].groups, (all & ~kFirstThree) | kNewToListener | kUnseenTrack);
}

std::vector<Kind> kinds_of(const Evaluated& result) {
  std::vector<Kind> kinds;
  for (const ScoredListen& listen : result.listens) kinds.push_back(listen.kind);
  return kinds;
}

// "ada 12:00 blue miles" and so on, three minutes apart.
std::string csv_of(const std::vector<std::array<std::string, 4>>& rows) {
  std::string text = "time,user_id,session_id,track_id,artist_id,played_fraction\n";
  int minute = 0;
  for (const auto& [listener, session, track, artist] : rows) {
    text += "2024-11-21T12:" + std::to_string(10 + 3 * minute++) + ":00Z," + listener + "," +
            session + "," + track + "," + artist + ",1\n";
  }
  return text;
}

TEST_F(EvaluationRun, targets_are_of_one_kind_each) {
  EvaluateConfig config;
  config.format = "segue-csv";
  config.scored_from = 0;
  config.listens = file("listens", csv_of({{"bob", "b", "blue", "miles"},
                                           {"bob", "b", "so", "miles"},
                                           {"bob", "b", "giant", "john"},
                                           {"ada", "a", "giant", "john"},
                                           {"ada", "a", "blue", "miles"},
                                           {"ada", "a", "so", "miles"},
                                           {"ada", "a", "giant", "john"},
                                           {"ada", "a", "naima", "john"},
                                           {"bob", "b", "naima", "john"},
                                           {"bob", "c", "red", "taylor"},
                                           {"bob", "c", "naima", "john"},
                                           {"ada", "d", "x", "unheard"},
                                           {"ada", "d", "red", "taylor"}}));

  const Evaluated result = run_once(config);

  using enum Kind;
  EXPECT_EQ(kinds_of(result), (std::vector<Kind>{unseen_last, unseen, other, last_artist, repeat,
                                                 unseen_last, last_artist, repeat, other}));
}

TEST_F(EvaluationRun, misses_say_where_hits_end) {
  EvaluateConfig config;
  config.listens = file("sessions", sessions_in_a_row(40) + "1 9\n");
  config.format = "sessions";
  config.scored_from = 0.5;

  const Evaluated result = run_once(config);
  const Ends ends = ends_of(result);

  const Quality& unseen = ends.quality[static_cast<std::size_t>(Kind::unseen)];
  EXPECT_EQ(unseen.scored, 1U);
  EXPECT_EQ(ends.misses.all, 1U);
  EXPECT_EQ(ends.misses.never_played, 1);
  EXPECT_NE(text_of(ends).find("misses: 100 % were never played by anyone, 0 % not proposed"),
            std::string::npos);
}

TEST_F(EvaluationRun, ranks_are_a_line_for_each_listen_that_counts) {
  EvaluateConfig config;
  config.listens = file("sessions", sessions_in_a_row(2));
  config.format = "sessions";
  config.scored_from = 0;

  std::ostringstream ranks;
  write_ranks(ranks, run_once(config, {}, "vmis,markov"));

  const std::string first = "event\tlistener\ttarget\tproposed\tmix\tMarkov(1)\tVMIS-kNN\n1\t0\t";
  const std::string text = std::move(ranks).str();
  EXPECT_EQ(text.substr(0, first.size()), first);
  EXPECT_EQ(std::ranges::count(text, '\n'), 9);
}

TEST_F(EvaluationRun, one_session_a_listener_scores_all_but_their_first) {
  EvaluateConfig config;
  config.format = "segue-csv";
  config.scored_from = 0;
  config.listens = file("listens", csv_of({{"ada", "a", "1", "x"},
                                           {"bob", "b", "1", "x"},
                                           {"ada", "c", "2", "x"},
                                           {"bob", "d", "2", "x"},
                                           {"ada", "e", "3", "x"}}));
  const Evaluated by_file = run_once(config);
  config.sessions_by = "listener";
  const Evaluated by_listener = run_once(config);
  config.sessions_by = "day";

  EXPECT_EQ(by_file.listens.size(), 0U);
  ASSERT_EQ(by_listener.listens.size(), 3U);
  // Bob, who ended first, comes first.
  EXPECT_EQ(by_listener.listens[0].event, 1U);
  EXPECT_EQ(by_listener.listens[0].listener, 0U);
  EXPECT_EQ(by_listener.listens[2].event, 4U);
  EXPECT_THROW(run_once(config), std::runtime_error);
}

TEST(Baselines, are_chosen_by_name_in_one_order) {
  EXPECT_EQ(baselines_named("all").size(), baselines().size());
  EXPECT_TRUE(baselines_named("none").empty());
  const auto two = baselines_named("vmis,markov");
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(two[0].key, "markov");
  EXPECT_EQ(two[1].key, "vmis");
  EXPECT_THROW(baselines_named("markov,"), std::runtime_error);
  EXPECT_THROW(baselines_named("gru4rec"), std::runtime_error);
}

TEST_F(EvaluationRun, no_model_foresees_a_track_that_was_never_played) {
  // Every listen is of a track that comes once.
  std::string text;
  for (int track = 0; track < 400; track += 2)
    text += std::to_string(track) + " " + std::to_string(track + 1) + "\n";
  EvaluateConfig config;
  config.listens = file("sessions", text);
  config.format = "sessions";
  config.scored_from = 0;

  const Evaluated result = run_once(config, {}, "all");

  ASSERT_EQ(result.listens.size(), 200U);
  for (const Lane& lane : result.lanes)
    EXPECT_EQ(result.quality(lane, kUnseenTrack).hits_at_20, 0U) << lane.name;
}

TEST_F(EvaluationRun, questions_are_asked_after_the_stream_and_teach_nothing) {
  EvaluateConfig config;
  config.listens = file("sessions", sessions_in_a_row(40));
  config.format = "sessions";
  // Were the first question learned, 7 would follow 1 2 in the second.
  std::string questions;
  for (int i = 0; i < 50; ++i) questions += "1 2\t7\n";
  config.test = file("test", "1 2\t3\n" + questions + "1 2\t3\n");

  const Evaluated result = run_once(config, {}, "all");

  ASSERT_EQ(result.listens.size(), 52U);
  EXPECT_NE(result.listens[0].listener, result.listens[1].listener);
  EXPECT_EQ(result.listens[51].groups & kUnseenTrack, 0);
  EXPECT_NE(result.listens[50].groups & kUnseenTrack, 0);
  for (const Lane& lane : result.lanes) {
    EXPECT_EQ(lane.verdicts[0], lane.verdicts[51]) << lane.name;
    EXPECT_EQ(lane.verdicts[50].rank, 0) << lane.name;
  }
  EXPECT_EQ(result.mix().verdicts[0].rank, 1);
  EXPECT_EQ(result.events, 240U);
}

TEST_F(EvaluationRun, bad_questions_are_left_out_and_named) {
  std::string text = "1 2 3\n\t4\n";
  for (int i = 0; i < 300; ++i) text += "1 2\t3\n";
  Prefixes few(file("few", text));
  Prefixes many(file("many", "1 2 3\n1\t2\n"));

  int questions = 0;
  while (few.next()) ++questions;

  EXPECT_EQ(questions, 300);
  EXPECT_EQ(few.skipped().rows, 2U);
  EXPECT_NE(few.skipped().first.find("line 1: expected track ids"), std::string::npos);
  EXPECT_THROW(while (many.next()){}, std::runtime_error);
}

TEST_F(EvaluationRun, runs_side_by_side_are_as_alone) {
  const EvaluateConfig config = on_simulator();
  const Extent extent = measure(config, never);
  Progress progress(0, Progress::Show::nothing);
  const segue::Setup setup{config, extent, progress, never};
  Tuning eager;
  eager.ranker_rate = 0.2;
  const std::vector<Contender> contenders = {
      {"mix", {}, 1}, {"eager", eager, 1}, {"spread", {}, 16}};

  const auto together = run_all(setup, contenders);

  for (std::size_t i = 0; i < contenders.size(); ++i) {
    const Evaluated alone = run_once(config, contenders[i]);
    EXPECT_EQ(alone.listens, together[i].listens);
    EXPECT_EQ(alone.mix().verdicts, together[i].mix().verdicts);
  }
  EXPECT_NE(together[0].mix().verdicts, together[1].mix().verdicts);
  EXPECT_NE(together[0].mix().verdicts, together[2].mix().verdicts);
}

TEST_F(EvaluationRun, a_comparison_says_which_is_better_and_how_sure) {
  Evaluated control;
  control.lanes.push_back({.name = "mix", .verdicts = {}, .exposure = {}});
  for (std::uint32_t i = 0; i < 500; ++i) {
    control.listens.push_back({.listener = i, .event = i, .groups = kAnyListen});
    control.lanes[0].verdicts.push_back(i % 2 == 0 ? Verdict{2, true} : Verdict{});
  }
  Evaluated better = control;
  for (std::uint32_t i = 0; i < 60; ++i) better.lanes[0].verdicts[i] = {1, true};
  Comparison up{.title = "comparison",
                .control = "A",
                .quality = {},
                .event_us = 0,
                .differences = {difference_of("B", control, better)}};
  Comparison down = up;
  down.differences = {difference_of("B", better, control)};
  Comparison same = up;
  same.differences = {difference_of("B", control, control)};

  EXPECT_EQ(verdict_on(up).find("B is better, sure to more than 99.9 %: B less A is +0.0600"), 0U)
      << verdict_on(up);
  EXPECT_EQ(verdict_on(down).find("A is better"), 0U) << verdict_on(down);
  EXPECT_EQ(verdict_on(same).find("Neither is clearly better"), 0U) << verdict_on(same);
  EXPECT_NE(text_of(up).find("+0.0600"), std::string::npos);
}

TEST_F(EvaluationRun, an_ablation_takes_away_what_it_names) {
  const EvaluateConfig config = on_simulator();
  const auto contenders = ablations(Tuning{});
  const Evaluated mix = run_once(config);

  ASSERT_EQ(contenders.size(), sources().size() + 2);
  for (const Contender& without : contenders) {
    const bool matters = without.name == "without repeats" || without.name == "without the network";
    if (!matters) continue;  // others may not matter in so short a stream
    EXPECT_NE(run_once(config, without).mix().verdicts, mix.mix().verdicts) << without.name;
  }
  ASSERT_EQ(rankers(Tuning{}).size(), 4U);
  EXPECT_FALSE(rankers(Tuning{})[0].tuning.network || rankers(Tuning{})[0].tuning.personal);
}

TEST_F(EvaluationRun, curves_show_the_stream_from_its_beginning) {
  EvaluateConfig config;
  config.listens = file("sessions", sessions_in_a_row(200));
  config.format = "sessions";
  config.scored_from = 0.9;
  config.svg = "somewhere";

  const Evaluated result = run_once(config, {}, "all");
  const auto curves = curves_of(result);

  ASSERT_EQ(curves.size(), result.lanes.size());
  ASSERT_EQ(curves[0].windows.size(), kWindows);
  EXPECT_GT(curves[0].windows[1].scored, 0U);
  EXPECT_EQ(result.quality(result.mix()).scored, 80U);  // what counts is what it was
  EXPECT_GT(curves[0].windows.back().hit_rate_at_20(), 0.9);
  const std::string svg = svg_of(curves, result.events, "a < b & c");
  EXPECT_EQ(svg.find("<svg"), 0U);
  EXPECT_NE(svg.find("a &lt; b &amp; c"), std::string::npos);
  EXPECT_NE(svg.find("prefers-color-scheme:dark"), std::string::npos);
  EXPECT_NE(svg.find("VMIS-kNN"), std::string::npos);
}

TEST_F(EvaluationRun, the_report_names_every_group_and_baseline) {
  const Summary summary = summary_of(run_once(on_simulator(), {}, "all"));

  const std::string text = text_of(summary);

  for (const NamedGroup& group : kGroups)
    EXPECT_NE(text.find(group.text), std::string::npos) << group.text;
  for (const NamedBaseline& baseline : baselines())
    EXPECT_NE(text.find(baseline.name), std::string::npos) << baseline.name;
}

TEST(Progress, tells_share_rate_and_time_left) {
  EXPECT_EQ(progress_text(0, 100, 0, false), "0 %");
  EXPECT_EQ(progress_text(25'000, 100'000, 10, false), "25 %  2,500/s  0:30 left");
  EXPECT_EQ(progress_text(50, 100, 75, true), "[############------------] 50 %  0/s  1:15 left");
  EXPECT_EQ(progress_text(120, 100, 1, false), "100 %  120/s  0:00 left");
}

}  // namespace
}  // namespace segue
