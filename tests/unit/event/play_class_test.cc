#include "core/event/play_class.h"

#include <gtest/gtest.h>

#include "tests/unit/world.h"

namespace segue::test {
namespace {

Event heard(std::int32_t played_s, std::int32_t of_s) {
  Event event = skipped("blue", "miles", kNoon);
  event.duration_ms = of_s * 1'000;
  event.played_ms = played_s * 1'000;
  event.played_fraction = static_cast<float>(played_s) / static_cast<float>(of_s);
  return event;
}

TEST(PlayClass, is_known_by_seconds_and_share) {
  EXPECT_EQ(class_of(heard(9, 200)), PlayClass::very_brief);
  EXPECT_EQ(class_of(heard(10, 200)), PlayClass::brief);
  EXPECT_EQ(class_of(heard(29, 200)), PlayClass::brief);
  EXPECT_EQ(class_of(heard(30, 200)), PlayClass::part);
  EXPECT_EQ(class_of(heard(100, 200)), PlayClass::most);
  EXPECT_EQ(class_of(heard(190, 200)), PlayClass::full);
  EXPECT_EQ(class_of(heard(9, 9)), PlayClass::full) << "of a very short track";
}

TEST(PlayClass, of_an_import_comes_from_its_fraction) {
  Event imported = completed("blue", "miles", kNoon);
  const auto of = [&](float fraction) {
    imported.played_fraction = fraction;
    return class_of(imported);
  };

  EXPECT_EQ(of(0.04F), PlayClass::very_brief);
  EXPECT_EQ(of(0.1F), PlayClass::brief);
  EXPECT_EQ(of(0.4F), PlayClass::part);
  EXPECT_EQ(of(0.5F), PlayClass::most);
  EXPECT_EQ(of(1), PlayClass::full);
}

TEST(PlayClass, of_what_tells_nothing_comes_from_its_type) {
  EXPECT_EQ(class_of(skipped("blue", "miles", kNoon)), PlayClass::brief);
  EXPECT_EQ(class_of(completed("blue", "miles", kNoon)), PlayClass::full);
}

TEST(PlayClass, the_sooner_a_skip_the_more_it_says) {
  EXPECT_GT(skip_weight(heard(5, 200)), skip_weight(heard(20, 200)));
  EXPECT_GT(skip_weight(heard(20, 200)), skip_weight(heard(60, 200)));
  EXPECT_GT(skip_weight(heard(60, 200)), 0);
  EXPECT_EQ(skip_weight(heard(120, 200)), 0);
}

TEST(PlayClass, a_stop_speaks_against_nothing) {
  Event stopped = heard(5, 200);
  stopped.type = EventType::playback_stopped;

  EXPECT_EQ(skip_weight(stopped), 0);
  EXPECT_TRUE(was_skipped(stopped)) << "and is no listen either";
}

}  // namespace
}  // namespace segue::test
