#include "core/io/store/measured_store.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "core/io/metrics/metrics.h"
#include "core/io/metrics/store_metrics.h"
#include "core/io/store/folder_store.h"
#include "core/io/store/s3_request.h"
#include "tests/unit/audio/pieces.h"

namespace segue::io {
namespace {

// Throws what it is given, whatever it is asked.
template <class Trouble>
struct Troubled final : FileStore {
  Trouble trouble{};
  explicit Troubled(Trouble given) : trouble(std::move(given)) {}
  std::string put(std::string_view, std::string_view) override { throw trouble; }
  std::optional<std::string> get(std::string_view) override { throw trouble; }
  bool has(std::string_view) override { throw trouble; }
  std::unique_ptr<StoredFile> open(std::string_view) override { throw trouble; }
  void count_as_played(std::string_view) override {}
  Reading reading() const override { return {.piece_bytes = 1, .threads = 1}; }
  void join(const std::vector<std::string>&) override { throw trouble; }
  void remove(std::string_view) override { throw trouble; }
  std::vector<std::string> make_room(std::uint64_t, const BeforeRemoval&) override {
    throw trouble;
  }
  std::optional<Held> held() const override { return std::nullopt; }
};

struct MeasuredStoreTest : testing::Test {
  TemporaryFolder folder;
  Metrics metrics{"segue-generator"};

  bool shows(const std::string& line) {
    return ("\n" + metrics.text()).find("\n" + line + "\n") != std::string::npos;
  }
  bool counts(std::string_view outcome, std::string_view request, int times) {
    return shows("segue_store_requests_total{outcome=\"" + std::string(outcome) + "\",request=\"" +
                 std::string(request) + "\"} " + std::to_string(times));
  }
};

TEST_F(MeasuredStoreTest, requests_are_counted_by_their_outcome) {
  MeasuredStore store(std::make_unique<FolderStore>(folder / "store", 1'000), 1'000,
                      metrics.store());
  std::array<char, 5> part{};

  store.make_room(5);
  const std::string key = store.put("music", "flac");
  store.join({key});
  store.get(key);
  store.open(key)->read(0, part);
  store.open(key)->read(1, part);
  store.has(key);
  store.remove(key);
  store.has(key);
  store.get(key);

  EXPECT_TRUE(counts("done", "put", 2));
  EXPECT_TRUE(counts("done", "get", 2));
  EXPECT_TRUE(counts("absent", "get", 2)) << "no file, or a shorter one";
  EXPECT_TRUE(counts("done", "look", 3));
  EXPECT_TRUE(counts("absent", "look", 1));
  EXPECT_TRUE(counts("done", "make_room", 2));
  EXPECT_TRUE(counts("failed", "put", 0)) << "counted from 0";
  EXPECT_TRUE(shows("segue_store_request_seconds_count{request=\"put\"} 2"));
}

TEST_F(MeasuredStoreTest, bytes_and_files_are_shown_beside_their_limit) {
  MeasuredStore store(std::make_unique<FolderStore>(folder / "store", 1'000), 1'000,
                      metrics.store());
  EXPECT_TRUE(shows("segue_store_max_bytes 1000"));
  EXPECT_EQ(metrics.text().find("\nsegue_store_bytes "), std::string::npos) << "not known yet";

  store.make_room(5);
  store.put("music", "flac");

  EXPECT_TRUE(shows("segue_store_bytes 5"));
  EXPECT_TRUE(shows("segue_store_files 1"));
}

TEST_F(MeasuredStoreTest, a_store_that_is_away_is_not_one_that_fails) {
  MeasuredStore away(std::make_unique<Troubled<S3Away>>(S3Away("away")), 1, metrics.store());

  EXPECT_THROW(away.put("music", "flac"), S3Away);
  EXPECT_THROW(away.get("key"), S3Away);
  EXPECT_TRUE(counts("away", "put", 1));
  EXPECT_TRUE(counts("away", "get", 1));
  EXPECT_TRUE(counts("failed", "put", 0));
}

TEST_F(MeasuredStoreTest, a_store_that_refuses_fails) {
  MeasuredStore store(std::make_unique<Troubled<S3Refused>>(S3Refused("no")), 1, metrics.store());

  EXPECT_THROW(store.make_room(1), S3Refused);
  EXPECT_TRUE(counts("failed", "make_room", 1));
}

TEST_F(MeasuredStoreTest, what_is_given_up_is_not_counted) {
  MeasuredStore store(std::make_unique<Troubled<StoreGivenUp>>(StoreGivenUp()), 1, metrics.store());

  EXPECT_THROW(store.put("music", "flac"), StoreGivenUp);
  for (const char* outcome : {"done", "absent", "away", "failed"}) {
    EXPECT_TRUE(counts(outcome, "put", 0)) << outcome;
  }
}

TEST(StoreMetrics, a_program_without_a_store_shows_none_of_its_figures) {
  const Metrics metrics("segue-gateway");

  EXPECT_EQ(metrics.text().find("segue_store_"), std::string::npos);
}

}  // namespace
}  // namespace segue::io
