#include "producers/replay/files/session_lines.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace segue {
namespace {

// A folder of its own for each test, so that tests may run side by side.
class SessionLines : public testing::Test {
 protected:
  SessionLines() {
    std::string name = (std::filesystem::temp_directory_path() / "segue-sessions-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
  }
  ~SessionLines() override { std::filesystem::remove_all(folder_); }

  // "wb" compresses, "wbT" does not.
  std::string file(std::string_view text, const char* mode = "wbT") const {
    const auto path = (folder_ / mode).string();
    const gzFile file = gzopen(path.c_str(), mode);
    if (!text.empty()) gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    gzclose(file);
    return path;
  }

 private:
  std::filesystem::path folder_;
};

std::vector<EventDraft> all_of(const std::string& path) {
  const auto listening = open_listens(path, "sessions");
  std::vector<EventDraft> events;
  while (auto event = listening->next()) events.push_back(std::move(*event));
  return events;
}

std::string complaint_of_line(const std::string& path) {
  try {
    all_of(path);
  } catch (const std::runtime_error& wrong) {
    return wrong.what();
  }
  return {};
}

TEST_F(SessionLines, each_is_a_listener_of_its_own_on_one_clock) {
  const auto events = all_of(file("7 8 7\n9\n"));

  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[0].user_id, "session-1");
  EXPECT_EQ(events[2].user_id, "session-1");
  EXPECT_EQ(events[3].user_id, "session-2");
  EXPECT_EQ(events[3].session_id, "session-2");
  EXPECT_EQ(events[2].track_id, "7");
  EXPECT_EQ(events[2].artist_id, "");
  EXPECT_EQ(events[2].seq, 3U);
  EXPECT_EQ(events[3].seq, 1U);
  EXPECT_EQ(events[0].time, kSessionsBegin);
  EXPECT_EQ(events[3].time, kSessionsBegin + 600 * kSecond);
  EXPECT_EQ(events[1].type, EventType::playback_completed);
  EXPECT_NE(events[0].play_id, events[2].play_id);
}

TEST_F(SessionLines, plain_and_gzip_give_the_same_events) {
  std::string text;
  for (int i = 0; i < 3'000; ++i) text += std::to_string(i) + " " + std::to_string(i % 7) + "\n";

  const auto plain = all_of(file(text));
  const auto gzip = all_of(file(text, "wb"));

  ASSERT_EQ(plain.size(), 6'000U);
  ASSERT_EQ(gzip.size(), plain.size());
  for (std::size_t i = 0; i < plain.size(); ++i) ASSERT_EQ(plain[i].id, gzip[i].id);
}

TEST_F(SessionLines, empty_lines_are_no_sessions) {
  const auto events = all_of(file("\n1 2 \r\n   \n\n3"));

  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[1].track_id, "2");
  EXPECT_EQ(events[2].user_id, "session-2");
  EXPECT_TRUE(all_of(file("")).empty());
}

TEST_F(SessionLines, a_bad_line_is_left_out_whole_and_named) {
  std::string text = "1 2\n3 \xFF 4\n";
  for (int i = 0; i < 200; ++i) text += "5 6\n";
  const auto path = file(text);
  const auto listening = open_listens(path, "sessions");

  std::size_t events = 0;
  while (const auto event = listening->next()) {
    ++events;
    EXPECT_NE(event->track_id, "3");
  }

  EXPECT_EQ(events, 402U);
  EXPECT_EQ(listening->skipped().rows, 1U);
  EXPECT_NE(listening->skipped().first.find("line 2: expected track ids"), std::string::npos);
}

TEST_F(SessionLines, too_many_bad_lines_are_another_kind_of_file) {
  EXPECT_NE(complaint_of_line(file("1 2\t3\n4\t5\n")).find("2 of 2 rows"), std::string::npos);
  EXPECT_NE(complaint_of_line(file("1  2\n")).find("single spaces"), std::string::npos);
  EXPECT_NE(complaint_of_line(file(std::string(129, 'x'))).find("128 bytes"), std::string::npos);
}

TEST_F(SessionLines, a_file_that_is_not_there_is_named) {
  EXPECT_NE(complaint_of_line("/nowhere/sessions").find("/nowhere/sessions"), std::string::npos);
}

}  // namespace
}  // namespace segue
