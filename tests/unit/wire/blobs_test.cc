#include "tests/unit/blobs.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "core/ranking/columns.h"

namespace segue::test {
namespace {

// The kinds of blobs, for the tests that hold for all of them.
struct ListenerBlob {
  static std::string whole() { return encode(full_listener()); }
  static auto decode(std::string_view blob) { return decode_listener(blob); }
};
struct ItemBlob {
  static std::string whole() { return encode(full_item()); }
  static auto decode(std::string_view blob) { return decode_item(blob); }
};
struct ItemModelBlob {
  static std::string whole() { return encode(model_of(full_item())); }
  static auto decode(std::string_view blob) { return decode_item_model(blob); }
};
struct SignalBatchBlob {
  static std::string whole() { return encode(full_batch()); }
  static auto decode(std::string_view blob) { return decode_signal_batch(blob); }
};
struct CoverageBlob {
  static std::string whole() { return encode(full_coverage()); }
  static auto decode(std::string_view blob) { return decode_coverage(blob); }
};
struct RankerBlob {
  static std::string whole() { return encode(trained_ranker()); }
  static auto decode(std::string_view blob) { return decode_ranker(blob); }
};
struct RankersBlob {
  static std::string whole() { return encode(pair_of_rankers()); }
  static auto decode(std::string_view blob) { return decode_rankers(blob); }
};
struct SnapshotBlob {
  static std::string whole() { return encode_snapshot(short_list()); }
  static auto decode(std::string_view blob) { return decode_snapshot(blob); }
};

template <class Blob>
class Blobs : public testing::Test {};
using All = testing::Types<ListenerBlob, ItemBlob, ItemModelBlob, SignalBatchBlob, CoverageBlob,
                           RankerBlob, RankersBlob, SnapshotBlob>;
TYPED_TEST_SUITE(Blobs, All);

template <class Decoded>
Reason reason_of(const Decoded& decoded) {
  return decoded ? Reason::quarantined : decoded.error().reason;
}

TYPED_TEST(Blobs, whole_ones_are_read) {
  const auto decoded = TypeParam::decode(TypeParam::whole());

  EXPECT_TRUE(decoded) << decoded.error().detail;
}

TYPED_TEST(Blobs, truncated_ones_are_refused_at_every_length) {
  const std::string whole = TypeParam::whole();

  EXPECT_EQ(reason_of(TypeParam::decode({})), Reason::unknown_version);
  for (std::size_t bytes = 1; bytes < whole.size(); ++bytes) {
    ASSERT_EQ(reason_of(TypeParam::decode(whole.substr(0, bytes))), Reason::malformed) << bytes;
  }
}

TYPED_TEST(Blobs, trailing_bytes_are_refused) {
  EXPECT_EQ(reason_of(TypeParam::decode(TypeParam::whole() + '\0')), Reason::malformed);
}

TYPED_TEST(Blobs, other_versions_are_refused) {
  const std::string whole = TypeParam::whole();
  for (const char version : {'\0', static_cast<char>(whole[0] + 1), '\x7f', '\xff'}) {
    std::string other = whole;
    other[0] = version;
    EXPECT_EQ(reason_of(TypeParam::decode(other)), Reason::unknown_version);
  }
}

TYPED_TEST(Blobs, random_bytes_never_crash_the_reader) {
  std::mt19937 random(7);
  for (int i = 0; i < 5'000; ++i) {
    std::string noise(1 + random() % 400, '\1');
    for (std::size_t at = 1; at < noise.size(); ++at) {
      // Small numbers make plausible counts, 0xff long ones.
      noise[at] = static_cast<char>(random() % 3 == 0   ? random() % 4
                                    : random() % 4 == 0 ? 0xff
                                                        : random());
    }
    static_cast<void>(TypeParam::decode(noise));
  }
}

TYPED_TEST(Blobs, damaged_ones_never_crash_the_reader) {
  const std::string whole = TypeParam::whole();
  std::mt19937 random(11);
  for (int i = 0; i < 5'000; ++i) {
    std::string damaged = whole;
    for (auto changes = 1 + random() % 10; changes > 0; --changes) {
      const std::size_t at = 1 + random() % (damaged.size() - 1);
      damaged[at] = static_cast<char>(random() % 2 == 0 ? 0xff : random());
    }
    static_cast<void>(TypeParam::decode(damaged));
  }
}

TEST(Blobs, a_listener_survives_the_way_there_and_back) {
  EXPECT_EQ(*decode_listener(encode(full_listener())), full_listener());
  EXPECT_EQ(*decode_listener(encode(Listener{})), Listener{});
}

// Halves and bytes keep these numbers exactly.
Listener placed_listener() {
  Listener listener = full_listener();
  listener.own_run = 3;
  listener.session_repeats = 2;
  listener.repeats[0].next = {4, Repeat::kNone};
  listener.repeats[4].next = {9, 0};
  for (std::size_t d = 0; d < kDimensions; ++d) {
    listener.vector[d] = (127 - static_cast<float>(d)) / 128;
  }
  for (std::size_t c = 0; c < column_layout().names.size(); ++c) {
    listener.offsets.push_back(static_cast<float>(c) / 64 - 0.5F);
  }
  return listener;
}

TEST(Blobs, a_listeners_order_vector_and_weights_survive) {
  EXPECT_EQ(*decode_listener(encode(placed_listener())), placed_listener());
}

TEST(Blobs, only_a_listeners_weights_for_other_columns_are_dropped) {
  Listener listener = placed_listener();
  std::string blob = encode(listener);
  const std::size_t layout = blob.size() - 2 * listener.offsets.size() - 4;
  blob[layout] = static_cast<char>(blob[layout] ^ 1);

  const Result<Listener> read = decode_listener(blob);

  ASSERT_TRUE(read) << read.error().detail;
  listener.offsets.clear();
  EXPECT_EQ(*read, listener);
}

TEST(Blobs, an_order_that_points_nowhere_is_refused) {
  Listener listener = placed_listener();
  listener.repeats[0].next[0] = 10;

  EXPECT_FALSE(decode_listener(encode(listener)));
}

TEST(Blobs, an_item_survives_the_way_there_and_back) {
  EXPECT_EQ(*decode_item(encode(full_item())), full_item());
  EXPECT_EQ(*decode_item(encode(Item{})), Item{});
}

TEST(Blobs, a_model_survives_the_way_there_and_back) {
  EXPECT_EQ(*decode_item_model(encode(model_of(full_item()))), model_of(full_item()));
}

TEST(Blobs, a_signal_batch_survives_the_way_there_and_back) {
  EXPECT_EQ(*decode_signal_batch(encode(full_batch())), full_batch());
}

TEST(Blobs, a_ranker_survives_the_way_there_and_back) {
  const Ranker ranker = trained_ranker();

  const Result<Ranker> back = decode_ranker(encode(ranker));

  EXPECT_TRUE(back->linear().weights().isApprox(ranker.linear().weights(), 1e-6F))
      << "moves are stored: adding them to where all begin rounds the last bit";
  EXPECT_EQ(back->learned(), 20U);
  EXPECT_TRUE(back->lessons().squares.isApprox(ranker.lessons().squares, 1e-6F));
}

TEST(Blobs, coverage_survives_the_way_there_and_back) {
  const Result<Coverage> back = decode_coverage(encode(full_coverage()));

  EXPECT_EQ(encode(*back), encode(full_coverage()));
  EXPECT_EQ(back->pending(), 2U);
}

TEST(Blobs, a_snapshot_holds_the_list_and_each_tracks_first_reason) {
  const Result<Snapshot> snapshot = decode_snapshot(encode_snapshot(short_list()));

  EXPECT_EQ(snapshot->rec_id, "segue.events.v1/3/41/0");
  EXPECT_EQ(snapshot->version, 41);
  ASSERT_EQ(snapshot->tracks.size(), 3U);
  EXPECT_EQ(snapshot->tracks[0], (Snapshot::Track{.track_id = {},
                                                  .score = 1.5F,
                                                  .source = 1,
                                                  .reason = "goes with it",
                                                  .sent = track_id("blue"),
                                                  .titled = true,
                                                  .by = artist_id("davis")}));
  EXPECT_EQ(snapshot->tracks[1], (Snapshot::Track{"so", 1.5F, 1, "goes with it"}));
  EXPECT_EQ(snapshot->tracks[2].reason, "goes with it");
}

TEST(Blobs, a_snapshot_of_an_empty_list_is_one) {
  Recommendation empty;
  empty.id = "x";

  const Result<Snapshot> snapshot = decode_snapshot(encode_snapshot(empty));

  ASSERT_TRUE(snapshot);
  EXPECT_TRUE(snapshot->tracks.empty());
}

}  // namespace
}  // namespace segue::test
