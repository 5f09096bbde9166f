#include "core/listener/composed_music.h"

#include <gtest/gtest.h>

#include "core/listener/erasure.h"
#include "tests/unit/world.h"

namespace segue::test {
namespace {

Event said(AiMusicSaid what, Micros at) {
  Event event;
  event.type = EventType::privacy_consent_changed;
  event.user_id = "ada";
  event.time = event.device_time = event.received = at;
  event.ai_music = what;
  return event;
}

const AiMusic& setting_in(World& world) { return world.listener().composed.setting; }

TEST(AiSetting, what_is_not_said_stays) {
  World world;

  world.play(said({.mode = AiMode::on}, kNoon));
  world.play(said({.refused = bit_of(AiPart::voice)}, kNoon + kMinute));
  world.play(said({.refused = bit_of(AiPart::lyrics)}, kNoon + 2 * kMinute));
  world.play(said({.allowed = bit_of(AiPart::voice)}, kNoon + 3 * kMinute));

  EXPECT_EQ(setting_in(world), (AiMusic{AiMode::on, bit_of(AiPart::lyrics)}));
}

TEST(AiSetting, a_refusal_is_never_too_late_and_a_consent_is) {
  World world;
  Event erase = said({}, kNoon);
  erase.type = EventType::privacy_erasure_requested;
  world.play(erase);

  world.play(said({.mode = AiMode::on}, kNoon - kDay));
  EXPECT_EQ(setting_in(world).mode, AiMode::ask);
  world.play(said({.mode = AiMode::off, .allowed = kAllAiParts}, kNoon - kDay));

  EXPECT_EQ(setting_in(world).mode, AiMode::off);
}

TEST(AiSetting, a_session_that_comes_late_still_refuses) {
  World world;
  world.play(said({.mode = AiMode::on}, kNoon));
  Event late = said({.mode = AiMode::ask}, kNoon - kHour);
  late.type = EventType::session_started;

  world.play(late);
  EXPECT_EQ(setting_in(world).mode, AiMode::on);
  late.ai_music = {.mode = AiMode::off};
  world.play(late);

  EXPECT_EQ(setting_in(world).mode, AiMode::off);
}

TEST(AiSetting, an_erasure_keeps_what_was_refused) {
  World world;
  Event erase = said({}, kNoon + kMinute);
  erase.type = EventType::privacy_erasure_requested;

  world.play(said({.mode = AiMode::off, .refused = bit_of(AiPart::voice)}, kNoon));
  world.play(erase);

  EXPECT_EQ(setting_in(world), (AiMusic{AiMode::off, bit_of(AiPart::voice)}));
  EXPECT_FALSE(fades(world.listener()));
}

TEST(AiSetting, an_erasure_takes_a_consent_with_it) {
  World world;
  Event erase = said({}, kNoon + kMinute);
  erase.type = EventType::privacy_erasure_requested;

  world.play(said({.mode = AiMode::on}, kNoon));
  world.play(erase);

  EXPECT_EQ(setting_in(world), AiMusic{});
  EXPECT_TRUE(fades(world.listener()));
}

TEST(EarlySkips, are_counted_in_a_row) {
  World world;
  Event early = skipped("so", "miles", kNoon);
  early.played_fraction = 0.01F;
  Event half = early;
  half.played_fraction = 0.4F;

  world.play(early);
  world.play(early);
  EXPECT_EQ(world.listener().composed.early_skips, 2U);
  world.play(half);
  EXPECT_EQ(world.listener().composed.early_skips, 2U) << "it was heard for a while";
  world.play(completed("blue", "miles", kNoon));
  EXPECT_EQ(world.listener().composed.early_skips, 0U);
}

TEST(EarlySkips, end_with_their_session) {
  World world;
  Event early = skipped("so", "miles", kNoon);
  early.played_fraction = 0.01F;
  world.play(early);
  early.time = early.device_time = early.received = kNoon + 2 * kHour;

  world.play(early);

  EXPECT_EQ(world.listener().composed.early_skips, 1U);
}

TEST(ComposedPlays, are_remembered_for_their_session_and_bounded) {
  World world;
  for (int i = 0; i < 20; ++i) {
    world.play(completed("segue-composed-" + std::to_string(i), "machine", kNoon + i * kMinute));
  }
  const ComposedMusic& music = world.listener().composed;
  EXPECT_EQ(music.session_plays, 20U);
  EXPECT_EQ(music.heard.size(), ComposedMusic::kHeardMax);
  EXPECT_EQ(music.heard.back(), track_id("segue-composed-19"));

  world.play(completed("so", "miles", kNoon + kDay));

  EXPECT_EQ(music.session_plays, 0U);
  EXPECT_TRUE(music.heard.empty());
}

}  // namespace
}  // namespace segue::test
