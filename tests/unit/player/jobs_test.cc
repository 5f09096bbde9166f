#include "consumers/player/jobs.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "consumers/player/delivery.h"
#include "consumers/player/job_text.h"

namespace segue::player {
namespace {

constexpr Micros kNow = 1'790'000'000 * kSecond;
const std::string kJob(32, '1');

std::string job_id(int n) {
  const std::string digits = std::to_string(n);
  return std::string(32 - digits.size(), '0') + digits;
}

Record result_record(const std::string& listener, const std::string& job, Stage stage,
                     Micros at = kNow) {
  GenerationResult result;
  result.job_id = job;
  result.user_id = listener;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(std::min(stage, Stage::checking)); ++i) {
    result.stages.push_back({static_cast<Stage>(i), at});
  }
  if (is_end(stage)) result.stages.push_back({stage, at});
  if (stage == Stage::failed) result.reason = "full_disk";
  if (is_end(stage) && stage != Stage::failed) result.track_id = composed_track_id(job);
  result.title = result.track_id.empty() ? "" : "Evening, slower";
  result.audio_url = result.track_id.empty() ? "" : "/v1/audio/x.flac";
  Record record;
  record.timestamp = at;
  record.key = listener;
  record.value = encode(result);
  return record;
}

Record job_record(const std::string& listener, const std::string& id, Micros at = kNow) {
  GenerationJob job;
  job.id = id;
  job.user_id = listener;
  job.created = at;
  job.deadline = at + kHour;
  job.specification = *decode_specification(R"({"genre":"jazz","mood":"calm","tempo_bpm":60})");
  job.trigger.decision.choice = Course::generate;
  job.trigger.decision.rule = Rule::no_match;
  Record record;
  record.timestamp = at;
  record.key = id;
  record.value = encode(job);
  return record;
}

TEST(Jobs, a_later_stage_is_news_and_an_earlier_one_is_not) {
  Jobs jobs(100);

  const auto first = jobs.take_result(result_record("ada", kJob, Stage::rendering));
  const auto back = jobs.take_result(result_record("ada", kJob, Stage::composing));
  const auto again = jobs.take_result(result_record("ada", kJob, Stage::rendering));
  const auto ready = jobs.take_result(result_record("ada", kJob, Stage::ready));
  const auto after = jobs.take_result(result_record("ada", kJob, Stage::failed));

  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->stage(), Stage::rendering);
  EXPECT_EQ(back, nullptr);
  EXPECT_EQ(again, nullptr);
  ASSERT_NE(ready, nullptr);
  EXPECT_EQ(after, nullptr) << "the first end holds";
  ASSERT_EQ(jobs.present("ada", kNow).size(), 1U);
  EXPECT_EQ(jobs.present("ada", kNow)[0]->stage(), Stage::ready);
}

TEST(Jobs, what_goes_on_is_shown_and_what_is_long_over_is_not) {
  Jobs jobs(100);
  jobs.take_result(result_record("ada", job_id(1), Stage::composing, kNow - 2 * kHour));
  jobs.take_result(result_record("ada", job_id(2), Stage::composing, kNow - kHour / 2));
  jobs.take_result(result_record("ada", job_id(3), Stage::ready, kNow - kHour / 2));
  jobs.take_result(result_record("ada", job_id(4), Stage::failed, kNow - kSecond));
  jobs.take_result(result_record("bob", job_id(5), Stage::queued));

  const auto shown = jobs.present("ada", kNow);

  ASSERT_EQ(shown.size(), 2U);
  EXPECT_EQ(shown[0]->job_id, job_id(2));
  EXPECT_EQ(shown[1]->job_id, job_id(4));
  EXPECT_TRUE(jobs.present("eve", kNow).empty());
}

TEST(Jobs, are_bounded_for_one_listener_and_for_all) {
  Jobs of_one(1'000);
  for (int n = 0; n < 40; ++n) of_one.take_job(job_record("ada", job_id(n)));
  EXPECT_EQ(of_one.job_of("ada", composed_track_id(job_id(7))), nullptr);
  EXPECT_NE(of_one.job_of("ada", composed_track_id(job_id(8))), nullptr);

  Jobs of_all(3);
  for (int n = 0; n < 3; ++n) of_all.take_job(job_record("u" + job_id(n), job_id(n)));
  of_all.take_result(result_record("u" + job_id(0), job_id(0), Stage::queued));  // heard of last
  of_all.take_job(job_record("ada", job_id(3)));
  EXPECT_NE(of_all.job_of("u" + job_id(0), composed_track_id(job_id(0))), nullptr);
  EXPECT_EQ(of_all.job_of("u" + job_id(1), composed_track_id(job_id(1))), nullptr);
}

TEST(Jobs, why_is_for_the_listener_of_the_job_alone) {
  Jobs jobs(100);
  jobs.take_job(job_record("ada", kJob));

  EXPECT_NE(jobs.job_of("ada", composed_track_id(kJob)), nullptr);
  EXPECT_EQ(jobs.job_of("bob", composed_track_id(kJob)), nullptr);
  EXPECT_EQ(jobs.job_of("ada", "t-1"), nullptr);
  EXPECT_EQ(jobs.take_result(result_record("bob", kJob, Stage::queued)), nullptr);
}

TEST(Jobs, a_track_that_was_there_already_has_its_reason_too) {
  Jobs jobs(100);
  jobs.take_job(job_record("ada", kJob));
  Record reused = result_record("ada", kJob, Stage::reused);
  const std::string own = composed_track_id(kJob);
  reused.value->replace(reused.value->find(own), own.size(), "t-composed");
  jobs.take_result(reused);

  EXPECT_NE(jobs.job_of("ada", "t-composed"), nullptr);
}

TEST(Jobs, an_erasure_drops_them_and_what_comes_late) {
  Jobs jobs(100);
  jobs.take_job(job_record("ada", job_id(1), kNow));
  jobs.take_result(result_record("ada", job_id(1), Stage::composing, kNow));
  jobs.erase("ada", kNow + kSecond);
  const Micros later = kNow + kHour;

  EXPECT_TRUE(jobs.present("ada", kNow).empty());
  EXPECT_EQ(jobs.job_of("ada", composed_track_id(job_id(1))), nullptr);
  EXPECT_EQ(jobs.take_result(result_record("ada", job_id(1), Stage::ready, later)), nullptr);
  jobs.take_job(job_record("ada", job_id(2), kNow));  // read late
  EXPECT_EQ(jobs.job_of("ada", composed_track_id(job_id(2))), nullptr);
  EXPECT_EQ(jobs.take_result(result_record("ada", job_id(2), Stage::ready, later)), nullptr);
  EXPECT_NE(jobs.take_result(result_record("ada", job_id(3), Stage::queued, later)), nullptr);
}

TEST(Jobs, what_cannot_be_read_is_passed_over) {
  Jobs jobs(100);
  Record record = result_record("ada", kJob, Stage::queued);
  Record of_another = record;
  of_another.key = "bob";
  Record broken = record;
  broken.value = "{";
  Record job = job_record("ada", kJob);
  job.key = job_id(9);
  jobs.take_job(job);

  EXPECT_EQ(jobs.take_result(of_another), nullptr);
  EXPECT_EQ(jobs.take_result(broken), nullptr);
  EXPECT_EQ(jobs.take_result(Record{}), nullptr);
  EXPECT_EQ(jobs.job_of("ada", composed_track_id(kJob)), nullptr);
  EXPECT_NE(jobs.take_result(record), nullptr);
}

TEST(Outbox, of_a_job_the_newest_waits_and_an_erasure_drops_it) {
  Jobs jobs(100);
  Delivery delivery(10, [] { return Micros{0}; });
  Outbox outbox([] {}, -1);
  const auto subscription = delivery.subscribe("ada", outbox);
  for (const Stage stage : {Stage::queued, Stage::rendering}) {
    delivery.hand("ada", jobs.take_result(result_record("ada", kJob, stage)));
  }
  delivery.hand("bob", jobs.take_result(result_record("bob", job_id(2), Stage::queued)));

  const auto message = outbox.take();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->kind, Outbox::Message::Kind::progress);
  EXPECT_EQ(message->progress->stage(), Stage::rendering);
  EXPECT_FALSE(outbox.take());

  delivery.hand("ada", jobs.take_result(result_record("ada", kJob, Stage::ready)));
  outbox.erase();
  EXPECT_EQ(outbox.take()->kind, Outbox::Message::Kind::erased);
  EXPECT_FALSE(outbox.take());
}

TEST(JobText, shows_progress_without_the_pseudonym) {
  Jobs jobs(100);
  const HeldCatalog catalogue(10, Sound::https,
                              [](std::string_view file) { return "signed:" + std::string(file); });
  const auto ready = jobs.take_result(result_record("pseudonym", kJob, Stage::ready));

  const std::string text = progress_text(*ready, catalogue);

  const auto shown = boost::json::parse(text);
  EXPECT_EQ(text.find("pseudonym"), std::string::npos);
  EXPECT_EQ(shown.at("stage"), "ready");
  EXPECT_EQ(shown.at("stages").as_array().size(), 5U);
  EXPECT_EQ(shown.at_pointer("/track/audio_url"), "signed:x.flac");
  EXPECT_EQ(shown.at_pointer("/track/title"), "Evening, slower");
  EXPECT_EQ(progress_text(*ready, HeldCatalog(10)).find("audio_url"), std::string::npos);
}

TEST(JobText, why_has_a_sentence_and_the_decision) {
  Jobs jobs(100);
  jobs.take_job(job_record("pseudonym", kJob));
  const std::string track = composed_track_id(kJob);

  const std::string text = why_composed_text(track, *jobs.job_of("pseudonym", track));

  const auto shown = boost::json::parse(text);
  EXPECT_EQ(text.find("pseudonym"), std::string::npos);
  EXPECT_EQ(shown.at("text"), "Nothing in the catalogue is what you asked for.");
  EXPECT_EQ(shown.at_pointer("/decision/rule"), "no_match");
  EXPECT_EQ(shown.at_pointer("/decision/signals/setting"), "ask");
}

}  // namespace
}  // namespace segue::player
