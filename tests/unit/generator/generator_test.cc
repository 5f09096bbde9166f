#include "consumers/generator/worker/generator.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <set>
#include <thread>

#include "consumers/worker/work.h"
#include "consumers/worker/worker.h"
#include "core/event/topics.h"
#include "core/io/memory/memory_log.h"
#include "core/io/memory/memory_store.h"

namespace segue::generator {
namespace {

constexpr std::chrono::seconds kLongest{30};
constexpr Micros kNow = 1'800'000'000 * kSecond;

std::string id_of(int number) {
  const std::string digits = std::to_string(number);
  return std::string(32 - digits.size(), '0') + digits;
}

GenerationJob job(int number, const std::string& wish = {}, Rule rule = Rule::no_match) {
  GenerationJob made;
  made.id = id_of(number);
  made.user_id = "u-1";
  made.specification = *checked({.genre = "jazz", .mood = "calm", .seconds = 8.0F, .seed = 7});
  made.trigger.decision.choice = Course::generate;
  made.trigger.decision.rule = rule;
  made.created = kNow;
  made.deadline = kNow + kSecond;
  made.wish = wish;
  return made;
}

std::string key_of(int number) {
  const std::string hash = id_of(number);
  return hash + hash + ".flac";
}

// Files that are only known to be there.
struct NamedFiles final : io::FileStore {
  std::set<std::string, std::less<>> keys;
  std::string put(std::string_view, std::string_view) override { return {}; }
  std::optional<std::string> get(std::string_view) override { return std::nullopt; }
  bool is_away = false;
  bool has(std::string_view key) override {
    if (is_away) throw std::runtime_error("the store is away");
    return keys.contains(key);
  }
  std::unique_ptr<io::StoredFile> open(std::string_view) override { return nullptr; }
  void count_as_played(std::string_view) override {}
  Reading reading() const override { return {.piece_bytes = 1, .threads = 1}; }
  void join(const std::vector<std::string>&) override {}
  void remove(std::string_view key) override { keys.erase(std::string(key)); }
  std::vector<std::string> make_room(std::uint64_t, const BeforeRemoval&) override { return {}; }
  std::optional<Held> held() const override { return std::nullopt; }
};

Made quickly(const GenerationJob& wanted, const Production::OnProgress& on_progress) {
  on_progress(Phase::composing, 0);
  on_progress(Phase::rendering, 0);
  on_progress(Phase::checking, 0);
  Made made;
  made.title = "Calm jazz";
  made.duration_ms = 8'000;
  made.audio_url = audio_url_of(wanted.id + wanted.id + ".flac");
  made.ai = {.composed = Degree::generated};
  made.seconds = 8;
  return made;
}

// Until it is no longer wanted.
Made for_ever(const GenerationJob&, const Production::OnProgress& on_progress) {
  for (;;) on_progress(Phase::rendering, 0.5);
}

Made in_vain(const GenerationJob&, const Production::OnProgress&) {
  return {.reason = "store", .detail = "There is no room."};
}

struct GeneratorTest : testing::Test {
  GeneratorTest() {
    log.create(std::string(topic::kGenerationJobs), 1);
    for (const auto topic : {topic::kGenerationResults, topic::kCatalog, topic::kDeadLetters}) {
      log.create(std::string(topic), 1);
    }
  }

  // One life of a generator, ended by leaving it without a word, as kill -9 does.
  struct Life {
    Life(GeneratorTest& all, Studio::Make make)
        : now(all.now),
          runtime{.now = [this] { return now; },
                  .wait = [](std::chrono::milliseconds) {},
                  .token = [&all] { return all.token(); },
                  .steady = {}},
          source(all.log, std::string(topic::kGenerationJobs)),
          sink(all.log, now),
          work(std::make_unique<Studio>(std::move(make), [this] { return now; }), all.tracks,
               all.files, runtime.now),
          worker(source, sink, all.store, work, runtime,
                 {.input = std::string(topic::kGenerationJobs), .partitions = 1}) {
      source.assign(0);
    }
    Micros now;
    Runtime runtime;
    io::MemorySource source;
    io::MemorySink sink;
    Typed<Generator> work;
    Worker worker;
  };

  io::Token token() {
    io::Token made{};
    made[0] = ++tokens;
    return made;
  }

  void ask(const GenerationJob& wanted) {
    log.append({.topic = std::string(topic::kGenerationJobs),
                .key = wanted.id,
                .value = segue::encode(wanted),
                .headers = {}},
               kNow);
  }

  std::vector<GenerationResult> published(std::string_view id = {}) const {
    std::vector<GenerationResult> all;
    for (const Record& record : log.partition(std::string(topic::kGenerationResults), 0)) {
      auto result = decode_result(*record.value);
      if (result && (id.empty() || result->job_id == id)) all.push_back(std::move(*result));
    }
    return all;
  }

  const std::vector<Record>& entries() const {
    return log.partition(std::string(topic::kCatalog), 0);
  }

  // Turns until so many results are published.
  void work_until(Life& life, std::size_t results) {
    const auto until = std::chrono::steady_clock::now() + kLongest;
    while (published().size() < results && std::chrono::steady_clock::now() < until) {
      reports.push_back(life.worker.turn());
      std::this_thread::yield();
    }
    ASSERT_EQ(published().size(), results);
  }

  // How many of the stages between are published one by one is up to the studio's thread.
  void work_until_end(Life& life) {
    const auto until = std::chrono::steady_clock::now() + kLongest;
    const auto has_end = [this] {
      return !published().empty() && is_end(published().back().stage());
    };
    while (!has_end() && std::chrono::steady_clock::now() < until) {
      life.worker.turn();
      std::this_thread::yield();
      ASSERT_TRUE(!has_end() || !entries().empty()) << "an end before its entry";
    }
    ASSERT_TRUE(has_end());
  }

  Micros now = kNow;
  std::uint8_t tokens = 0;
  io::MemoryLog log;
  io::MemoryStore store;
  NamedFiles files;
  ComposedCatalogue tracks;
  std::vector<io::BatchReport> reports;
};

TEST_F(GeneratorTest, tells_each_stage_then_the_entry_then_the_end) {
  Life life(*this, quickly);
  ask(job(1, "w"));

  work_until_end(life);

  ASSERT_EQ(published().front().stage(), segue::Stage::queued);
  const GenerationResult end = published().back();
  EXPECT_EQ(end.stage(), segue::Stage::ready);
  EXPECT_EQ(end.stages.size(), 5U);
  EXPECT_EQ(end.track_id, composed_track_id(id_of(1)));
  ASSERT_EQ(entries().size(), 1U);
  const auto entry = decode_catalog(*entries()[0].value);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->wish, "w");
  EXPECT_EQ(entry->audio_url, end.audio_url);
  EXPECT_EQ(entry->ai, (Disclosure{.composed = Degree::generated}));
}

TEST_F(GeneratorTest, a_failed_job_says_why_and_has_no_entry) {
  Life life(*this, in_vain);
  ask(job(1));

  work_until(life, 3);

  EXPECT_EQ(published().back().stage(), segue::Stage::failed);
  EXPECT_EQ(published().back().reason, "store");
  EXPECT_TRUE(entries().empty());
}

TEST_F(GeneratorTest, what_came_too_late_is_kept_as_expired) {
  now = kNow + 2 * kSecond;
  Life life(*this, quickly);
  ask(job(1));
  work_until_end(life);

  EXPECT_EQ(published().back().stage(), segue::Stage::expired);
  EXPECT_EQ(entries().size(), 1U);
}

TEST_F(GeneratorTest, the_next_life_makes_what_the_last_one_left) {
  {
    Life killed(*this, for_ever);
    ask(job(1));
    work_until(killed, 2);  // queued, composing
    for (int turn = 0; turn < 3; ++turn) killed.worker.turn();
  }
  Life life(*this, in_vain);

  work_until(life, 4);

  EXPECT_EQ(published()[2].stage(), segue::Stage::composing);
  EXPECT_EQ(published()[3].stage(), segue::Stage::failed);
}

TEST_F(GeneratorTest, a_job_that_always_ends_the_process_is_given_up) {
  ask(job(1));
  for (std::size_t tries = 1; tries <= Generator::kTriesMax; ++tries) {
    Life killed(*this, for_ever);
    work_until(killed, 1 + tries);
  }
  Life life(*this, quickly);

  work_until(life, 2 + Generator::kTriesMax);

  EXPECT_EQ(published().back().stage(), segue::Stage::failed);
  EXPECT_EQ(published().back().reason, "interrupted");
}

TEST_F(GeneratorTest, the_same_job_again_is_told_its_end_and_not_made) {
  Life life(*this, in_vain);
  ask(job(1));
  work_until(life, 3);

  ask(job(1));
  work_until(life, 4);
  for (int turn = 0; turn < 3; ++turn) life.worker.turn();

  EXPECT_EQ(published().size(), 4U);
  EXPECT_EQ(published()[3], published()[2]);
}

TEST_F(GeneratorTest, a_track_of_the_same_wish_is_reused_unless_a_new_one_is_asked) {
  CatalogEntry known;
  known.track_id = composed_track_id(id_of(9));
  known.audio_url = audio_url_of(key_of(9));
  known.wish = "w";
  Record record;
  record.key = known.track_id;
  record.value = segue::encode(known);
  tracks.take(record);
  files.keys.insert(key_of(9));
  Life life(*this, in_vain);

  ask(job(1, "w"));
  ask(job(2, "w", Rule::request));
  GenerationJob new_one = job(3, "w");
  new_one.must_be_new = true;
  ask(new_one);
  work_until(life, 8);

  EXPECT_EQ(published(id_of(1)).back().stage(), segue::Stage::reused);
  EXPECT_EQ(published(id_of(1)).back().track_id, known.track_id);
  EXPECT_EQ(published(id_of(2)).back().stage(), segue::Stage::failed);
  EXPECT_EQ(published(id_of(3)).back().stage(), segue::Stage::failed);
}

TEST_F(GeneratorTest, a_store_that_is_away_takes_no_told_track_back) {
  Life life(*this, quickly);
  ask(job(1));
  work_until(life, 5);
  files.is_away = true;

  ask(job(1));
  work_until(life, 6);

  EXPECT_EQ(published()[5], published()[4]);
  EXPECT_EQ(published()[5].stage(), segue::Stage::ready);
}

TEST_F(GeneratorTest, past_its_bound_a_partition_is_busy) {
  Life life(*this, for_ever);
  for (std::size_t i = 0; i <= OpenJobs::kMax; ++i) ask(job(static_cast<int>(i)));

  work_until(life, OpenJobs::kMax + 2);  // and one composing

  const std::vector<GenerationResult> last = published(id_of(static_cast<int>(OpenJobs::kMax)));
  ASSERT_EQ(last.size(), 1U);
  EXPECT_EQ(last[0].reason, "busy");
  EXPECT_EQ(*reports.back().jobs_open, OpenJobs::kMax);
}

TEST_F(GeneratorTest, a_higher_priority_goes_first) {
  Life life(*this, in_vain);
  GenerationJob urgent = job(2);
  urgent.priority = 1;
  ask(job(1));
  ask(urgent);

  work_until(life, 6);

  EXPECT_EQ(published()[2].job_id, urgent.id);
}

TEST(OpenJobs, survive_the_way_there_and_back) {
  OpenJobs open;
  OpenJob one;
  one.job = job(1, "w");
  one.result.job_id = one.job.id;
  one.result.user_id = one.job.user_id;
  one.result.stages = {{segue::Stage::queued, kNow}, {segue::Stage::composing, kNow + 1'000}};
  one.tries = 2;
  open.bench->push_back(one);

  const auto back = decode_open_jobs(encode(open));

  ASSERT_TRUE(back) << back.error().detail;
  EXPECT_EQ(*back->bench, *open.bench);
}

TEST(OpenJobs, refuses_what_is_none) {
  EXPECT_FALSE(decode_open_jobs(""));
  EXPECT_FALSE(decode_open_jobs("{}"));
  EXPECT_FALSE(decode_open_jobs(R"({"version":1})"));
  EXPECT_FALSE(decode_open_jobs(R"({"version":1,"jobs":[1]})"));
  EXPECT_FALSE(decode_open_jobs(R"({"version":1,"jobs":[{"tries":1}]})"));
  EXPECT_EQ(decode_open_jobs(R"({"version":2,"jobs":[]})").error().reason, Reason::unknown_version);
}

TEST(Fate, keeps_no_listener) {
  GenerationResult end;
  end.job_id = id_of(1);
  end.user_id = "u-1";
  end.stages = {{segue::Stage::queued, kNow}, {segue::Stage::failed, kNow}};
  end.reason = "store";

  const std::string blob = encode(Fate{end});
  const auto back = decode_fate(blob);

  EXPECT_EQ(blob.find("u-1"), std::string::npos);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->end->reason, "store");
  EXPECT_FALSE(decode_fate(R"({"job_id":"j","user_id":"u","stage":"queued","stages":[]})"));
}

}  // namespace
}  // namespace segue::generator
