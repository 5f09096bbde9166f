#include "consumers/player/listed_tracks.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "consumers/player/job_text.h"
#include "core/generation/job.h"

namespace segue::player {
namespace {

constexpr Micros kListed = 1'790'000'000 * kSecond;
const std::string kTrack = composed_track_id(std::string(32, '1'));

PublishedDecision decision(const std::string& listener, const std::string& track,
                           Micros at = kListed) {
  PublishedDecision made;
  made.id = "segue.events.v1/3/12/1";
  made.user_id = listener;
  made.time = at;
  made.trigger.decision.choice = Course::reuse;
  made.trigger.decision.rule = Rule::no_match;
  made.answer = Answer::listed;
  made.track_id = track;
  made.specification = *checked({.genre = "jazz", .mood = "calm"});
  return made;
}

Record record_of(const PublishedDecision& made) {
  Record record;
  record.timestamp = made.time;
  record.key = made.user_id;
  record.value = encode(made);
  record.headers = {{std::string(kDecidedTrackHeader), made.track_id}};
  return record;
}

TEST(ListedTracks, the_latest_decision_is_given_to_its_listener_alone) {
  ListedTracks listed(100);
  listed.take(record_of(decision("ada", kTrack)));
  listed.take(record_of(decision("ada", kTrack, kListed + kMinute)));

  const auto found = listed.find("ada", kTrack);

  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->time, kListed + kMinute);
  EXPECT_EQ(listed.held(), 1U);
  EXPECT_EQ(listed.find("bob", kTrack), nullptr);
  EXPECT_EQ(listed.find("ada", "t-1"), nullptr);
}

TEST(ListedTracks, what_lists_nothing_or_lies_is_passed_over) {
  ListedTracks listed(100);
  Record bare = record_of(decision("ada", kTrack));
  bare.headers.clear();
  Record anothers = record_of(decision("ada", kTrack));
  anothers.key = "bob";
  Record other_track = record_of(decision("ada", kTrack));
  other_track.headers[0].value = "t-1";
  Record unreadable = record_of(decision("ada", kTrack));
  unreadable.value = "{";
  Record empty = record_of(decision("ada", kTrack));
  empty.value.reset();

  for (const Record& each : {bare, anothers, other_track, unreadable, empty}) listed.take(each);

  EXPECT_EQ(listed.held(), 0U);
}

TEST(ListedTracks, are_bounded_for_one_listener_and_for_all) {
  ListedTracks of_one(1'000);
  for (int n = 0; n < 40; ++n) of_one.take(record_of(decision("ada", "t" + std::to_string(n))));
  EXPECT_EQ(of_one.held(), ListedTracks::kOfListenerMax);
  EXPECT_EQ(of_one.find("ada", "t7"), nullptr);
  EXPECT_NE(of_one.find("ada", "t8"), nullptr);

  ListedTracks of_all(3);
  for (int n = 0; n < 5; ++n) of_all.take(record_of(decision("u" + std::to_string(n), kTrack)));
  EXPECT_EQ(of_all.held(), 3U);
  EXPECT_EQ(of_all.find("u1", kTrack), nullptr);
  EXPECT_NE(of_all.find("u2", kTrack), nullptr);
}

TEST(ListedTracks, an_erasure_forgets_its_listener_alone) {
  ListedTracks listed(100);
  listed.take(record_of(decision("ada", kTrack)));
  listed.take(record_of(decision("bob", kTrack)));

  const Micros decided = listed.find("ada", kTrack)->time;

  listed.erase("ada", decided - 1);
  EXPECT_NE(listed.find("ada", kTrack), nullptr) << "it was decided later";
  listed.erase("ada", decided);

  EXPECT_EQ(listed.find("ada", kTrack), nullptr);
  EXPECT_NE(listed.find("bob", kTrack), nullptr);
}

TEST(ListedTracks, why_has_a_sentence_and_no_listener) {
  const std::string text = why_listed_text(decision("pseudonym", kTrack));

  const auto shown = boost::json::parse(text);
  EXPECT_EQ(text.find("pseudonym"), std::string::npos);
  EXPECT_EQ(shown.at("text"),
            "Nothing in the catalogue is what you asked for. It was composed earlier, for the same "
            "wish.");
  EXPECT_EQ(shown.at("job_id"), kTrack.substr(kTrack.size() - 32).c_str());
  EXPECT_EQ(shown.at_pointer("/decision/choice"), "reuse");
  EXPECT_EQ(shown.at_pointer("/specification/genre"), "jazz");
}

}  // namespace
}  // namespace segue::player
