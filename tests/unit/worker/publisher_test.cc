#include "consumers/worker/publisher.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <set>
#include <string>

#include "consumers/worker/arrivals.h"
#include "consumers/worker/lag/progress.h"
#include "consumers/worker/outbox.h"
#include "core/event/topics.h"
#include "core/item/item_signal.h"

namespace segue {
namespace {

// Takes what is small enough; remembers what it took, call by call.
class Picky final : public io::Sink {
 public:
  explicit Picky(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  std::vector<io::Sent> publish(std::span<const io::Publication> publications) override {
    std::vector<io::Sent> sent;
    calls.emplace_back();
    for (const io::Publication& publication : publications) {
      const bool fits = bytes_of(publication) <= bytes_max_;
      if (fits) calls.back().push_back(publication);
      sent.push_back({.fate = away   ? io::Sent::Fate::unknown
                              : fits ? io::Sent::Fate::in_log
                                     : io::Sent::Fate::refused,
                      .why = fits ? "" : "too large"});
    }
    return sent;
  }

  std::vector<io::Publication> taken() const {
    std::vector<io::Publication> all;
    for (const auto& call : calls) all.insert(all.end(), call.begin(), call.end());
    return all;
  }

  bool away = false;
  std::vector<std::vector<io::Publication>> calls;

 private:
  static std::size_t bytes_of(const io::Publication& publication) {
    std::size_t bytes = publication.value ? publication.value->size() : 0;
    bytes += publication.key ? publication.key->size() : 0;
    for (const Header& header : publication.headers) bytes += header.value.size();
    return bytes;
  }
  std::size_t bytes_max_;
};

using Outcome = Publisher::Outcome;

io::Publication letter_of(std::size_t bytes) {
  io::BatchReport report;
  Outbox outbox("segue.events.v1", 3, report);
  const Record record{.partition = 3,
                      .offset = 7,
                      .timestamp = 0,
                      .key = "ada",
                      .value = std::string(bytes, 'x'),
                      .headers = {{"ce_id", "1"}, {"big", std::string(1'000, 'h')}}};
  outbox.dead_letter(record, error(Reason::malformed, "it is no JSON"), "decode", 0);
  return outbox.publications().front();
}

std::string header_of(const io::Publication& publication, std::string_view name) {
  const auto found = std::ranges::find(publication.headers, name, &Header::name);
  return found == publication.headers.end() ? "" : found->value;
}

TEST(Publisher, a_letter_that_is_too_large_carries_its_beginning_and_hash) {
  Picky sink(6'000);

  const auto published = Publisher(sink).publish({letter_of(10'000)});

  EXPECT_EQ(published[0].outcome, Outcome::in_log);
  ASSERT_EQ(sink.taken().size(), 1U);
  const io::Publication cut = sink.taken()[0];
  EXPECT_EQ(*cut.value, std::string(4'096, 'x'));
  EXPECT_EQ(cut.key, "ada");
  EXPECT_EQ(header_of(cut, "segue_dlq_value_bytes"), "10000");
  // The hash of so many letters x, as sha256sum says.
  EXPECT_EQ(header_of(cut, "segue_dlq_value_sha256"),
            "e4ee97ec252749d2096447e849628d0d7734f51700416eefbb33574bf0b3ee75");
  EXPECT_EQ(header_of(cut, "ce_id"), "1");
  EXPECT_EQ(header_of(cut, "big"), "");
}

TEST(Publisher, at_last_a_letter_is_place_and_reason_alone) {
  Picky sink(200);

  const auto published = Publisher(sink).publish({letter_of(10'000)});

  EXPECT_EQ(published[0].outcome, Outcome::in_log);
  ASSERT_EQ(sink.taken().size(), 1U);
  EXPECT_FALSE(sink.taken()[0].value);
  EXPECT_EQ(header_of(sink.taken()[0], "segue_dlq_original_offset"), "7");
  EXPECT_EQ(header_of(sink.taken()[0], "segue_dlq_reason"), "malformed");
}

TEST(Publisher, what_has_no_smaller_form_is_left_out_with_kafka_s_reason) {
  Picky sink(10);
  const io::Publication lesson{.topic = std::string(topic::kLessons),
                               .partition = -1,
                               .key = "0",
                               .value = std::string(100, 'x'),
                               .headers = {}};

  const auto published = Publisher(sink).publish({letter_of(5), lesson});

  for (const auto& one : published) {
    EXPECT_EQ(one.outcome, Outcome::left_out);
    EXPECT_EQ(one.why, "too large");
  }
}

TEST(Publisher, nothing_is_cut_while_a_limit_is_unknown) {
  Picky sink(10);
  sink.away = true;

  const auto published = Publisher(sink).publish({letter_of(10'000)});

  EXPECT_EQ(published[0].outcome, Outcome::unknown);
  EXPECT_EQ(sink.calls.size(), 1U);
}

TEST(Publisher, a_list_loses_its_last_tracks) {
  Picky sink(55);
  const io::Publication list{.topic = std::string(topic::kRecommendations),
                             .partition = -1,
                             .key = "ada",
                             .value = R"({"rec_id":"r","items":[{"t":1},{"t":2},{"t":3},{"t":4}]})",
                             .headers = {}};

  const auto published = Publisher(sink).publish({list});

  EXPECT_EQ(published[0].outcome, Outcome::in_log);
  ASSERT_EQ(sink.taken().size(), 1U);
  const auto items = boost::json::parse(*sink.taken()[0].value).at("items").as_array();
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].at("t"), 1);
}

SignalBatch signals_of(std::int64_t events) {
  SignalBatch batch;
  batch.source = "segue.events.v1@1";
  batch.partition = 3;
  batch.first = 100;
  batch.next = 100 + events;
  for (std::int64_t offset = batch.first; offset < batch.next; ++offset) {
    for (int n = 0; n < 3; ++n) {
      ItemSignal& signal = batch.signals.emplace_back();
      signal.offset = offset;
      signal.item = ItemId{7};
      signal.name = "track";
    }
  }
  return batch;
}

TEST(Publisher, signals_are_cut_between_events_one_record_at_a_time) {
  const SignalBatch batch = signals_of(16);
  const std::string whole = encode(batch);
  Picky sink(whole.size() / 3);

  const auto published = Publisher(sink).publish({{.topic = std::string(topic::kItemSignals),
                                                   .partition = 5,
                                                   .key = std::nullopt,
                                                   .value = whole,
                                                   .headers = {}}});

  EXPECT_EQ(published[0].outcome, Outcome::in_log);
  std::int64_t next = batch.first;
  std::size_t signals = 0;
  for (const auto& call : sink.calls) EXPECT_LE(call.size(), 1U);
  for (const io::Publication& piece : sink.taken()) {
    EXPECT_EQ(piece.partition, 5);
    const SignalBatch read = *decode_signal_batch(*piece.value);
    EXPECT_EQ(read.first, next);
    next = read.next;
    for (const ItemSignal& signal : read.signals) {
      EXPECT_TRUE(signal.offset >= read.first && signal.offset < read.next);
    }
    signals += read.signals.size();
  }
  EXPECT_EQ(next, batch.next);
  EXPECT_EQ(signals, batch.signals.size());
}

TEST(Outbox, letters_are_counted_once_they_are_in_their_topic) {
  io::BatchReport report;
  Outbox outbox("segue.events.v1", 0, report);
  outbox.dead_letter({}, error(Reason::malformed, ""), "decode", 0);
  outbox.dead_letter({}, error(Reason::malformed, ""), "decode", 0);
  EXPECT_TRUE(report.dead_letters.empty());

  outbox.dead_letter({}, error(Reason::malformed, ""), "decode", 0);
  outbox.left_out(outbox.publications().back());
  outbox.count_dead_letters();

  ASSERT_EQ(report.dead_letters.size(), 1U);
  EXPECT_EQ(report.dead_letters[0].second, 2U);
}

TEST(Arrivals, what_cannot_be_read_stands_in_its_place) {
  io::Polled polled;
  for (const std::int64_t offset : {4, 5, 9}) polled.records.emplace_back().offset = offset;
  polled.unreadable.push_back({.partition = 0, .first = 6, .next = 9, .why = "broken"});

  auto arrivals = by_partition(std::move(polled)).at(0);

  ASSERT_EQ(arrivals.size(), 4U);
  EXPECT_EQ(arrivals[2].record.offset, 6);
  EXPECT_EQ(arrivals[2].next, 9);
  EXPECT_EQ(arrivals[2].refused->reason, Reason::unreadable);
  leave_out_done(arrivals, 7);
  ASSERT_EQ(arrivals.size(), 2U);
  EXPECT_EQ(arrivals[0].record.offset, 7);
}

TEST(Arrivals, a_record_belongs_on_its_key_s_partition) {
  Record record;
  record.key = "ada";
  record.partition = partition_of("ada", 16);

  EXPECT_FALSE(misplaced(record, 16));
  EXPECT_FALSE(misplaced(record, 0));
  record.partition = (record.partition + 1) % 16;
  EXPECT_EQ(misplaced(record, 16)->reason, Reason::wrong_partition);
  EXPECT_FALSE(misplaced(record, 0));
  record.key.reset();
  EXPECT_FALSE(misplaced(record, 16));
}

TEST(Progress, a_partition_that_is_claimed_again_and_again_stands) {
  Progress progress;
  const auto high = [](std::int32_t) { return 304; };
  progress.claimed(2, 0, 1);
  EXPECT_EQ(progress.progress(high, 10 * kSecond)[0].stands, 0);

  progress.claimed(2, 0, 2);
  const auto unknown = [](std::int32_t) { return -1; };
  const auto standing = progress.progress(unknown, 50 * kSecond);

  EXPECT_EQ(standing[0].events, 304);
  EXPECT_EQ(standing[0].stands, 40);
  EXPECT_EQ(standing[0].attempts, 2U);
  progress.applied(2, 304, 0);
  EXPECT_EQ(progress.progress(high, 60 * kSecond)[0].stands, 0);
}

}  // namespace
}  // namespace segue
