#include "core/io/store/s3_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "core/io/labels/digest.h"
#include "tests/io/servers.h"

namespace segue::io {
namespace {

using namespace std::chrono_literals;
using testing::unique;

constexpr S3Deadline kTest{.a_try = 20s, .again = 20s, .tries_max = 3};

std::string given(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error(std::string(name) + " is not set");
  return value;
}

// A bucket of a real server, each test below a prefix of its own.
StoreConfig bucket() {
  StoreConfig config;
  config.bytes_max = 1'000;
  config.s3_endpoint = given("SEGUE_TEST_S3");
  config.s3_bucket = given("SEGUE_TEST_S3_BUCKET");
  config.s3_access_key = given("SEGUE_TEST_S3_KEY");
  config.s3_secret_key = given("SEGUE_TEST_S3_SECRET");
  config.s3_prefix = unique("test") + "/";
  return config;
}

struct S3StoreTest : ::testing::Test {
  StoreConfig config = bucket();
  S3Store store{config};
  S3Client client{config};

  std::vector<S3Object> objects(const std::string& room = {}) {
    std::vector<S3Object> found;
    client.list(
        config.s3_prefix + room, [&](const S3Object& object) { found.push_back(object); }, kTest);
    return found;
  }
  Micros time_of(const std::string& name) {
    const auto found = objects(name);
    return found.empty() ? 0 : found.front().modified;
  }
  // Servers tell times to the second: until this file's mark is later than every file.
  void play(const std::string& key) {
    Micros latest = 0;
    for (const S3Object& file : objects("files/")) latest = std::max(latest, file.modified);
    while (time_of("played/" + key) <= latest) S3Store(config).count_as_played(key);
  }
};

TEST_F(S3StoreTest, gives_back_what_was_put) {
  const std::string key = store.put("music", "flac");

  EXPECT_TRUE(is_store_key(key));
  EXPECT_EQ(store.put("music", "flac"), key);
  EXPECT_EQ(store.get(key), "music");
  EXPECT_TRUE(store.has(key));
  EXPECT_EQ(objects("files/").size(), 1U);
  store.remove(key);
  store.remove(key);
  EXPECT_FALSE(store.has(key));
  EXPECT_EQ(store.get(key), std::nullopt);
  EXPECT_EQ(store.open(key), nullptr);
  EXPECT_TRUE(objects().empty()) << "nor a mark of its being played";
}

TEST_F(S3StoreTest, a_file_is_read_in_parts) {
  config.bytes_max = 10'000'000;
  S3Store large(config);
  std::string bytes(3'000'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * i >> 3U);
  const std::string key = large.put(bytes, "flac");

  const auto file = large.open(key);

  ASSERT_NE(file, nullptr);
  EXPECT_EQ(file->bytes(), bytes.size());
  std::string part(1'000'000, '\0');
  EXPECT_TRUE(file->read(1'500'000, part));
  EXPECT_EQ(part, bytes.substr(1'500'000, part.size()));
  EXPECT_FALSE(file->read(bytes.size() - 1, part));
  EXPECT_FALSE(file->read(bytes.size() + 1, part));
  EXPECT_EQ(large.get(key), bytes);
}

TEST_F(S3StoreTest, what_was_damaged_is_not_given_and_put_again) {
  const std::string key = store.put("music", "flac");
  client.put(config.s3_prefix + "files/" + key, "noise", sha256("noise"), kTest);

  EXPECT_EQ(store.get(key), std::nullopt);
  EXPECT_EQ(store.put("music", "flac"), key);
  EXPECT_EQ(store.get(key), "music");
}

TEST_F(S3StoreTest, what_was_longest_not_played_goes_first) {
  const std::string first = store.put(std::string(400, 'a'), "flac");
  const std::string second = store.put(std::string(400, 'b'), "flac");
  play(first);
  std::vector<std::string> announced;

  const auto gone = S3Store(config).make_room(400, [&](const auto& keys) { announced = keys; });

  EXPECT_EQ(gone, std::vector{second});
  EXPECT_EQ(announced, gone);
  EXPECT_TRUE(store.has(first));
  EXPECT_FALSE(store.has(second));
}

TEST_F(S3StoreTest, the_files_of_a_piece_go_together) {
  const std::string sound = store.put(std::string(300, 'a'), "flac");
  const std::string notes = store.put(std::string(300, 'b'), "mid");
  store.join({sound, notes});
  const std::string other = store.put(std::string(300, 'c'), "flac");
  play(other);

  auto gone = S3Store(config).make_room(200);

  std::ranges::sort(gone);
  EXPECT_EQ(gone, (std::vector{std::min(sound, notes), std::max(sound, notes)}));
  EXPECT_TRUE(store.has(other));
  EXPECT_EQ(objects("with/").size(), 0U);
}

TEST_F(S3StoreTest, nothing_goes_where_it_may_not) {
  const std::string key = store.put(std::string(900, 'a'), "flac");

  EXPECT_THROW(S3Store(config).make_room(200, [](const auto&) { throw std::runtime_error("no"); }),
               std::runtime_error);

  EXPECT_TRUE(store.has(key));
  EXPECT_THROW(store.put(std::string(1'001, 'a'), "flac"), std::runtime_error);
}

TEST_F(S3StoreTest, what_it_put_itself_counts_without_a_listing) {
  EXPECT_TRUE(store.make_room(100).empty());
  const std::string key = store.put(std::string(600, 'a'), "flac");

  EXPECT_TRUE(store.make_room(400).empty());
  EXPECT_EQ(store.make_room(401), std::vector{key});
}

// Both list the same files before either removes one, and each needs more room than the other left.
TEST_F(S3StoreTest, two_that_make_room_remove_no_more_than_one) {
  const std::string oldest = store.put(std::string(300, 'a'), "flac");
  const std::string second = store.put(std::string(300, 'b'), "flac");
  const std::string third = store.put(std::string(300, 'c'), "flac");
  play(second);
  play(third);
  std::vector<std::string> gone_by_other;

  const auto gone = S3Store(config).make_room(
      200, [&](const auto&) { gone_by_other = S3Store(config).make_room(200); });

  EXPECT_EQ(gone, std::vector{oldest});
  EXPECT_EQ(gone_by_other, gone);
  EXPECT_TRUE(store.has(second) && store.has(third));
}

// Servers tell times to the second: puts until the file's time is another one.
TEST_F(S3StoreTest, what_another_puts_again_meanwhile_stays) {
  const std::string bytes(900, 'a');
  const std::string key = store.put(bytes, "flac");
  const Micros listed = time_of("files/" + key);

  const auto gone = S3Store(config).make_room(200, [&](const auto&) {
    while (time_of("files/" + key) == listed) store.put(bytes, "flac");
  });

  EXPECT_TRUE(gone.empty());
  EXPECT_EQ(store.get(key), bytes);
}

TEST_F(S3StoreTest, a_wish_to_stop_ends_what_changes_it) {
  const std::string key = store.put("music", "flac");
  S3Store stopping(config, [] { return true; });

  EXPECT_THROW(stopping.put("noise", "flac"), StoreGivenUp);
  EXPECT_THROW(stopping.join({key, key.substr(0, 64) + ".mid"}), StoreGivenUp);
  EXPECT_THROW(stopping.make_room(1), StoreGivenUp);

  EXPECT_TRUE(stopping.has(key)) << "players are answered until the end";
  EXPECT_EQ(objects("files/").size(), 1U);
}

TEST_F(S3StoreTest, what_it_holds_is_known_from_a_listing_on) {
  const std::string key = store.put(std::string(600, 'a'), "flac");
  EXPECT_EQ(S3Store(config).held(), std::nullopt);

  store.make_room(100);
  store.put(std::string(200, 'b'), "mid");
  EXPECT_EQ(store.held()->bytes, 800U);
  EXPECT_EQ(store.held()->files, 2U);

  store.make_room(900);
  EXPECT_EQ(store.held()->files, 0U);
}

TEST_F(S3StoreTest, objects_of_others_stay) {
  client.put(config.s3_prefix + "files/notes.txt", "mine", sha256("mine"), kTest);
  const std::string key = store.put(std::string(900, 'a'), "flac");

  EXPECT_EQ(store.make_room(900), std::vector{key});

  ASSERT_EQ(objects().size(), 1U);
  EXPECT_EQ(objects().front().name, config.s3_prefix + "files/notes.txt");
}

TEST_F(S3StoreTest, the_bucket_may_stand_before_the_host) {
  StoreConfig before = config;
  before.s3_path_style = false;
  before.s3_endpoint =
      "http://localhost" + config.s3_endpoint.substr(config.s3_endpoint.rfind(':'));
  S3Store same(before);
  const std::string key = same.put("music", "flac");

  EXPECT_EQ(same.get(key), "music");
  EXPECT_EQ(store.get(key), "music");
}

TEST_F(S3StoreTest, more_than_a_page_is_listed) {
  constexpr std::size_t kMany = 1'100;
  for (std::size_t i = 0; i < kMany; ++i) store.put(std::to_string(i), "mid");

  EXPECT_EQ(objects("files/").size(), kMany);
}

TEST_F(S3StoreTest, threads_share_it) {
  constexpr int kThreads = 4;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 10; ++i) {
        const std::string bytes = std::to_string(t) + "/" + std::to_string(i);
        EXPECT_EQ(store.get(store.put(bytes, "mid")), bytes);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace segue::io
