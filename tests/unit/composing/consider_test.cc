#include "core/composing/consider.h"

#include <gtest/gtest.h>

#include <string>

#include "core/generation/wish/wish.h"
#include "tests/unit/world.h"

namespace segue::test {
namespace {

Event wish(std::string genre, Micros at, bool generate = false) {
  Event event;
  event.type = EventType::request_made;
  event.id = "wish at " + std::to_string(at);
  event.user_id = "ada";
  event.time = event.device_time = event.received = at;
  event.request = Request{};
  event.request->wished.genre = genre;
  event.request->genre = kind_hash(genre);
  event.generate = generate;
  return event;
}

Event answer(EventType type, std::string job, Micros at) {
  Event event = wish("jazz", at);
  event.type = type;
  event.request.reset();
  event.job_id = std::move(job);
  return event;
}

CatalogEntry composed(const std::string& track, const Wished& wished) {
  CatalogEntry made = entry(track, "Made");
  made.ai = Disclosure{.composed = Degree::generated, .performed = Degree::generated};
  made.wish = *wish_of(wished);
  return made;
}

TEST(Consider, a_job_says_what_why_and_until_when) {
  World world;

  const Effects effects = world.play(wish("jazz", kNoon, true));

  ASSERT_TRUE(effects.job);
  const GenerationJob& job = *effects.job;
  EXPECT_EQ(job.id, job_id_of("ada", 0, "wish at " + std::to_string(kNoon), 0));
  EXPECT_EQ(job.user_id, "ada");
  EXPECT_EQ(job.specification.genre, Genre::jazz);
  EXPECT_EQ(job.wish, *wish_of({.genre = "jazz"}));
  EXPECT_EQ(job.created, kNoon);
  EXPECT_GT(job.deadline, kNoon);
  EXPECT_EQ(job.priority, 1);
  EXPECT_EQ(job.trigger.cause_type, "request.made");
  EXPECT_EQ(job.trigger.decision.rule, Rule::request);
  EXPECT_FALSE(job.trigger.decision.signals.lag_s) << "it was not known";
  EXPECT_EQ(*decode_job(encode(job)), job);
}

TEST(Consider, a_replay_makes_the_same_job) {
  World first;
  World second;

  const Effects once = first.play(wish("jazz", kNoon, true));
  const Effects again = second.play(wish("jazz", kNoon, true));

  ASSERT_TRUE(once.job && again.job);
  EXPECT_EQ(once.job->id, again.job->id);
  EXPECT_EQ(once.job->specification, again.job->specification);
}

TEST(Consider, an_accepted_job_is_the_one_that_was_offered) {
  World world;
  const Effects offered = world.play(wish("jazz", kNoon));
  ASSERT_TRUE(offered.recommendation->offer);
  const std::string id = offered.recommendation->offer->job_id;
  ASSERT_FALSE(offered.job);

  const Effects accepted = world.play(answer(EventType::generation_accepted, id, kNoon + kMinute));

  ASSERT_TRUE(accepted.job);
  EXPECT_EQ(accepted.job->id, id);
  EXPECT_EQ(accepted.job->specification.genre, Genre::jazz);
}

TEST(Consider, what_is_being_composed_is_not_composed_twice) {
  World world;
  ASSERT_TRUE(world.play(wish("jazz", kNoon, true)).job);

  const Effects again = world.play(wish("jazz", kNoon + kMinute, true));
  EXPECT_FALSE(again.job);
  ASSERT_TRUE(again.recommendation->offer);
  EXPECT_EQ(again.recommendation->offer->job_id, "");
  EXPECT_TRUE(world.play(wish("jazz", kNoon + kHour, true)).job) << "it never came";
}

TEST(Consider, an_offer_ends_with_its_session) {
  World world;
  const Effects offered = world.play(wish("jazz", kNoon));
  world.play(completed("so", "miles", kNoon + 2 * kHour));

  const Effects late =
      world.play(answer(EventType::generation_accepted, offered.recommendation->offer->job_id,
                        kNoon + 2 * kHour + kMinute));

  EXPECT_FALSE(late.job);
}

TEST(Consider, what_is_nearly_the_same_becomes_a_parent) {
  World world;
  world.models().enrich(composed("segue-composed-1", {.genre = "jazz", .tempo_bpm = 100}));
  Event event = wish("jazz", kNoon, true);
  event.request->wished.tempo_bpm = 120;

  const Effects effects = world.play(event);

  ASSERT_TRUE(effects.job);
  EXPECT_EQ(effects.job->trigger.decision.choice, Course::repurpose);
  EXPECT_EQ(effects.job->parent_track_id, "segue-composed-1");
}

TEST(Consider, a_hidden_track_is_not_reused) {
  World world;
  world.models().enrich(composed("segue-composed-1", {.genre = "jazz"}));
  Event hide = answer(EventType::generation_rejected, "f00d", kNoon);
  hide.track = track_id("segue-composed-1");
  world.play(hide);

  const Effects effects = world.play(wish("jazz", kNoon + kMinute));

  EXPECT_TRUE(effects.recommendation->offer);
  EXPECT_TRUE(effects.recommendation->items.empty());
}

TEST(Consider, a_hidden_track_does_not_come_back_by_its_wish) {
  World world;
  world.models().enrich(composed("segue-composed-1", {.genre = "jazz"}));
  Event on = answer(EventType::privacy_consent_changed, {}, kNoon);
  on.ai_music.mode = AiMode::on;
  world.play(on);
  Event hide = answer(EventType::generation_rejected, "f00d", kNoon + kSecond);
  hide.track = track_id("segue-composed-1");
  world.play(hide);

  const Effects effects = world.play(wish("jazz", kNoon + kMinute));

  ASSERT_TRUE(effects.job);
  EXPECT_TRUE(effects.job->must_be_new) << "generators give what there is for a wish";
  EXPECT_EQ(effects.job->wish, *wish_of({.genre = "jazz"}));
}

TEST(Consider, a_budget_is_not_refilled_by_an_erasure) {
  World world{{.composed_at_once = 1, .composed_an_hour = 0}};
  ASSERT_TRUE(world.play(wish("jazz", kNoon, true)).job);
  Event erase = answer(EventType::privacy_erasure_requested, {}, kNoon + kMinute);
  world.play(erase);

  const Effects effects = world.play(wish("rock", kNoon + kHour, true));

  EXPECT_FALSE(effects.job);
  EXPECT_EQ(effects.recommendation->offer->job_id, "");
}

TEST(Consider, all_listeners_of_a_thread_share_a_budget) {
  World world{{.composed_an_hour_all = 1}};
  ASSERT_TRUE(world.play(wish("jazz", kNoon, true)).job);
  Event another = wish("rock", kNoon + kSecond, true);
  another.user_id = "bob";

  EXPECT_FALSE(world.play(another).job);
}

TEST(Consider, a_composed_play_teaches_no_ranker_and_no_item) {
  World world;
  world.models().enrich(composed("segue-composed-1", {.genre = "jazz"}));
  world.play_all({{"so", "miles"}, {"blue", "miles"}}, kNoon);
  const std::string ranker = encode(world.ranker());
  const Vector taste = world.listener().vector;

  const Effects effects = world.play(completed("segue-composed-1", "machine", kNoon + 9 * kMinute));

  EXPECT_TRUE(effects.signals.empty());
  EXPECT_FALSE(effects.score);
  EXPECT_EQ(encode(world.ranker()), ranker);
  EXPECT_EQ(world.listener().vector, taste);
  EXPECT_EQ(world.listener().context.front().track, track_id("blue"));
  EXPECT_EQ(world.listener().listens, 3U);
}

TEST(Consider, what_follows_a_composed_track_follows_nothing_new) {
  World with;
  World without;
  for (World* const world : {&with, &without}) world->play(completed("so", "miles", kNoon));
  with.play(completed("segue-composed-1", "machine", kNoon + 3 * kMinute));

  Event next = completed("blue", "miles", kNoon + 6 * kMinute);
  const Effects heard = with.play(next);
  const Effects plain = without.play(next);

  ASSERT_EQ(heard.signals.size(), plain.signals.size());
  for (std::size_t i = 0; i < heard.signals.size(); ++i) {
    EXPECT_EQ(heard.signals[i].before, plain.signals[i].before);
    EXPECT_EQ(heard.signals[i].other, plain.signals[i].other);
  }
}

TEST(Consider, each_decision_is_published_with_its_inputs) {
  World world;
  EXPECT_FALSE(world.play(completed("so", "miles", kNoon)).decision) << "nothing was in question";

  const Effects offered = world.play(wish("jazz", kNoon + kMinute));
  const Effects again = world.play(completed("so", "miles", kNoon + 2 * kMinute));
  const std::string job = offered.recommendation->offer->job_id;
  const Effects ordered =
      world.play(answer(EventType::generation_accepted, job, kNoon + 3 * kMinute));

  ASSERT_TRUE(offered.decision && again.decision && ordered.decision);
  EXPECT_EQ(offered.decision->answer, Answer::offered);
  EXPECT_EQ(offered.decision->job_id, job);
  EXPECT_EQ(offered.decision->wish, *wish_of({.genre = "jazz"}));
  EXPECT_EQ(offered.decision->trigger.decision.rule, Rule::no_match);
  EXPECT_EQ(offered.decision->trigger.cause_type, "request.made");
  EXPECT_TRUE(offered.decision->trigger.decision.signals.wish);
  EXPECT_TRUE(offered.new_offer);
  EXPECT_EQ(again.decision->answer, Answer::offered);
  EXPECT_FALSE(again.new_offer) << "it is the same offer";
  EXPECT_EQ(ordered.decision->answer, Answer::ordered);
  EXPECT_EQ(ordered.decision->specification, ordered.job->specification);
  EXPECT_EQ(ordered.decision->trigger, ordered.job->trigger);
}

TEST(Consider, a_decision_names_the_track_that_it_lists) {
  World world;
  world.models().enrich(composed("segue-composed-1", {.genre = "jazz"}));

  const Effects effects = world.play(wish("jazz", kNoon));

  ASSERT_TRUE(effects.decision);
  EXPECT_EQ(effects.decision->answer, Answer::listed);
  EXPECT_EQ(effects.decision->track_id, "segue-composed-1");
  EXPECT_EQ(effects.decision->trigger.decision.choice, Course::reuse);
}

TEST(Consider, a_refusal_is_a_decision) {
  World world;
  Event off = answer(EventType::privacy_consent_changed, {}, kNoon);
  off.ai_music.mode = AiMode::off;
  world.play(off);

  const Effects effects = world.play(wish("jazz", kNoon + kMinute, true));

  ASSERT_TRUE(effects.decision);
  EXPECT_EQ(effects.decision->answer, Answer::refused);
  EXPECT_EQ(effects.decision->trigger.decision.rule, Rule::setting);
  EXPECT_FALSE(effects.decision->specification);
}

TEST(Consider, plays_after_a_drawn_decision_are_its_trial) {
  World world;
  world.play(wish("jazz", kNoon));
  std::optional<TrialEnd> end;
  for (int i = 1; i <= 5; ++i) {
    ASSERT_FALSE(end);
    const std::string track = "track " + std::to_string(i);
    end = world
              .play(i == 2 ? skipped(track, "miles", kNoon + i * kMinute)
                           : completed(track, "miles", kNoon + i * kMinute))
              .trial;
  }

  ASSERT_TRUE(end);
  EXPECT_FLOAT_EQ(end->kept, 0.8F);
}

TEST(Consider, a_private_session_is_no_trial) {
  World world;
  Event asked = wish("jazz", kNoon);
  asked.private_session = true;
  world.play(asked);
  for (int i = 1; i <= 6; ++i) {
    Event play = completed("track " + std::to_string(i), "miles", kNoon + i * kMinute);
    play.private_session = true;
    EXPECT_FALSE(world.play(play).trial);
  }
}

}  // namespace
}  // namespace segue::test
