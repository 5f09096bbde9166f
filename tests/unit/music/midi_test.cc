#include "core/music/midi.h"

#include <gtest/gtest.h>

#include "tests/unit/music/pieces.h"

namespace segue::music {
namespace {

TEST(Midi, what_was_written_is_read_again) {
  const Score score = compose(test::wished("rock", "happy", 20), built_in_counts());

  const auto read = read_midi(midi(score));

  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->microseconds_per_quarter, score.microseconds_per_quarter);
  EXPECT_EQ(read->ticks, score.ticks);
  EXPECT_EQ(read->key, score.key);
  ASSERT_EQ(read->parts.size(), score.parts.size());
  for (std::size_t i = 0; i < score.parts.size(); ++i) {
    EXPECT_EQ(read->parts[i].name, score.parts[i].name);
    EXPECT_EQ(read->parts[i].program, score.parts[i].program);
    EXPECT_EQ(read->parts[i].channel, score.parts[i].channel);
    EXPECT_EQ(read->parts[i].level, score.parts[i].level);
    EXPECT_EQ(read->parts[i].pan, score.parts[i].pan);
    EXPECT_EQ(read->parts[i].notes, score.parts[i].notes) << score.parts[i].name;
  }
}

TEST(Midi, the_bytes_are_those_of_the_standard) {
  Score score;
  score.key = {2, Mode::minor};
  score.ticks = 960;
  score.parts.push_back({.name = "melody, flute", .program = 73, .notes = {{480, 240, 62, 80}}});

  EXPECT_EQ(midi(score), std::string("MThd\0\0\0\6\0\1\0\2\1\xE0"
                                     "MTrk\0\0\0\x2A"
                                     "\0\xFF\x51\3\7\xA1\x20"
                                     "\0\xFF\x58\4\4\2\x18\x08"
                                     "\0\xFF\x59\2\xFF\1"
                                     "\0\xFF\1\x0Ckey: D minor"
                                     "\x87\x40\xFF\x2F\0"
                                     "MTrk\0\0\0\x2B"
                                     "\0\xFF\3\x0Dmelody, flute"
                                     "\0\xC0\x49\0\xB0\7\x64\0\xB0\x0A\x40"
                                     "\x83\x60\x90\x3E\x50\x81\x70\x80\x3E\x40"
                                     "\x81\x70\xFF\x2F\0",
                                     14 + 8 + 42 + 8 + 43));
}

TEST(Midi, other_bytes_are_refused) {
  const std::string whole = midi(compose(test::wished("folk", "happy", 6), built_in_counts()));
  for (std::size_t size = 0; size < whole.size(); ++size)
    ASSERT_FALSE(read_midi(std::string_view(whole).substr(0, size))) << size;
  EXPECT_FALSE(read_midi(whole + "x"));
  std::string running = whole;
  running[whole.find("MTrk")] = 'm';
  EXPECT_FALSE(read_midi(running));
}

}  // namespace
}  // namespace segue::music
