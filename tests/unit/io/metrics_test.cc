#include "core/io/metrics/metrics.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <sstream>

#include "core/event/topics.h"
#include "core/io/kafka/kafka_figures.h"
#include "core/io/metrics/gateway_metrics.h"
#include "core/io/metrics/store_metrics.h"

namespace segue::io {
namespace {

// The value of the sample that starts exactly so, or -1 if there is none.
double sample(const Metrics& metrics, const std::string& name_and_labels) {
  std::istringstream text(metrics.text());
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with(name_and_labels + " ")) {
      return std::strtod(line.c_str() + name_and_labels.size() + 1, nullptr);
    }
  }
  return -1;
}

ScoredListen scored(std::int32_t rank, bool new_to_listener = false) {
  return {.score = {.rank = rank, .candidate = true, .new_to_listener = new_to_listener}};
}

TEST(Metrics, a_batch_is_counted_by_topic_type_and_outcome) {
  Metrics metrics;
  BatchReport report;
  report.batch_events = 5;
  report.events = {{EventType::playback_completed, Outcome::applied, 3},
                   {EventType::playback_completed, Outcome::duplicate, 1},
                   {EventType::other, Outcome::dead_letter, 1}};
  report.dead_letters = {{Reason::null_key, 1}};
  report.stage_seconds = {0.001, 0.002, 0.003, 0.004};

  metrics.record(report, topic::kEvents);
  metrics.record(report, topic::kEvents);

  const std::string of = "segue_worker_events_total{outcome=";
  const std::string completed = R"(,topic="segue.events.v1",type="playback.completed"})";
  EXPECT_EQ(sample(metrics, of + "\"applied\"" + completed), 6);
  EXPECT_EQ(sample(metrics, of + "\"duplicate\"" + completed), 2);
  EXPECT_EQ(sample(metrics, "segue_worker_batch_events_sum"), 10);
  EXPECT_EQ(sample(metrics, R"(segue_worker_stage_duration_seconds_count{stage="publish"})"), 2);
  EXPECT_EQ(
      sample(metrics, R"(segue_dlq_records_total{reason="null_key",topic="segue.events.v1"})"), 2);
}

TEST(Metrics, jobs_are_counted_by_their_end_and_pieces_by_stage) {
  Metrics metrics;
  BatchReport report;
  report.job_ends = {{"ready", "request"}, {"failed", "skips"}};
  report.pieces = {{.music_seconds = 60, .queued_seconds = 0.5, .stage_seconds = {0.5, 2.0, 0.5}}};
  report.jobs_open = 3;

  EXPECT_EQ(metrics.text().find("segue_generation_jobs_open "), std::string::npos);
  metrics.record(report, topic::kGenerationJobs);
  metrics.record(report, topic::kGenerationJobs);

  const std::string of = "segue_generation_jobs_total{outcome=";
  EXPECT_EQ(sample(metrics, of + R"("ready",trigger="request"})"), 2);
  EXPECT_EQ(sample(metrics, of + R"("failed",trigger="skips"})"), 2);
  EXPECT_EQ(sample(metrics, R"(segue_generation_job_seconds_sum{stage="rendering"})"), 4);
  EXPECT_EQ(sample(metrics, "segue_generation_realtime_ratio"), 20);
  EXPECT_EQ(sample(metrics, "segue_generation_jobs_open"), 3);
}

TEST(Metrics, decisions_are_counted_by_rule_and_trials_by_course) {
  Metrics metrics;
  BatchReport report;
  report.decisions = {{Course::generate, Rule::skips}, {Course::search, Rule::fits}};
  report.trials = {{.composed = true, .forced = true, .kept = 0.5F},
                   {.composed = false, .forced = false, .kept = 0.25F}};
  report.offers = 2;
  report.offers_accepted = 1;
  report.composed_kept = 3;

  metrics.record(report, topic::kEvents);
  metrics.record(report, topic::kEvents);

  const std::string of = "segue_generation_";
  EXPECT_EQ(sample(metrics, of + R"(decisions_total{choice="generate",rule="skips"})"), 2);
  EXPECT_EQ(sample(metrics, of + R"(trials_total{course="composed",forced="true"})"), 2);
  EXPECT_EQ(sample(metrics, of + R"(trials_total{course="composed",forced="false"})"), 0);
  EXPECT_EQ(sample(metrics, of + R"(trials_kept_total{course="found",forced="false"})"), 0.5);
  EXPECT_EQ(sample(metrics, of + R"(trials_kept_squares_total{course="composed",forced="true"})"),
            0.5);
  EXPECT_EQ(sample(metrics, of + R"(offers_total{outcome="offered"})"), 4);
  EXPECT_EQ(sample(metrics, of + R"(offers_total{outcome="accepted"})"), 2);
  EXPECT_EQ(sample(metrics, of + R"(plays_total{outcome="kept"})"), 6);
}

TEST(Metrics, a_turn_without_events_is_no_batch) {
  Metrics metrics;
  BatchReport report;
  report.fenced = 1;

  metrics.record(report, topic::kEvents);

  EXPECT_EQ(sample(metrics, "segue_worker_batch_events_count"), 0);
  EXPECT_EQ(sample(metrics, "segue_worker_fenced_total"), 1);
}

TEST(Metrics, scores_become_hits_and_a_mean_reciprocal_rank) {
  Metrics metrics;
  BatchReport report;
  report.scores = {scored(1), scored(15, true), scored(0), scored(0, true)};

  metrics.record(report, topic::kEvents);

  const double sum = 1 + 1.0 / 15;
  const std::string control = R"(variant="control"})";
  const std::string hits = "segue_recommendation_hits_total{k=";
  EXPECT_EQ(sample(metrics, R"(segue_recommendation_scored_total{new="true",)" + control), 2);
  EXPECT_EQ(sample(metrics, hits + R"("1",new="false",)" + control), 1);
  EXPECT_EQ(sample(metrics, hits + R"("10",new="true",)" + control), 0);
  EXPECT_EQ(sample(metrics, hits + R"("20",new="true",)" + control), 1);
  EXPECT_NEAR(sample(metrics, "segue_recommendation_reciprocal_rank_total{" + control), sum, 1e-6);
  EXPECT_NEAR(sample(metrics, "segue_recommendation_reciprocal_rank_squares_total{" + control),
              1 + 1.0 / 225, 1e-6);
  EXPECT_NEAR(sample(metrics, "segue_recommendation_mrr{" + control), sum / 4, 1e-6);
}

TEST(Metrics, the_mean_forgets_all_but_the_last_ten_thousand) {
  Metrics metrics;
  BatchReport misses;
  misses.scores.assign(10'000, scored(0));
  BatchReport hits;
  hits.scores.assign(7'500, scored(2));

  metrics.record(misses, topic::kEvents);
  metrics.record(hits, topic::kEvents);

  EXPECT_NEAR(sample(metrics, R"(segue_recommendation_mrr{variant="control"})"), 0.375, 1e-9);
}

TEST(Metrics, ranks_past_twenty_count_for_no_variant) {
  Metrics metrics;
  BatchReport report;
  report.scores = {scored(20), scored(21)};

  metrics.record(report, topic::kEvents);

  EXPECT_NEAR(sample(metrics, R"(segue_recommendation_reciprocal_rank_total{variant="control"})"),
              0.05, 1e-9);
}

TEST(Metrics, without_an_experiment_there_is_only_the_control) {
  const Metrics metrics;

  EXPECT_EQ(sample(metrics, R"(segue_recommendation_mrr{variant="control"})"), 0);
  EXPECT_EQ(metrics.text().find("bucket=\"0\""), std::string::npos);
  EXPECT_EQ(metrics.text().find("segue_experiment_share{"), std::string::npos);
}

TEST(Metrics, a_trial_is_counted_beside_the_control) {
  Metrics metrics;
  metrics.begin({.name = "wider", .share = 0.25, .trial = {}});
  BatchReport report;
  report.scores = {scored(2), scored(0), scored(5)};
  report.scores[1] = {.score = report.scores[1].score, .variant = Variant::trial, .bucket = 31};
  report.scores[2] = {.score = report.scores[2].score, .variant = Variant::trial, .bucket = 31};
  report.listeners_scored = {7, 3};

  metrics.record(report, topic::kEvents);

  const std::string bucket = R"({bucket="31",variant="wider"})";
  const std::string hits = R"(segue_recommendation_hits_total{k="20",new="false",variant=)";
  EXPECT_EQ(sample(metrics, hits + "\"control\"}"), 1);
  EXPECT_EQ(sample(metrics, hits + "\"wider\"}"), 1);
  EXPECT_NEAR(sample(metrics, R"(segue_recommendation_mrr{variant="wider"})"), 0.1, 1e-9);
  EXPECT_EQ(sample(metrics, R"(segue_experiment_share{variant="wider"})"), 0.25);
  EXPECT_EQ(sample(metrics, R"(segue_experiment_share{variant="control"})"), 0.75);
  EXPECT_EQ(sample(metrics, R"(segue_experiment_listeners{variant="wider"})"), 3);
  EXPECT_EQ(sample(metrics, "segue_experiment_bucket_listens_total" + bucket), 2);
  EXPECT_EQ(sample(metrics, "segue_experiment_bucket_hits_total" + bucket), 1);
  EXPECT_NEAR(sample(metrics, "segue_experiment_bucket_reciprocal_rank_total" + bucket), 0.2, 1e-9);
}

TEST(Metrics, coverage_is_a_share_of_the_tracks_held) {
  Metrics metrics;
  BatchReport report;
  report.track_models_held = 200;
  report.tracks_recommended = {50, 0};
  const std::string coverage = R"(segue_recommendation_coverage{variant="control"})";

  metrics.record(report, topic::kEvents);
  EXPECT_EQ(sample(metrics, coverage), 0.25);

  report.tracks_recommended = {201, 0};  // some were forgotten since, or estimated too high
  metrics.record(report, topic::kEvents);
  EXPECT_EQ(sample(metrics, coverage), 1);
}

TEST(Metrics, attempts_go_with_a_partition_and_its_lag_stays) {
  Metrics metrics;
  BatchReport owned;
  owned.progress = {{.partition = 3, .attempts = 2}};
  BatchReport moved;
  moved.gone = {3};
  const std::string labels = R"({partition="3",topic="segue.events.v1"})";

  metrics.record(owned, topic::kEvents);
  metrics.lag(topic::kEvents, {.partition = 3, .events = 42, .seconds = 1.5, .state = 2});
  EXPECT_EQ(sample(metrics, "segue_worker_lag_events" + labels), 42);
  EXPECT_EQ(sample(metrics, "segue_worker_lag_seconds" + labels), 1.5);
  EXPECT_EQ(sample(metrics, "segue_worker_partition_state" + labels), 2);
  EXPECT_EQ(sample(metrics, "segue_worker_partition_attempts" + labels), 2);

  metrics.record(moved, topic::kEvents);
  EXPECT_EQ(sample(metrics, "segue_worker_partition_attempts" + labels), -1);
  EXPECT_EQ(sample(metrics, "segue_worker_lag_events" + labels), 42);

  metrics.record(owned, topic::kEvents);
  EXPECT_EQ(sample(metrics, "segue_worker_partition_attempts" + labels), 2);
}

TEST(Metrics, labels_stay_bounded_whatever_callers_say) {
  Metrics metrics;
  BatchReport report;
  report.events = {{EventType::other, Outcome::applied, 1}};

  metrics.redis_command("apply", "ok");
  metrics.redis_command("get u:alice", "surprised");
  metrics.record(report, "somebody.elses.topic");

  EXPECT_EQ(sample(metrics, R"(segue_redis_commands_total{command="apply",outcome="ok"})"), 1);
  EXPECT_EQ(sample(metrics, R"(segue_redis_commands_total{command="other",outcome="other"})"), 1);
  EXPECT_EQ(metrics.text().find("alice"), std::string::npos);
  EXPECT_EQ(metrics.text().find("somebody"), std::string::npos);
}

TEST(Metrics, gauges_keep_their_value_when_a_report_says_nothing) {
  Metrics metrics;
  BatchReport report;
  report.models_held = 34;
  report.track_models_held = 24;
  report.tracks_recommended = {12, 0};

  metrics.record(report, topic::kEvents);
  metrics.record(BatchReport{}, topic::kEvents);

  EXPECT_EQ(sample(metrics, R"(segue_recommendation_coverage{variant="control"})"), 0.5);
  EXPECT_EQ(sample(metrics, "segue_item_models_held"), 34);
}

TEST(Metrics, models_held_fall_to_nothing) {
  Metrics metrics;
  BatchReport report;
  report.models_held = 34;
  report.track_models_held = 24;
  metrics.record(report, topic::kEvents);

  report.models_held = 0;
  report.track_models_held = 0;
  metrics.record(report, topic::kEvents);

  EXPECT_EQ(sample(metrics, "segue_item_models_held"), 0);
  EXPECT_EQ(sample(metrics, R"(segue_recommendation_coverage{variant="control"})"), 0);
}

TEST(Metrics, what_replay_sent_is_counted_by_outcome) {
  Metrics metrics;

  metrics.replayed(10, 1);

  EXPECT_EQ(sample(metrics, R"(segue_replay_events_total{outcome="delivered"})"), 10);
  EXPECT_EQ(sample(metrics, R"(segue_replay_events_total{outcome="failed"})"), 1);
}

std::set<std::string> families_of(const Metrics& metrics) {
  std::set<std::string> names;
  std::istringstream text(metrics.text());
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("# TYPE ")) names.insert(line.substr(7, line.find(' ', 7) - 7));
  }
  return names;
}

TEST(Metrics, a_trainer_has_no_family_that_it_never_feeds) {
  Metrics metrics("segue-trainer");
  metrics.record(BatchReport{}, topic::kItemSignals);

  for (const std::string& name : families_of(metrics)) {
    // Kafka's clients are the process's, of whichever test had some.
    EXPECT_TRUE(name.starts_with("segue_worker_") || name.starts_with("process_") ||
                name.starts_with("segue_kafka_client_") || name == "segue_build_info" ||
                name == "segue_dlq_records_total" || name == "segue_unreadable_total")
        << name;
  }
}

TEST(Metrics, a_generator_that_waits_for_its_first_job_shows_zeros) {
  const Metrics metrics("segue-generator");

  const std::string ready = R"({outcome="ready",trigger="request"})";
  EXPECT_EQ(sample(metrics, "segue_generation_jobs_total" + ready), 0);
  EXPECT_EQ(sample(metrics, R"(segue_generation_job_seconds_count{stage="rendering"})"), 0);
  EXPECT_EQ(sample(metrics, "segue_generation_realtime_ratio"), -1);  // 0 would be a slow one
}

TEST(Metrics, dead_letters_of_an_input_begin_at_zero) {
  Metrics metrics("segue-recommender");

  metrics.record(BatchReport{}, topic::kEvents);

  EXPECT_EQ(
      sample(metrics, R"(segue_dlq_records_total{reason="malformed",topic="segue.events.v1"})"), 0);
}

TEST(Metrics, the_process_says_what_it_uses) {
  const Metrics metrics("segue-gateway");

  EXPECT_GT(sample(metrics, "process_resident_memory_bytes"), 1e6);
  EXPECT_GT(sample(metrics, "process_virtual_memory_bytes"),
            sample(metrics, "process_resident_memory_bytes"));
  EXPECT_GT(sample(metrics, "process_start_time_seconds"), 1.6e9);
  EXPECT_GE(sample(metrics, "process_open_fds"), 3);
  EXPECT_GE(sample(metrics, "process_max_fds"), sample(metrics, "process_open_fds"));
}

TEST(Metrics, a_slow_recommendation_names_its_trace_where_asked) {
  Metrics metrics("segue-recommender");
  BatchReport report;
  report.event_to_recommendation_seconds = {0.004, 0.3};
  report.traced = {{0.3, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}};

  metrics.record(report, topic::kEvents);

  const std::string open = metrics.text(true);
  const std::string bucket = "segue_event_to_recommendation_seconds_bucket{le=\"0.3\"} 2 ";
  EXPECT_NE(open.find(bucket + "# {trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\"} 0.3 "),
            std::string::npos);
  EXPECT_NE(open.find("# TYPE segue_unreadable counter\n"), std::string::npos);
  EXPECT_NE(open.find("seconds_bucket{le=\"1.0\"} 2\n"), std::string::npos);
  EXPECT_NE(open.find("duration_seconds_bucket{stage=\"load\",le=\"0.0001\"} 0\n"),
            std::string::npos);
  EXPECT_TRUE(open.ends_with("# EOF\n"));
  EXPECT_EQ(metrics.text().find("trace_id"), std::string::npos);
}

TEST(Metrics, the_table_lists_exactly_what_is_exposed) {
  Metrics metrics;
  KafkaShare share;
  share.note({.role = KafkaRole::consumer, .figures = {.requests = 1}});
  metrics.begin({.name = "wider", .share = 0.5, .trial = {}});
  BatchReport report;
  report.events = {{EventType::other, Outcome::applied, 1}};
  report.dead_letters = {{Reason::malformed, 1}};
  report.left_out = {"segue.dlq.v1"};
  report.progress = {{.partition = 0}};
  report.job_ends = {{"ready", "request"}};
  report.pieces = {{.music_seconds = 60, .stage_seconds = {0.5, 2.0, 0.5}}};
  report.jobs_open = 1;
  report.decisions.emplace_back();
  metrics.record(report, topic::kEvents);
  metrics.lag(topic::kEvents, {.partition = 0});
  metrics.dependency("redis", true);
  metrics.redis_command("load", "ok");
  metrics.gateway().request("events", "POST", 202, 0.001);
  metrics.gateway().event(EventType::playback_started, "accepted");
  metrics.gateway().stream("sse", 1);
  metrics.gateway().push("sent");
  metrics.spans("sent", 1);
  metrics.store().begin(1);
  metrics.store().hold(FileStore::Held{.bytes = 1, .files = 1});
  const std::set<std::string> exposed = families_of(metrics);

  std::set<std::string> listed;
  std::istringstream table(metrics_table());
  for (std::string row; std::getline(table, row);) {
    if (row.starts_with("| `")) listed.insert(row.substr(3, row.find('`', 3) - 3));
  }

  EXPECT_EQ(listed, exposed);
  EXPECT_TRUE(listed.contains("segue_build_info"));
}

}  // namespace
}  // namespace segue::io
