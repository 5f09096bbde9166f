#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "core/io/store/durable_file.h"
#include "core/io/store/folder_store.h"
#include "tests/unit/audio/pieces.h"

namespace segue::io {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::size_t files_in(const std::string& folder) {
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    count += entry.is_regular_file() ? 1 : 0;
  }
  return count;
}

void play_hours_ago(const FolderStore& store, const std::string& key, int hours) {
  const auto then = fs::file_time_type::clock::now() - std::chrono::hours(hours);
  fs::last_write_time(store.path_of(key), then);
}

struct FolderStoreTest : testing::Test {
  TemporaryFolder folder;
  FolderStore store{folder / "store", 1'000};
};

TEST_F(FolderStoreTest, gives_back_what_was_put) {
  const std::string key = store.put("music", "flac");

  EXPECT_TRUE(is_store_key(key));
  EXPECT_EQ(store.put("music", "flac"), key);
  EXPECT_EQ(store.get(key), "music");
  EXPECT_EQ(files_in(folder.path()), 1U);
  store.remove(key);
  store.remove(key);
  EXPECT_FALSE(store.has(key));
  EXPECT_EQ(store.get(key), std::nullopt);
}

TEST_F(FolderStoreTest, keys_are_never_paths) {
  EXPECT_FALSE(is_store_key("../../etc/passwd"));
  EXPECT_FALSE(is_store_key(std::string(64, 'a') + "./x"));
  EXPECT_FALSE(is_store_key(std::string(64, 'a') + "."));
  EXPECT_FALSE(is_store_key(std::string(64, 'G') + ".flac"));
  EXPECT_EQ(store.get("../../etc/passwd"), std::nullopt);
}

TEST_F(FolderStoreTest, what_was_damaged_is_not_given_and_put_again) {
  const std::string key = store.put("music", "flac");
  write_file(store.path_of(key), "musik");

  EXPECT_EQ(store.get(key), std::nullopt);
  store.put("music", "flac");
  EXPECT_EQ(store.get(key), "music");
}

TEST_F(FolderStoreTest, what_was_longest_not_played_goes_first) {
  const std::string old = store.put(std::string(400, 'a'), "mp3");
  const std::string played = store.put(std::string(400, 'b'), "mp3");
  play_hours_ago(store, old, 5);
  play_hours_ago(store, played, 9);
  store.get(played);

  EXPECT_EQ(store.make_room(100), std::vector<std::string>{});
  EXPECT_EQ(store.make_room(400), std::vector<std::string>{old});
  EXPECT_TRUE(store.has(played));
}

TEST_F(FolderStoreTest, the_files_of_a_piece_go_together) {
  const std::string sound = store.put(std::string(300, 'a'), "flac");
  const std::string notes = store.put(std::string(100, 'n'), "mid");
  const std::string other = store.put(std::string(300, 'b'), "flac");
  const std::string shared = store.put(std::string(100, 's'), "mid");
  store.join({sound, notes, shared});
  store.join({other, shared});
  play_hours_ago(store, notes, 9);
  play_hours_ago(store, shared, 9);
  play_hours_ago(store, other, 5);
  play_hours_ago(store, sound, 2);

  EXPECT_EQ(store.make_room(200), std::vector<std::string>{}) << "all of it is within the bound";
  EXPECT_EQ(store.make_room(300), std::vector<std::string>{other}) << "played longest ago";
  EXPECT_TRUE(store.has(shared)) << "it is of a piece that stays";
  EXPECT_EQ(store.make_room(900).size(), 3U);
  EXPECT_EQ(files_in(folder.path()), 0U);
}

// A file that one process finds and counts as played is not removed by another one meanwhile.
TEST_F(FolderStoreTest, processes_put_and_make_room_in_turn) {
  const std::string key = store.put(std::string(900, 'a'), "flac");
  FolderStore second(folder / "store", 1'000);
  std::thread putting;
  std::atomic<bool> begun = false;
  std::atomic<bool> put = false;

  store.make_room(900, [&](const auto&) {
    putting = std::thread([&] {
      begun = true;
      begun.notify_one();
      second.put(std::string(900, 'a'), "flac");
      put = true;
    });
    begun.wait(false);
    for (int i = 0; i < 1'000; ++i) std::this_thread::yield();
    EXPECT_FALSE(put);
  });
  putting.join();

  EXPECT_TRUE(second.has(key)) << "put after it was removed";
}

TEST_F(FolderStoreTest, what_it_holds_is_known_from_a_look_on) {
  store.put(std::string(600, 'a'), "flac");
  EXPECT_FALSE(store.held());

  store.make_room(100);
  store.put(std::string(200, 'b'), "mid");
  store.put(std::string(200, 'b'), "mid");
  EXPECT_EQ(store.held()->bytes, 800U);
  EXPECT_EQ(store.held()->files, 2U);

  store.make_room(900);
  EXPECT_EQ(store.held()->bytes, 0U);
}

TEST_F(FolderStoreTest, what_never_fits_is_one_clear_line) {
  EXPECT_NE(complaint([&] { store.put(std::string(2'000, 'x'), "mp3"); }).find("does not fit"),
            std::string::npos);
}

TEST_F(FolderStoreTest, what_a_crash_left_is_removed_later) {
  write_file(folder / "store/a.mp3.1-0.part", "half");
  write_file(folder / "store/b.mp3.1-0.part", "half");
  fs::last_write_time(folder / "store/a.mp3.1-0.part", fs::file_time_type::clock::now() - 2h);
  const FolderStore again(folder / "store", 1'000);

  EXPECT_FALSE(fs::exists(folder / "store/a.mp3.1-0.part"));
  EXPECT_TRUE(fs::exists(folder / "store/b.mp3.1-0.part"));
}

// In a process of its own, whose files may not grow past a thousand bytes: as on a full disk,
// writing fails halfway.
TEST(DurableFile, a_full_disk_leaves_nothing_and_is_one_clear_line) {
  const TemporaryFolder folder;
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1'000, 1'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    const std::string line =
        complaint([&] { write_durably(folder / "a.mp3", std::string(5'000, 'x')); });
    const bool clear = line.find("Cannot write") != std::string::npos &&
                       line.find('\n') == std::string::npos && files_in(folder.path()) == 0;
    _exit(clear ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);

  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace segue::io
