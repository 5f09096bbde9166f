#include "tests/unit/old_blobs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/item/item.h"
#include "core/item/item_signal.h"
#include "core/list/snapshot.h"
#include "core/listener/listener.h"
#include "core/ranking/learned/ranker.h"
#include "core/wire/blob.h"
#include "tests/unit/blobs.h"

// Workers of this build take over what those of an older one stored or sent.
namespace segue::test {
namespace {

constexpr Micros kThen = 1'795'262'400 * kSecond;

Listener old_listener() {
  Listener listener;
  listener.last_offset = 1'234;
  listener.events = 7;
  listener.listens = 5;
  listener.time = kThen;
  listener.windows.admit(session_id("s1"), 3, kThen);
  listener.session = session_id("s1");
  listener.session_listens = 2;
  listener.playing = HeardTrack{track_id("now"), artist_id("miles")};
  listener.context = {{track_id("so"), artist_id("miles")},
                      {track_id("blue"), artist_id("miles")},
                      {track_id("train"), artist_id("john")}};
  listener.context_in_session = 2;
  listener.closed_plays = {play_id("p1"), play_id("p2")};
  listener.repeats = {{.track = track_id("blue"), .plays = 1.5F, .last = kThen - kDay},
                      {.track = track_id("so"), .plays = 1, .last = kThen - 3 * kMinute}};
  listener.artists = {{artist_id("miles"), 2.25F, kThen - 3 * kMinute}};
  listener.source_credit = {0.5F, 0.25F, 1, 6, 0.125F};
  listener.credit_seen = 6.5F;
  listener.repeat_share = 0.5F;
  listener.stay_share = 0.125F;
  return listener;
}

Item old_item() {
  return {.id = item_of(track_id("blue")),
          .kind = ItemKind::track,
          .name = "blue",
          .artist = artist_id("miles"),
          .signals = 1'000,
          .plays = 300,
          .skips = 20,
          .common = true,
          .time = kThen,
          .weighted_plays = 300,
          .plays_day = 12.5F,
          .plays_trend = 45.5F,
          .follows_total = 78.5F,
          .next_total = 33.25F,
          .neighbours = {{track_id("train"), 3, 2}, {track_id("so"), 2.5F, 1.5F}}};
}

TEST(OldBlobs, a_listener_of_version_1_is_read_and_new_fields_are_empty) {
  const Result<Listener> read = decode_listener(bytes_of(kListenerV1));

  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(*read, old_listener());
}

Listener listener_of_version_2() {
  Listener listener = old_listener();
  listener.repeats[0].next[0] = 1;
  listener.own_run = 2;
  listener.session_repeats = 1;
  listener.list_offset = -1;  // the list itself was not stored
  listener.explicit_allowed = false;
  listener.hidden_tracks = {track_id("h1")};
  listener.hidden_artists = {artist_id("h2")};
  listener.skips = {{track_id("k1"), artist_id("a1"), 1}};
  listener.request = Request{.excluded_tracks = {track_id("x1")},
                             .excluded_artists = {artist_id("x2")},
                             .queued = {track_id("q1")},
                             .explicit_allowed = false,
                             .adventurous = 0.75F,
                             .seed = {}};
  return listener;
}

TEST(OldBlobs, a_listener_of_version_2_is_read_consents_and_has_no_request) {
  const Result<Listener> read = decode_listener(bytes_of(kListenerV2));

  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(*read, listener_of_version_2());
}

TEST(OldBlobs, a_listener_of_version_4_is_read_and_was_never_asked_of_ai) {
  Listener listener = listener_of_version_2();
  listener.repeats[1].today = 3;
  listener.list_offset = 1'230;
  listener.listed = {1, 7};
  listener.request->genre = kind_hash("jazz");
  listener.day = {.played = 20'778, .received = 20'779, .listens = 7};
  listener.learning = false;

  const Result<Listener> read = decode_listener(bytes_of(kListenerV4));

  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(*read, listener);
  EXPECT_EQ(read->composed.setting.mode, AiMode::ask);
}

TEST(OldBlobs, a_listener_of_version_2_cannot_have_what_came_with_version_3) {
  // The byte `has` follows list_offset.
  std::string blob = bytes_of(kListenerV2);
  const std::size_t has = blob.find(std::string("\x08\x0f", 2)) + 1;
  ASSERT_TRUE(decode_listener(blob));
  blob[has] = static_cast<char>(blob[has] | 0x10);

  EXPECT_FALSE(decode_listener(blob));
}

TEST(OldBlobs, a_snapshot_of_version_1_is_read_without_reasons) {
  std::string blob;
  BlobWriter out(blob);
  out.u8(1);
  out.text("r");
  out.svarint(41);
  out.varint(1);
  out.text("blue");
  out.f16(1.5F);
  out.u8(1);

  const Result<Snapshot> snapshot = decode_snapshot(blob);

  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->tracks, (std::vector<Snapshot::Track>{{"blue", 1.5F, 1, ""}}));
}

TEST(OldBlobs, a_snapshot_of_version_3_is_read_with_its_texts) {
  std::string blob;
  BlobWriter out(blob);
  out.u8(3);
  out.text("r");
  out.svarint(41);
  out.varint(1);
  out.text("Goes with So What");
  out.varint(1);
  out.text("blue");
  out.f16(1.5F);
  out.u8(1);
  out.u8(0);
  out.text("Blue in Green");
  out.text("Bill Evans");

  const Result<Snapshot> snapshot = decode_snapshot(blob);

  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->tracks, (std::vector<Snapshot::Track>{{"blue", 1.5F, 1, "Goes with So What",
                                                             "Blue in Green", "Bill Evans"}}));
}

TEST(OldBlobs, an_item_of_version_1_is_read_and_has_no_known_holders) {
  const Result<Item> read = decode_item(bytes_of(kItemV1));

  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(*read, old_item());
}

TEST(OldBlobs, an_item_model_of_version_1_is_read) {
  const Result<ItemModel> read = decode_item_model(bytes_of(kItemModelV1));

  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(*read, model_of(old_item()));
}

Item item_of_version_2() {
  Item item = old_item();
  item.listeners = 12;
  item.artist_said = 12;
  item.first = kThen - kDay;
  item.together_total = 90;
  item.neighbours = {{track_id("train"), 3, 2, 5}, {track_id("so"), 2.5F, 1.5F, 4}};
  return item;
}

TEST(OldBlobs, an_item_and_its_model_of_version_2_are_read_without_order) {
  const Result<Item> item = decode_item(bytes_of(kItemV2));
  const Result<ItemModel> model = decode_item_model(bytes_of(kItemModelV2));

  ASSERT_TRUE(item) << item.error().detail;
  EXPECT_EQ(*item, item_of_version_2());
  ASSERT_TRUE(model) << model.error().detail;
  EXPECT_EQ(*model, model_of(item_of_version_2()));
}

TEST(OldBlobs, a_signal_batch_of_version_2_is_read_and_knows_no_order) {
  const Result<SignalBatch> read = decode_signal_batch(bytes_of(kSignalBatchV2));

  ASSERT_TRUE(read) << read.error().detail;
  const std::vector<ItemSignal> expected = {{.offset = 130,
                                             .kind = SignalKind::followed,
                                             .item = item_of(track_id("blue")),
                                             .other = item_of(track_id("so")),
                                             .distance = 1,
                                             .time = kThen,
                                             .name = {}},
                                            {.offset = 131,
                                             .kind = SignalKind::skipped,
                                             .item = item_of(track_id("blue")),
                                             .other = item_of(artist_id("miles")),
                                             .time = kThen + kHour,
                                             .name = "blue"}};
  EXPECT_EQ(read->signals, expected);
}

TEST(OldBlobs, a_signal_batch_of_version_1_is_read) {
  const ItemId blue = item_of(track_id("blue"));
  const ItemId miles = item_of(artist_id("miles"));

  const Result<SignalBatch> read = decode_signal_batch(bytes_of(kSignalBatchV1));

  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->source, "segue.events.v1@00ff");
  EXPECT_EQ(read->first, 100);
  EXPECT_EQ(read->next, 164);
  const std::vector<ItemSignal> expected = {{.offset = 100,
                                             .kind = SignalKind::played,
                                             .item = blue,
                                             .other = miles,
                                             .time = kThen,
                                             .name = "blue"},
                                            {.offset = 100,
                                             .kind = SignalKind::of_artist,
                                             .item = miles,
                                             .other = blue,
                                             .time = kThen,
                                             .name = "miles"},
                                            {.offset = 130,
                                             .kind = SignalKind::followed,
                                             .item = blue,
                                             .other = item_of(track_id("so")),
                                             .distance = 5,
                                             .time = kThen - kDay,
                                             .name = {}},
                                            {.offset = 163,
                                             .kind = SignalKind::skipped,
                                             .item = blue,
                                             .other = miles,
                                             .time = kThen + kHour,
                                             .name = "blue"}};
  EXPECT_EQ(read->signals, expected);
}

TEST(OldBlobs, an_item_and_its_model_of_version_5_are_read_without_sessions) {
  Item kept = full_item();
  kept.neighbours.resize(3);
  kept.sessions.clear();

  const Result<Item> item = decode_item(bytes_of(kItemV5));
  const Result<ItemModel> model = decode_item_model(bytes_of(kItemModelV5));

  ASSERT_TRUE(item) << item.error().detail;
  EXPECT_EQ(encode(*item), encode(kept));
  ASSERT_TRUE(model) << model.error().detail;
  EXPECT_EQ(encode(*model), encode(model_of(kept)));
}

TEST(OldBlobs, signals_of_version_5_are_read_and_name_no_session) {
  SignalBatch sent = full_batch();
  sent.signals.resize(2);
  sent.signals.front().session = {};
  sent.signals.push_back({.offset = 131,
                          .kind = SignalKind::left,
                          .time = kThen,
                          .name = {},
                          .before = {item_of(track_id("blue")), item_of(artist_id("miles"))},
                          .who = listener_mark("ada")});

  const Result<SignalBatch> read = decode_signal_batch(bytes_of(kSignalBatchV5));

  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->signals, sent.signals);
}

float weight_of(const Ranker& ranker, const std::string& column) {
  const auto& names = column_layout().names;
  const auto at = std::find(names.begin(), names.end(), column);
  return at == names.end() ? -999 : ranker.linear().weights()[at - names.begin()];
}

TEST(OldBlobs, a_ranker_of_version_1_keeps_its_weights_and_begins_a_network) {
  const Result<Ranker> read = decode_ranker(bytes_of(kRankerV1));

  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->learned(), 4U);
  EXPECT_FLOAT_EQ(weight_of(*read, "next.log"), 0.994220197F);
  EXPECT_FLOAT_EQ(weight_of(*read, "repeats.within_1d"), 0.00455953088F);
  EXPECT_FLOAT_EQ(weight_of(*read, "trending.plays_ever"), -0.0057798177F);
  EXPECT_EQ(weight_of(*read, "together.log"), weight_of(Ranker{}, "together.log"));
  EXPECT_EQ(read->network().parameters(), Ranker{}.network().parameters());
  EXPECT_EQ(read->network().learned(), 0U);
}

TEST(OldBlobs, truncated_ones_are_refused_at_every_length) {
  const auto refused = [](std::string_view hex, const auto& decode) {
    const std::string whole = bytes_of(hex);
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
      EXPECT_FALSE(decode(std::string_view(whole).substr(0, bytes))) << bytes;
    }
  };

  refused(kListenerV1, decode_listener);
  refused(kListenerV2, decode_listener);
  refused(kItemV1, decode_item);
  refused(kItemModelV1, decode_item_model);
  refused(kSignalBatchV1, decode_signal_batch);
  refused(kRankerV1, decode_ranker);
}

}  // namespace
}  // namespace segue::test
