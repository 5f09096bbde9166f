#include <gtest/gtest.h>

#include <string>

#include "core/list/snapshot.h"
#include "core/wire/blob.h"
#include "core/words/printed.h"
#include "tests/unit/blobs.h"
#include "tests/unit/world.h"

// Listeners' names for tracks and artists that no catalogue has: who reads them, how they leave.
namespace segue::test {
namespace {

const ItemId kBlue = item_of(track_id("blue"));

Event called(Event event, std::string title, std::string artist = {}) {
  event.title = std::move(title);
  event.artist_title = std::move(artist);
  return event;
}

Event by(std::string listener, Event event) {
  event.user_id = std::move(listener);
  return event;
}

ItemSignal named_by(const std::string& listener, const std::string& title) {
  return {.kind = SignalKind::played,
          .item = kBlue,
          .first = true,
          .time = kNoon,
          .name = "blue",
          .who = listener_mark(listener),
          .title = title};
}

ItemSignal left_by(const std::string& listener) {
  return {.kind = SignalKind::left,
          .time = kNoon,
          .name = {},
          .before = {kBlue},
          .who = listener_mark(listener)};
}

Item named(const std::vector<std::pair<std::string, std::string>>& by_whom) {
  Item item;
  for (const auto& [who, title] : by_whom) learn(item, named_by(who, title), Tuning{});
  return item;
}

const RecommendedTrack* listed(const Effects& effects, std::string_view track) {
  for (const RecommendedTrack& item : effects.recommendation->items) {
    if (item.track_id == track) return &item;
  }
  return nullptr;
}

bool mentions(const Recommendation& list, std::string_view text) {
  return encode(list).find(text) != std::string::npos;
}

TEST(DisplayText, is_one_line_that_commands_nothing) {
  EXPECT_EQ(display_text("  Blue \t in\nGreen "), "Blue in Green");
  EXPECT_EQ(display_text("a\x1b[2Jb\x7f"), "a [2Jb");
  EXPECT_EQ(display_text("a\u009Bb"), "a b");
  EXPECT_EQ(display_text("abc\u202Etxt.\u2066exe"), "abctxt.exe");
  EXPECT_EQ(display_text("Bj\u00F6rk \u00C0"), "Bj\u00F6rk \u00C0");
  EXPECT_EQ(display_text("\u200B \uFEFF"), "") << "nothing of it can be seen";
  EXPECT_EQ(display_text(""), "");
}

TEST(DisplayText, is_cut_between_characters) {
  std::string text;
  for (int i = 0; i < 150; ++i) text += "\u00E9";
  EXPECT_EQ(display_text("x" + text).size(), kTitleBytesMax - 1);
  EXPECT_EQ(display_text(text).size(), kTitleBytesMax);
}

Event decoded(const std::string& fields) {
  Record record;
  record.key = "u";
  record.timestamp = kNoon;
  record.value = R"({"user_id":"u","time":"2026-11-21T11:00:00Z",)" + fields + "}";
  record.headers = {{"ce_type", "segue.playback.completed.v1"}};
  const auto event = EventDecoder().decode(record);
  EXPECT_TRUE(event) << event.error().detail;
  return event ? *event : Event();
}

TEST(Titles, come_with_an_event_and_never_refuse_it) {
  const Event event = decoded(R"("track_id":"t","title":" Blue  in Green","artist":"Miles Davis")");
  EXPECT_EQ(event.title, "Blue in Green");
  EXPECT_EQ(event.artist_title, "Miles Davis");

  const Event odd = decoded(R"("track_id":"t","title":7,"artist":null)");
  EXPECT_EQ(odd.title + odd.artist_title, "");
}

TEST(Titles, an_id_made_of_names_gets_no_other_names) {
  const std::string id = made_track_id("Bj\u00F6rk", "J\u00F3ga");
  const std::string of =
      R"("track_id":")" + id + R"(","artist_id":")" + made_artist_id("Bj\u00F6rk");
  const Event right = decoded(of + R"(","title":"jo\u0301ga","artist":"BJO\u0308RK")");
  EXPECT_EQ(right.title, "jo\u0301ga");
  EXPECT_EQ(right.artist_title, "BJO\u0308RK");

  const Event wrong = decoded(of + R"(","title":"Buy this","artist":"Bjork")");
  EXPECT_EQ(wrong.title + wrong.artist_title, "");
}

TEST(Titles, a_name_on_its_way_is_looked_for_in_a_stored_list) {
  World world;
  world.play(called(completed("blue", "miles", kNoon), "Blue in Green", "Miles Davis"));
  world.models().remove(item_of(artist_id("miles")));  // as before it came
  const Effects effects = world.play(completed("waltz", "evans", kNoon + kMinute));

  ASSERT_NE(listed(effects, "blue"), nullptr);
  EXPECT_EQ(listed(effects, "blue")->artist, "");
  const Result<Snapshot> stored = decode_snapshot(encode_snapshot(*effects.recommendation));
  ASSERT_FALSE(stored->tracks.empty());
  EXPECT_EQ(stored->tracks[0].sent, track_id("blue"));
  EXPECT_TRUE(stored->tracks[0].titled);
  EXPECT_EQ(stored->tracks[0].by, artist_id("miles"));
}

TEST(Titles, are_read_in_the_list_from_the_first_play_on) {
  World world;
  world.play(called(completed("blue", "miles", kNoon), "Blue in Green", "Miles Davis"));
  Effects effects =
      world.play(called(completed("so", "miles", kNoon + kMinute), "So What", "Miles Davis"));

  const RecommendedTrack* blue = listed(effects, "blue");
  ASSERT_NE(blue, nullptr);
  EXPECT_EQ(blue->title, "Blue in Green");
  EXPECT_EQ(blue->artist, "Miles Davis");
  EXPECT_FALSE(blue->in_catalogue);
  EXPECT_TRUE(mentions(*effects.recommendation, "Because you like Miles Davis"));
}

TEST(Titles, an_id_is_in_no_reason_and_no_reason_ends_empty) {
  World world;
  Effects effects;
  for (int day = 0; day < 3; ++day) {
    for (const char* const track : {"name:00000000000000aa", "mbid:b", "t1-620", "other"}) {
      for (const char* const who : {"ada", "bob", "cy"}) {
        effects =
            world.play(by(who, completed(track, "name:00000000000000bb", kNoon + day * kDay)));
      }
    }
  }
  ASSERT_FALSE(effects.recommendation->items.empty());
  for (const RecommendedTrack& item : effects.recommendation->items) {
    for (const TrackReason& reason : item.reasons) {
      EXPECT_EQ(reason.text.find("name:"), std::string::npos) << reason.text;
      EXPECT_EQ(reason.text.find("t1-620"), std::string::npos) << reason.text;
      EXPECT_FALSE(reason.text.empty() || reason.text.ends_with(' ')) << reason.text;
    }
  }
}

TEST(Titles, the_catalogue_knows_better) {
  World world;
  world.play(called(completed("blue", "miles", kNoon), "mine", "my miles"));
  world.models().enrich(entry("blue", "Blue in Green", "miles", "Miles Davis"));
  world.play(called(completed("blue", "miles", kNoon + kMinute), "mine", "my miles"));
  const Effects effects = world.play(completed("so", "miles", kNoon + kHour));

  const RecommendedTrack* blue = listed(effects, "blue");
  ASSERT_NE(blue, nullptr);
  EXPECT_EQ(blue->title, "Blue in Green");
  EXPECT_EQ(blue->artist, "Miles Davis");
  EXPECT_FALSE(mentions(*effects.recommendation, "my miles"));
}

TEST(Titles, one_alone_titles_nothing_under_a_known_artist) {
  World world;
  world.models().enrich(entry("known", "Known", "miles", "Miles Davis"));
  world.models().enrich(entry("untitled", "", "miles", "Miles Davis"));
  for (const char* const track : {"untitled", "made up"}) {
    world.play(by("mallory", called(completed(track, "miles", kNoon), "Buy this")));
  }
  Effects effects = world.play(by("mallory", completed("known", "miles", kNoon + kMinute)));
  ASSERT_NE(listed(effects, "untitled"), nullptr);
  EXPECT_EQ(listed(effects, "untitled")->title, "");

  for (const char* const who : {"ada", "bob", "cy", "dan"}) {
    world.play(by(who, called(completed("untitled", "miles", kNoon), "Freddie")));
  }
  effects = world.play(by("ada", completed("known", "miles", kNoon + kMinute)));
  ASSERT_NE(listed(effects, "untitled"), nullptr);
  EXPECT_EQ(listed(effects, "untitled")->title, "Freddie");
}

TEST(Titles, an_erasure_takes_what_one_alone_said) {
  World world;
  world.play(called(completed("blue", "miles", kNoon), "My secret", "Me"));
  world.play(by("bob", completed("blue", "miles", kNoon)));
  ASSERT_EQ(world.item(kBlue)->title, "My secret");

  Event erasure = completed("", "", kNoon + kHour);
  erasure.type = EventType::privacy_erasure_requested;
  world.play(erasure);

  ASSERT_NE(world.item(kBlue), nullptr) << "bob remembers it";
  EXPECT_EQ(world.item(kBlue)->title, "");
  const Effects effects = world.play(by("bob", completed("so", "miles", kNoon + kHour)));
  EXPECT_FALSE(mentions(*effects.recommendation, "My secret"));
  EXPECT_EQ(world.item(item_of(artist_id("miles")))->title, "");
}

TEST(Titles, the_first_stays_until_more_call_it_otherwise) {
  EXPECT_EQ(named({{"ada", "Blue"}, {"mallory", "Pills"}}).title, "Blue");
  EXPECT_EQ(named({{"mallory", "Pills"}, {"ada", "Blue"}, {"bob", "Blue"}}).title, "Blue");
  EXPECT_EQ(named({{"ada", "Blue"}, {"ada", "Blue in Green"}}).title, "Blue in Green")
      << "who said it alone may correct it";
  EXPECT_EQ(named({{"ada", "Jo\u0301ga"}, {"bob", "J\u00D3GA"}}).tellers.size(), 2U)
      << "however it is printed";

  Item item = named({{"ada", "Blue"}});
  for (int i = 0; i < 50; ++i) learn(item, named_by("mallory", "Pills"), Tuning{});
  EXPECT_EQ(item.title, "Blue") << "one account has one voice";
}

TEST(Titles, dissenters_must_agree_to_rename_an_item) {
  const Item split = named({{"ada", "Blue"}, {"bob", "Blue (R)"}, {"mallory", "Pills"}});
  const Item agreed = named({{"ada", "Blue"}, {"bob", "Blue (R)"}, {"cy", "blue (r)"}});

  EXPECT_EQ(split.title, "Blue");
  EXPECT_EQ(agreed.title, "blue (r)");
}

TEST(Titles, a_holder_who_speaks_again_renames_nothing) {
  Item item = named({{"ada", "Blue"}, {"mallory", "Blue"}, {"bob", "Pills"}});
  learn(item, named_by("mallory", "Pills"), Tuning{});
  learn(item, named_by("mallory", "Pills"), Tuning{});

  EXPECT_EQ(item.title, "Blue");
}

TEST(Titles, what_eight_say_at_once_stays) {
  Item item;
  for (int i = 0; i < 8; ++i) learn(item, named_by("l" + std::to_string(i), "Blue"), Tuning{});
  EXPECT_TRUE(item.title_common);
  EXPECT_TRUE(item.tellers.empty());
  EXPECT_EQ(model_of(item).title_said, Item::kHoldersMax);

  for (int i = 0; i < 8; ++i) learn(item, left_by("l" + std::to_string(i)), Tuning{});
  for (int i = 0; i < 20; ++i) learn(item, named_by("m" + std::to_string(i), "Pills"), Tuning{});

  EXPECT_EQ(item.title, "Blue");
}

TEST(Titles, a_common_track_loses_what_one_alone_said) {
  Item item = named({{"ada", "Blue"}});
  for (int i = 0; i < 8; ++i) learn(item, named_by("l" + std::to_string(i), ""), Tuning{});
  ASSERT_TRUE(item.common);

  learn(item, left_by("ada"), Tuning{});

  EXPECT_EQ(item.title, "");
}

TEST(Titles, of_another_text_of_the_same_hash_are_refused) {
  Item item = named({{"ada", "Blue"}});
  ItemSignal twin = named_by("mallory", "Pills");
  twin.name = "twin";

  EXPECT_EQ(learn(item, twin, Tuning{}), Learned::refused);
  EXPECT_EQ(item.title, "Blue");
}

TEST(Titles, blobs_of_version_4_are_read_without) {
  Item item = full_item();
  item.title = {};
  item.others_said = 0;
  item.other_title = 0;
  item.tellers = {};
  item.sessions = {};
  std::string blob = encode(item);
  std::string model = encode(model_of(item));
  SignalBatch batch = full_batch();
  batch.signals.resize(1);
  batch.signals[0].title = {};
  batch.signals[0].session = {};
  std::string signals = encode(batch);
  // With them go the counts of sessions, and a play's session.
  blob.resize(blob.size() - 9);
  model.resize(model.size() - 3);
  signals.resize(signals.size() - 5);
  for (std::string* older : {&blob, &model, &signals}) older->front() = 4;

  EXPECT_EQ(*decode_item(blob), item);
  EXPECT_EQ(*decode_item_model(model), model_of(item));
  EXPECT_EQ(*decode_signal_batch(signals), batch);
}

TEST(Titles, a_snapshot_of_version_2_has_no_reasons_that_hold_ids) {
  std::string blob;
  BlobWriter out(blob);
  out.u8(2);
  out.text("r");
  out.svarint(41);
  out.varint(1);
  out.text("often right after name:607d000000000000");
  out.varint(1);
  out.text("blue");
  out.f16(1.5F);
  out.u8(1);
  out.u8(0);

  const Result<Snapshot> snapshot = decode_snapshot(blob);

  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->tracks, (std::vector<Snapshot::Track>{{"blue", 1.5F, 1}}));
}

}  // namespace
}  // namespace segue::test
