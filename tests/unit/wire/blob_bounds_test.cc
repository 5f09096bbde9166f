#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>

#include "core/listener/listening.h"
#include "core/wire/blob.h"
#include "tests/unit/blobs.h"
#include "tests/unit/world.h"

namespace segue::test {
namespace {

TEST(BlobBounds, lists_over_their_bounds_are_refused) {
  Listener repeats;
  repeats.repeats.resize(Listener::kRepeatsMax + 1);
  Listener artists;
  artists.artists.resize(Listener::kArtistsMax + 1);
  Listener context;
  context.context.resize(Listener::kContextMax + 1);
  Listener plays;
  plays.closed_plays.resize(Listener::kClosedPlaysMax + 1);
  Listener in_session;
  in_session.context.resize(2);
  in_session.context_in_session = 3;
  Listener hidden_tracks;
  hidden_tracks.hidden_tracks.resize(Listener::kHiddenTracksMax + 1);
  Listener hidden_artists;
  hidden_artists.hidden_artists.resize(Listener::kHiddenArtistsMax + 1);
  Listener skips;
  skips.skips.resize(Listener::kSkipsMax + 1);
  Listener excluded;
  excluded.request.emplace().excluded_tracks.resize(Request::kTracksMax + 1);
  Listener excluded_artists;
  excluded_artists.request.emplace().excluded_artists.resize(Request::kArtistsMax + 1);
  Listener queued;
  queued.request.emplace().queued.resize(Request::kQueuedMax + 1);

  for (const Listener& over : {repeats, artists, context, plays, in_session, hidden_tracks,
                               hidden_artists, skips, excluded, excluded_artists, queued}) {
    EXPECT_FALSE(decode_listener(encode(over)));
  }
}

TEST(BlobBounds, items_with_too_many_neighbours_are_refused) {
  Item item = full_item();
  item.neighbours.resize(Item::kNeighboursMax + 1);
  ItemModel model = model_of(full_item());
  model.neighbours.resize(ItemModel::kStoredMax + 1);

  EXPECT_FALSE(decode_item(encode(item)));
  EXPECT_FALSE(decode_item_model(encode(model)));
}

TEST(BlobBounds, names_longer_than_an_id_are_refused) {
  Item item = full_item();
  item.name = std::string(kIdBytesMax + 1, 'x');

  EXPECT_FALSE(decode_item(encode(item)));
}

TEST(BlobBounds, batches_with_too_many_signals_are_refused) {
  SignalBatch batch = full_batch();
  batch.signals.resize(SignalBatch::kSignalsMax, batch.signals.back());
  EXPECT_TRUE(decode_signal_batch(encode(batch)));

  batch.signals.push_back(batch.signals.back());
  EXPECT_FALSE(decode_signal_batch(encode(batch)));
}

TEST(BlobBounds, signals_outside_their_batch_are_refused) {
  SignalBatch beyond = full_batch();
  beyond.signals.back().offset = beyond.next;
  SignalBatch backwards = full_batch();
  backwards.signals.back().offset = backwards.first;
  SignalBatch far = full_batch();
  far.signals.back().offset = std::numeric_limits<std::int64_t>::max();
  SignalBatch nowhere = full_batch();
  nowhere.signals[2].distance = 0;

  for (const SignalBatch& wrong : {beyond, backwards, far, nowhere}) {
    EXPECT_FALSE(decode_signal_batch(encode(wrong)));
  }
}

// By hand, because the writer cannot be brought to write it: an offset that wraps around.
TEST(BlobBounds, an_offset_that_wraps_around_is_refused) {
  std::string blob;
  BlobWriter out(blob);
  out.u8(1);
  out.text("t@1");
  out.varint(0);
  out.varint(100);  // first
  out.varint(64);
  out.varint(1);  // signals
  out.varint(std::numeric_limits<std::int64_t>::max());
  out.u8(2);
  out.u64(1);
  out.u64(2);
  out.svarint(0);
  out.u8(1);

  EXPECT_FALSE(decode_signal_batch(blob));
}

TEST(BlobBounds, a_time_that_wraps_around_is_refused) {
  SignalBatch batch = full_batch();
  batch.signals.resize(2);
  for (ItemSignal& signal : batch.signals) {
    signal.kind = SignalKind::skipped;  // whose record ends with the name
    signal.name = "miles";
  }
  batch.signals[0].time = std::numeric_limits<Micros>::max();
  batch.signals[1].time = std::numeric_limits<Micros>::max();
  std::string blob = encode(batch);
  blob.resize(blob.size() - 1 - 6);  // the second's difference of 0, and its name
  BlobWriter out(blob);
  out.svarint(1);
  out.text("miles");

  EXPECT_FALSE(decode_signal_batch(blob));
}

TEST(BlobBounds, a_listener_of_no_possible_time_is_refused) {
  Listener listener = full_listener();
  listener.time = std::numeric_limits<Micros>::min();
  for (Repeat& repeat : listener.repeats) repeat.last = 0;
  std::string blob = encode(listener);

  EXPECT_FALSE(decode_listener(blob));
}

// One track on repeat for years, or a hit that always follows another: more than a half holds.
TEST(BlobBounds, counts_stop_at_the_largest_half) {
  Listener listener = full_listener();
  listener.repeats[0].plays = 1e6F;
  listener.artists[0].plays = 1e6F;
  Item item = full_item();
  item.neighbours[0].follows = 1e6F;

  const Result<Listener> back = decode_listener(encode(listener));
  const Result<Item> item_back = decode_item(encode(item));

  ASSERT_TRUE(back) << back.error().detail;
  EXPECT_EQ(back->repeats[0].plays, 65'504);
  EXPECT_EQ(back->artists[0].plays, 65'504);
  ASSERT_TRUE(item_back) << item_back.error().detail;
  EXPECT_EQ(item_back->neighbours[0].follows, 65'504);
}

TEST(BlobBounds, counts_below_none_are_refused) {
  Item item = full_item();
  item.neighbours.front().next = -1;
  EXPECT_FALSE(decode_item(encode(item)));
  EXPECT_FALSE(decode_item_model(encode(model_of(item))));
}

TEST(BlobBounds, vectors_beyond_all_measure_are_refused) {
  std::string blob;
  BlobWriter out(blob);
  out.f32(1e30F);
  for (std::size_t i = 0; i < kDimensions; ++i) out.u8(127);
  BlobReader in(blob);
  read_vector(in);
  EXPECT_FALSE(in.ok());
}

TEST(BlobBounds, numbers_that_are_none_are_refused) {
  Item item = full_item();
  item.plays_day = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(decode_item(encode(item)));

  item.plays_day = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(decode_item(encode(item)));
}

// The changes of `step` to a listener, without the two rankings, which change nothing here.
TEST(BlobBounds, a_listener_stays_small_whatever_they_do) {
  Listener listener;
  std::size_t largest = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::string track = "t" + std::to_string(i % 5 == 0 ? i : i % 100);
    Event event = completed(track, "a" + std::to_string(i % 5'000), kNoon + i * kMinute);
    event.session = session_id("s" + std::to_string(i / 20));
    listener.windows.admit(event.session, static_cast<std::uint64_t>(i) + 1, event.time);
    close_play(listener, play_id(std::to_string(i)));
    enter_session(listener, event);
    hear(listener, event);
    listener.time = event.time;
    if (i % 1'000 == 999) largest = std::max(largest, encode(listener).size());
  }

  EXPECT_EQ(listener.listens, 100'000U);
  EXPECT_EQ(listener.repeats.size(), Listener::kRepeatsMax);
  EXPECT_EQ(listener.artists.size(), Listener::kArtistsMax);
  EXPECT_LE(largest, 6U * 1024);
  EXPECT_TRUE(decode_listener(encode(listener)));
}

TEST(BlobBounds, what_was_stored_stays_as_it_is_when_stored_again) {
  World world;
  for (int i = 0; i < 500; ++i) {
    const std::string n = std::to_string(i * i % 97);
    world.play(completed("t" + n, "a" + n, kNoon + i * 217 * kSecond + i));
  }

  const std::string once = encode(world.listener());
  const std::string twice = encode(*decode_listener(once));

  EXPECT_EQ(twice, once);
}

}  // namespace
}  // namespace segue::test
