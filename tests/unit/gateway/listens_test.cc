#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "producers/replay/files/listen_row.h"
#include "producers/replay/files/listening.h"
#include "producers/replay/files/session_numbers.h"

namespace segue {
namespace {

constexpr std::string_view k30MusicHeader =
    "ts\tuser\tsession\ttrack\tartist\tslice\tplayed_fraction\tgap_s\n";
constexpr std::string_view kCsvHeader =
    "time,user_id,session_id,track_id,artist_id,played_fraction\n";

// A folder of its own for each test, so that tests may run side by side.
class Listens : public testing::Test {
 protected:
  Listens() {
    std::string name = (std::filesystem::temp_directory_path() / "segue-listens-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
  }
  ~Listens() override { std::filesystem::remove_all(folder_); }

  std::string plain(std::string_view text) const {
    const auto path = folder_ / "listens";
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }

  std::string gzip(std::string_view text) const {
    const auto path = (folder_ / "compressed").string();
    const gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    gzclose(file);
    return path;
  }

 private:
  std::filesystem::path folder_;
};

std::vector<EventDraft> all_of(Listening& listening) {
  std::vector<EventDraft> events;
  while (auto event = listening.next()) events.push_back(std::move(*event));
  return events;
}

// The message of what is thrown on the way to the end; empty if nothing is.
std::string complaint(const std::string& path, const std::string& format) {
  try {
    const auto listening = open_listens(path, format);
    all_of(*listening);
  } catch (const std::runtime_error& wrong) {
    return wrong.what();
  }
  return {};
}

std::string rows_of(int count, std::string_view bad_row, int bad) {
  std::string text(k30MusicHeader);
  for (int i = 0; i < count; ++i) {
    if (i < bad)
      text.append(bad_row);
    else
      text +=
          std::to_string(1'400'000'000 + i) + "\tu\ts\tt" + std::to_string(i) + "\ta\t0\t1.0\t0\n";
  }
  return text;
}

TEST_F(Listens, a_30music_row_is_one_terminal_event) {
  const auto listening =
      open_listens(plain(std::string(k30MusicHeader) + "1400000000\tu1\ts1\tt1\ta1\t0\t1.0\t0\n"
                                                       "1400000200\tu1\ts1\tt2\ta2\t0\t0.49\t20\n"
                                                       "1400000300\tu2\ts2\tt1\ta1\t0\t0.5\t0\n"),
                   "30music");

  const auto events = all_of(*listening);

  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].type, EventType::playback_completed);
  EXPECT_EQ(events[0].time, 1'400'000'000 * kSecond);
  EXPECT_EQ(events[0].user_id, "u1");
  EXPECT_EQ(events[0].session_id, "s1");
  EXPECT_EQ(events[0].track_id, "t1");
  EXPECT_EQ(events[0].artist_id, "a1");
  EXPECT_EQ(events[0].seq, 1U);
  EXPECT_EQ(events[0].duration_ms, 0);
  EXPECT_EQ(events[1].type, EventType::playback_skipped);
  EXPECT_EQ(events[1].seq, 2U);
  EXPECT_FLOAT_EQ(events[1].played_fraction, 0.49F);
  EXPECT_EQ(events[2].type, EventType::playback_completed);
  EXPECT_EQ(events[2].seq, 1U);
  EXPECT_NE(events[0].play_id, events[1].play_id);
  EXPECT_NE(events[0].id, events[2].id);
  EXPECT_EQ(listening->skipped().rows, 0U);
}

TEST_F(Listens, plain_and_gzip_give_the_same_events) {
  const std::string text = rows_of(5'000, "", 0);
  const auto from_plain = open_listens(plain(text), "30music");
  const auto from_gzip = open_listens(gzip(text), "30music");

  const auto a = all_of(*from_plain);
  const auto b = all_of(*from_gzip);

  ASSERT_EQ(a.size(), 5'000U);
  ASSERT_EQ(b.size(), a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].id, b[i].id);
    ASSERT_EQ(encode(a[i], "/x").value, encode(b[i], "/x").value);
  }
  EXPECT_EQ(from_plain->progress(), 1);
  EXPECT_EQ(from_gzip->progress(), 1);
}

TEST_F(Listens, csv_fields_may_stand_in_quotes) {
  const auto listening =
      open_listens(plain("\xEF\xBB\xBF" + std::string(kCsvHeader) +
                         "2024-11-21T02:26:52Z,ada,\"s,1\",\"a \"\"quoted\"\" track\",,0.2\r\n"
                         "\r\n"
                         "2024-11-21T04:26:53+02:00,\"ada\",\"s,1\",t2,a2,1"),
                   "segue-csv");

  const auto events = all_of(*listening);

  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].session_id, "s,1");
  EXPECT_EQ(events[0].track_id, "a \"quoted\" track");
  EXPECT_EQ(events[0].artist_id, "");
  EXPECT_EQ(events[0].type, EventType::playback_skipped);
  EXPECT_EQ(events[1].time - events[0].time, kSecond);
  EXPECT_EQ(events[1].seq, 2U);
}

TEST_F(Listens, csv_may_say_what_tracks_and_artists_are_called) {
  std::string header(kCsvHeader.substr(0, kCsvHeader.find('\n')));
  const auto listening = open_listens(
      plain(header +
            ",title,artist\n2024-11-21T10:00:00Z,ada,,t1,a1,1,\"Blue, in Green\",Miles Davis\n"
            "2024-11-21T10:10:00Z,ada,,t2,,1\n"),
      "segue-csv");

  const auto events = all_of(*listening);

  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].title, "Blue, in Green");
  EXPECT_EQ(events[0].artist_title, "Miles Davis");
  EXPECT_EQ(events[1].title, "");
}

TEST_F(Listens, without_sessions_a_long_pause_begins_one) {
  const auto listening =
      open_listens(plain(std::string(kCsvHeader) + "2024-11-21T10:00:00Z,ada,,t1,,1\n"
                                                   "2024-11-21T10:10:00Z,bob,,t1,,1\n"
                                                   "2024-11-21T10:30:00Z,ada,,t2,,1\n"
                                                   "2024-11-21T11:00:01Z,ada,,t3,,1\n"),
                   "segue-csv");

  const auto events = all_of(*listening);

  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[2].session_id, events[0].session_id);
  EXPECT_EQ(events[2].seq, 2U);
  EXPECT_NE(events[1].session_id, events[0].session_id);
  EXPECT_NE(events[3].session_id, events[0].session_id);
  EXPECT_EQ(events[3].seq, 1U);
}

TEST_F(Listens, few_bad_rows_are_left_out_and_the_first_is_named) {
  const auto path = plain(rows_of(300, "soon\tu\ts\tt\ta\t0\t1\t0\n", 3));
  const auto listening = open_listens(path, "30music");

  const auto events = all_of(*listening);

  EXPECT_EQ(events.size(), 297U);
  EXPECT_EQ(listening->skipped().rows, 3U);
  EXPECT_EQ(listening->skipped().first, path + ", line 2: expected ts as whole seconds since 1970");
}

TEST_F(Listens, ten_bad_rows_of_a_short_file_are_left_out) {
  const auto listening =
      open_listens(plain(rows_of(50, "1400000000\tu\ts\tt\ta\t0\tall\t0\n", 10)), "30music");

  EXPECT_EQ(all_of(*listening).size(), 40U);
  EXPECT_NE(complaint(plain(rows_of(40, "1400000000\tu\n", 10)), "30music"), "");
}

TEST_F(Listens, more_than_one_bad_row_in_a_hundred_is_an_error) {
  const std::string few =
      complaint(plain(rows_of(200, "1400000000\tu\ts\tt\ta\t0\tall\t0\n", 11)), "30music");
  const std::string many =
      complaint(plain(rows_of(50'000, "1400000000\tu\ts\tt\ta\t0\n", 2'000)), "30music");

  EXPECT_NE(few.find("11 of 200 rows"), std::string::npos) << few;
  EXPECT_NE(few.find("played_fraction"), std::string::npos) << few;
  EXPECT_NE(many.find("1000 of 1000 rows"), std::string::npos) << many;
  EXPECT_NE(many.find("expected 8 fields, found 6"), std::string::npos) << many;
}

// Reads 120 rows of segue-csv; what was left out, and why. All else must be taken as it happens, as
// the evaluator does, and now, as the recommender.
Skipped left_out(const std::string& path) {
  constexpr Micros kNow = 1'795'228'013 * kSecond;
  EventDecoder decoder;
  const auto listening = open_listens(path, "segue-csv", {.not_after = kNow, .listener = {}});
  const auto events = all_of(*listening);
  for (const EventDraft& draft : events) {
    EncodedEvent event = encode(draft, "/x");
    for (const Micros received : {draft.time, kNow}) {
      const Result<Event> read = decoder.decode({.partition = 0,
                                                 .offset = 0,
                                                 .timestamp = received,
                                                 .key = event.key,
                                                 .value = event.value,
                                                 .headers = event.headers});
      EXPECT_TRUE(read) << event.value << read.error().detail;
    }
  }
  EXPECT_EQ(events.size(), 120 - listening->skipped().rows);
  return listening->skipped();
}

std::string with_row(std::string_view odd, std::string_view end = "\n") {
  std::string text(kCsvHeader);
  for (int i = 0; i < 120; ++i) {
    text += i == 60 ? std::string(odd)
                    : format_time((1'700'000'000 + i) * kSecond) + ",ada,s,t" + std::to_string(i) +
                          ",a,1";
    text += end;
  }
  return text;
}

TEST_F(Listens, one_bad_row_is_left_out_with_file_line_and_reason) {
  const std::string fine = "2023-11-14T22:14:20Z,ada,s,t,a,";
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"1970-01-01T00:00:00Z,ada,s,t,a,1",
       "expected a time from 1990 on, found 1970-01-01T00:00:00"},
      {"1970-01-01T00:00:01Z,ada,s,t,a,1", "expected a time from 1990 on"},
      {"1969-12-31T23:59:59Z,ada,s,t,a,1", "expected a time like"},
      {"2031-01-01T00:00:00Z,ada,s,t,a,1", "not in the future, found 2031-01-01"},
      {"9999-01-01T00:00:00Z,ada,s,t,a,1", "expected a time like"},
      {"2023-11-14,ada,s,t,a,1", "expected a time like"},
      {",ada,s,t,a,1", "expected a time like"},
      {fine + "nan", "played_fraction"},
      {fine + "-1", "played_fraction"},
      {fine + "inf", "played_fraction"},
      {fine + "1e999", "played_fraction"},
      {fine, "played_fraction"},
      {"2023-11-14T22:14:20Z,ada,s,\"t,a,1", "closing quote"},
      {"2023-11-14T22:14:20Z,ada,s,caf\xE9,a,1", "UTF-8"},
      {"2023-11-14T22:14:20Z,,s,t,a,1", "expected a user"},
      {"2023-11-14T22:14:20Z\tada\ts\tt\ta\t1", "expected 6 fields, found 1"},
      {std::string(kCsvHeader.substr(0, kCsvHeader.size() - 1)), "expected a time like"},
      {fine + std::string(100'000, '1'), "64 KiB"},
      {fine + std::string(1 << 20, '1'), "64 KiB"},
  };
  for (const auto& [row, why] : rows) {
    const auto path = plain(with_row(row));
    const Skipped skipped = left_out(path);

    EXPECT_EQ(skipped.rows, 1U) << row.substr(0, 80);
    EXPECT_EQ(skipped.first.find(path + ", line 62: "), 0U) << skipped.first;
    EXPECT_NE(skipped.first.find(why), std::string::npos) << skipped.first;
    EXPECT_EQ(text_of(skipped), "1 row was left out. The first: " + skipped.first);
  }
}

TEST_F(Listens, what_only_looks_odd_is_read) {
  const std::string row = "2023-11-14T22:14:20Z,ada,s,t,a,7";
  EXPECT_EQ(left_out(plain(with_row(row))).rows, 0U);
  EXPECT_EQ(left_out(plain(with_row(row, "\r\n"))).rows, 0U);
  EXPECT_EQ(left_out(plain(with_row(row, "\n\n \t\n"))).rows, 0U);
  EXPECT_EQ(left_out(plain("\xEF\xBB\xBF" + with_row(row))).rows, 0U);
  EXPECT_EQ(left_out(gzip(with_row(row))).rows, 0U);
  std::string unended = with_row(row);
  unended.pop_back();
  EXPECT_EQ(left_out(plain(unended)).rows, 0U);
  std::string quoted = with_row(row);
  quoted.replace(
      0, kCsvHeader.size(),
      "\"time\",\"user_id\",\"session_id\",\"track_id\",\"artist_id\",\"played_fraction\"\n");
  EXPECT_EQ(left_out(plain(quoted)).rows, 0U);
}

TEST_F(Listens, a_misplaced_row_costs_no_other) {
  const auto early = plain(with_row("2020-01-01T00:00:00Z,ada,s,early,a,1"));
  const Skipped before = left_out(early);
  EXPECT_EQ(before.rows, 1U);
  EXPECT_EQ(before.first,
            early + ", line 62: expected a time not before the row above; sort the file by time");
  const auto late = plain(with_row("2025-01-01T00:00:00Z,ada,s,late,a,1"));
  const Skipped after = left_out(late);
  EXPECT_EQ(after.rows, 1U);
  EXPECT_EQ(after.first,
            late + ", line 62: expected a time not after the row below; sort the file by time");
}

TEST_F(Listens, a_listeners_other_name_stands_in_all_that_is_made_of_it) {
  const auto path = plain(std::string(kCsvHeader) + "2023-11-14T22:14:20Z,ada,,t1,,1\n");
  const auto renamed = all_of(*open_listens(
      path, "segue-csv",
      {.not_after = kTimeMax, .listener = [](std::string_view) { return std::string("x"); }}));
  const auto path_of_x = plain(std::string(kCsvHeader) + "2023-11-14T22:14:20Z,x,,t1,,1\n");
  const auto of_x = all_of(*open_listens(path_of_x, "segue-csv"));

  ASSERT_EQ(renamed.size(), 1U);
  EXPECT_EQ(encode(renamed[0], "/x").value, encode(of_x[0], "/x").value);
  EXPECT_EQ(renamed[0].id, of_x[0].id);
}

TEST_F(Listens, time_may_not_run_backwards) {
  const std::string wrong =
      complaint(plain(std::string(k30MusicHeader) + "1400002000\tu\ts\tt1\ta\t0\t1.0\t0\n"
                                                    "1400001000\tu\ts\tt2\ta\t0\t1.0\t0\n"),
                "30music");

  EXPECT_NE(wrong.find("line 2"), std::string::npos) << wrong;
  EXPECT_NE(wrong.find("sort the file by time"), std::string::npos) << wrong;
}

TEST_F(Listens, another_header_is_refused_with_the_one_expected) {
  const std::string wrong = complaint(plain("user,track\n"), "segue-csv");

  EXPECT_NE(wrong.find("line 1: expected the header of segue-csv: time,user_id"), std::string::npos)
      << wrong;
  EXPECT_NE(wrong.find("found \"user,track\"; deploy/listens turns"), std::string::npos) << wrong;
  const auto found = [&](std::string_view text, const std::string& format = "segue-csv") {
    const std::string complaint_of = complaint(plain(text), format);
    const std::size_t at = complaint_of.find("found ");
    return at == std::string::npos ? complaint_of : complaint_of.substr(at + 6, 30);
  };
  EXPECT_EQ(found("").substr(0, 13), "an empty file");
  EXPECT_EQ(found("[{\"ts\":1}]").substr(0, 5), "JSON;");
  EXPECT_EQ(found("PK\x03\x04").substr(0, 13), "a zip archive");
  EXPECT_EQ(found(kCsvHeader, "30music"), "that of segue-csv");
  EXPECT_EQ(found("a\tb\xFF\n").substr(0, 6), "\"a?b?\"");
}

TEST_F(Listens, what_cannot_be_read_is_named) {
  EXPECT_NE(complaint("/nowhere/listens", "30music").find("/nowhere/listens"), std::string::npos);
  EXPECT_NE(complaint("/", "30music").find("directory"), std::string::npos);
  EXPECT_NE(complaint("/nowhere", "mp3").find("30music, segue-csv or sessions"), std::string::npos);
}

TEST_F(Listens, a_truncated_gzip_file_is_an_error) {
  const auto path = gzip(rows_of(20'000, "", 0));
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);

  const std::string wrong = complaint(path, "30music");

  EXPECT_NE(wrong.find("cannot read on"), std::string::npos) << wrong;
}

TEST_F(Listens, a_line_without_end_is_one_bad_row) {
  const auto path = plain(std::string(k30MusicHeader) + std::string(1 << 20, 'x'));

  const std::string wrong = complaint(path, "30music");

  EXPECT_NE(wrong.find("1 of 1 rows"), std::string::npos) << wrong;
  EXPECT_NE(wrong.find("line 2: expected a line of at most"), std::string::npos) << wrong;
}

TEST(Csv, splits_as_rfc_4180_says) {
  using Fields = std::vector<std::string>;

  EXPECT_EQ(*split_csv(""), (Fields{""}));
  EXPECT_EQ(*split_csv("a,,b,"), (Fields{"a", "", "b", ""}));
  EXPECT_EQ(*split_csv(R"("a,b","","say ""hi""")"), (Fields{"a,b", "", R"(say "hi")"}));
  for (const char* wrong : {R"("open)", R"("a"b)", R"(a"b")", R"("a"")"})
    EXPECT_FALSE(split_csv(wrong)) << wrong;
}

TEST(SessionNumbers, forgets_the_longest_unused_first) {
  SessionNumbers numbers(4);
  numbers.place("ada", "a", 1);

  for (const char* other : {"b", "c", "d"}) {
    numbers.place("ada", other, 2);
    EXPECT_GT(numbers.place("ada", "a", 2).seq, 1U) << other;
  }

  EXPECT_EQ(numbers.place("ada", "b", 3).seq, 1U);
}

}  // namespace
}  // namespace segue
