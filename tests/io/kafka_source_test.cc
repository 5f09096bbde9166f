#include "core/io/kafka/kafka_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <set>

#include "core/io/kafka/kafka_sink.h"
#include "tests/io/servers.h"

namespace segue::io {
namespace {

using std::chrono::milliseconds;
using testing::kafka;
using testing::new_topic;
using testing::offsets_of;
using testing::poll_until;
using testing::range;
using testing::unique;
using testing::write;

constexpr milliseconds kShort{300};

// A source that has been given all `partitions`, started at 0.
Polled join(Source& source, std::size_t partitions) {
  Polled polled =
      poll_until(source, [&](const Polled& all) { return all.assigned.size() == partitions; });
  std::vector<PartitionOffset> from;
  for (const std::int32_t p : polled.assigned) from.push_back({p, 0});
  source.start(from);
  return polled;
}

std::vector<std::int64_t> read(Source& source, std::size_t count) {
  return offsets_of(
      poll_until(source, [&](const Polled& all) { return all.records.size() >= count; }).records);
}

// Each record in a batch of its own, of bytes that no compression makes smaller.
void write_apart(const std::string& topic, int count, std::size_t bytes) {
  KafkaStream stream(kafka());
  std::mt19937 random(1);
  for (int i = 0; i < count; ++i) {
    std::string value(bytes, '\0');
    for (char& byte : value) byte = static_cast<char>(random());
    stream.send({.topic = topic, .partition = 0, .key = "k", .value = value, .headers = {}});
    ASSERT_EQ(stream.flush(milliseconds{30'000}), 0U);
  }
}

std::string message_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const std::runtime_error& e) {
    return e.what();
  }
  return "nothing was thrown";
}

TEST(KafkaSource, an_assigned_partition_is_silent_until_it_is_started) {
  const std::string topic = new_topic("silent", 1);
  write(kafka(), topic, 0, 0, 10);
  KafkaSource source(kafka(), unique("group"), topic, 1);

  const Polled joined = poll_until(source, [](const Polled& all) { return !all.assigned.empty(); });
  const Polled before = source.poll(100, kShort);
  source.start(std::vector<PartitionOffset>{{0, 4}});

  EXPECT_EQ(joined.assigned, std::vector<std::int32_t>{0});
  EXPECT_TRUE(joined.records.empty());
  EXPECT_TRUE(before.records.empty());
  EXPECT_EQ(read(source, 6), range(4, 10));
}

TEST(KafkaSource, records_arrive_as_they_were_written) {
  const std::string topic = new_topic("content", 1);
  write(kafka(), topic, 0, 0, 1);
  KafkaSource source(kafka(), unique("group"), topic, 1);
  join(source, 1);

  const Polled polled = poll_until(source, [](const Polled& all) { return !all.records.empty(); });

  ASSERT_EQ(polled.records.size(), 1U);
  EXPECT_EQ(polled.records[0].partition, 0);
  EXPECT_EQ(polled.records[0].offset, 0);
  EXPECT_EQ(polled.records[0].key, "k0");
  EXPECT_EQ(polled.records[0].value, "0");
  EXPECT_GT(polled.records[0].timestamp, 1'500'000'000 * kSecond);
}

TEST(KafkaSource, a_poll_takes_no_more_than_it_may_and_loses_none) {
  const std::string topic = new_topic("bounded", 1);
  write(kafka(), topic, 0, 0, 1'000);
  KafkaSource source(kafka(), unique("group"), topic, 1);
  join(source, 1);

  std::vector<std::int64_t> offsets;
  while (offsets.size() < 1'000) {
    const Polled polled = source.poll(7, kShort);
    ASSERT_LE(polled.records.size(), 7U);
    for (const std::int64_t offset : offsets_of(polled.records)) offsets.push_back(offset);
  }

  EXPECT_EQ(offsets, range(0, 1'000));
}

// All of it in one partition, in batches smaller than what is gathered.
TEST(KafkaSource, a_backlog_does_not_wait_for_more) {
  const std::string topic = new_topic("backlog", 1);
  write_apart(topic, 64, 16 * 1024);
  KafkaConfig gathering = kafka();
  gathering.fetch_bytes_min = 256 * 1024;
  gathering.fetch_wait_ms = 5'000;
  KafkaSource source(gathering, unique("group"), topic, 1);
  join(source, 1);

  const auto began = std::chrono::steady_clock::now();
  read(source, 40);

  EXPECT_LT(std::chrono::steady_clock::now() - began, milliseconds{gathering.fetch_wait_ms});
}

// The second start outdates what was fetched for the first, whether it lies before or behind.
TEST(KafkaSource, a_start_moves_a_partition_that_is_being_read) {
  const std::string topic = new_topic("moves", 2);
  write(kafka(), topic, 0, 0, 20'000);
  write(kafka(), topic, 1, 0, 20'000);
  KafkaSource source(kafka(), unique("group"), topic, 2);
  join(source, 2);
  read(source, 100);

  for (const std::int64_t to : {5'000, 4, 19'000, 0, 12'345, 12'345, 100}) {
    source.start(std::vector<PartitionOffset>{{0, to}});
    const Polled polled = poll_until(source, [](const Polled& all) {
      return std::ranges::count(all.records, 0, &Record::partition) >= 300;
    });
    std::vector<std::int64_t> moved;
    for (const Record& r : polled.records) {
      if (r.partition == 0) moved.push_back(r.offset);
    }
    EXPECT_EQ(moved, range(to, to + static_cast<std::int64_t>(moved.size()))) << "after " << to;
  }
}

// As a worker does that is fenced again and again: no reading between the moves.
TEST(KafkaSource, starts_in_quick_succession_end_at_the_last) {
  const std::string topic = new_topic("quick", 1);
  write(kafka(), topic, 0, 0, 5'000);
  KafkaSource source(kafka(), unique("group"), topic, 1);
  join(source, 1);

  for (std::int64_t i = 0; i < 200; ++i) {
    source.start(std::vector<PartitionOffset>{{0, (i * 37) % 4'000}});
  }
  source.start(std::vector<PartitionOffset>{{0, 4'321}});

  EXPECT_EQ(read(source, 679), range(4'321, 5'000));
}

TEST(KafkaSource, a_second_member_takes_its_share_and_gives_it_back) {
  const std::string topic = new_topic("shared", 4);
  const std::string group = unique("group");
  for (std::int32_t p = 0; p < 4; ++p) write(kafka(), topic, p, 0, 10);
  KafkaSource first(kafka(), group, topic, 4);
  join(first, 4);
  EXPECT_EQ(read(first, 40).size(), 40U);

  std::set<std::int32_t> of_second;
  std::set<std::int32_t> taken;
  {
    KafkaSource second(kafka(), group, topic, 4);
    const auto until = std::chrono::steady_clock::now() + testing::kPatience;
    while (of_second.size() < 2 && std::chrono::steady_clock::now() < until) {
      for (const std::int32_t p : first.poll(100, milliseconds(20)).revoked) taken.insert(p);
      for (const std::int32_t p : second.poll(100, milliseconds(20)).assigned) of_second.insert(p);
    }
    ASSERT_EQ(of_second.size(), 2U);
    EXPECT_EQ(taken, of_second);

    // A partition that was taken is silent here, and read there; the rest goes on here.
    for (std::int32_t p = 0; p < 4; ++p) write(kafka(), topic, p, 10, 5);
    for (const std::int32_t p : of_second) second.start(std::vector<PartitionOffset>{{p, 10}});
    const auto ten = [](const Polled& all) { return all.records.size() >= 10; };
    for (const Record& r : poll_until(second, ten).records) {
      EXPECT_TRUE(of_second.contains(r.partition));
      EXPECT_GE(r.offset, 10);
    }
    for (const Record& r : poll_until(first, ten).records) {
      EXPECT_FALSE(of_second.contains(r.partition));
      EXPECT_GE(r.offset, 10);
    }
  }

  const Polled back = poll_until(first, [](const Polled& all) { return all.assigned.size() == 2; });
  EXPECT_EQ(std::set<std::int32_t>(back.assigned.begin(), back.assigned.end()), of_second);
}

// A member may lose a partition that it never started, and the group must not wait for it.
TEST(KafkaSource, partitions_that_were_never_started_move_too) {
  const std::string topic = new_topic("unstarted", 4);
  const std::string group = unique("group");
  KafkaSource first(kafka(), group, topic, 4);
  poll_until(first, [](const Polled& all) { return all.assigned.size() == 4; });

  KafkaSource second(kafka(), group, topic, 4);
  std::size_t assigned = 0;
  const auto until = std::chrono::steady_clock::now() + testing::kPatience;
  while (assigned < 2 && std::chrono::steady_clock::now() < until) {
    first.poll(100, milliseconds(20));
    assigned += second.poll(100, milliseconds(20)).assigned.size();
  }

  EXPECT_EQ(assigned, 2U);
}

TEST(KafkaSource, an_offset_outside_the_log_stops_the_reader) {
  const std::string topic = new_topic("outside", 1);
  write(kafka(), topic, 0, 0, 10);
  KafkaSource source(kafka(), unique("group"), topic, 1);
  poll_until(source, [](const Polled& all) { return !all.assigned.empty(); });
  source.start(std::vector<PartitionOffset>{{0, 500}});

  const std::string message = message_of(
      [&] { poll_until(source, [](const Polled& all) { return !all.records.empty(); }); });

  EXPECT_NE(message.find("the log was trimmed"), std::string::npos) << message;
}

TEST(KafkaSource, tells_where_the_log_begins_and_ends) {
  const std::string topic = new_topic("marks", 2);
  write(kafka(), topic, 1, 0, 25);
  KafkaSource source(kafka(), unique("group"), topic, 2);
  join(source, 2);

  EXPECT_EQ(source.watermarks(1).low, 0);
  EXPECT_EQ(source.watermarks(1).high, 25);
  EXPECT_EQ(source.watermarks(0).high, 0);
  EXPECT_EQ(read(source, 25), range(0, 25));
  EXPECT_EQ(source.high_seen(1), 25);
}

TEST(KafkaSource, a_hint_never_decides_where_reading_begins) {
  const std::string topic = new_topic("hinted", 1);
  const std::string group = unique("group");
  write(kafka(), topic, 0, 0, 10);
  {
    KafkaSource source(kafka(), group, topic, 1);
    join(source, 1);
    read(source, 10);
    source.hint(std::vector<PartitionOffset>{{0, 7}});
  }
  KafkaSource again(kafka(), group, topic, 1);
  join(again, 1);

  EXPECT_EQ(read(again, 10), range(0, 10));
}

TEST(KafkaSource, a_start_that_cannot_work_says_why) {
  const std::string topic = new_topic("wrong", 3);
  KafkaConfig nowhere = kafka();
  nowhere.brokers = "127.0.0.1:1";

  const std::string missing =
      message_of([&] { KafkaSource(kafka(), "group", unique("missing"), 0); });
  const std::string partitions = message_of([&] { KafkaSource(kafka(), "group", topic, 16); });
  const std::string unreachable = message_of([&] { KafkaSource(nowhere, "group", topic, 3); });

  EXPECT_NE(missing.find("segue-admin init"), std::string::npos) << missing;
  EXPECT_NE(partitions.find("has 3 partitions"), std::string::npos) << partitions;
  EXPECT_NE(unreachable.find("kafka.brokers"), std::string::npos) << unreachable;
}

}  // namespace
}  // namespace segue::io
