#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/unit/audio/pieces.h"

namespace segue::io {
namespace {

TEST(Renderer, the_same_midi_gives_the_same_samples) {
  const std::string midi = small_midi(8);
  const auto first = renderer().render(midi, 4);
  const auto other = renderer().render(small_midi(6, 73, 9), 3);
  const auto again = renderer().render(midi, 4);

  ASSERT_TRUE(first && other && again);
  EXPECT_EQ(first->samples, again->samples);
}

TEST(Renderer, another_renderer_gives_the_same_samples) {
  const std::string midi = small_midi(4, 24);
  Renderer other(find_soundfont("").path);

  EXPECT_EQ(renderer().render(midi, 2)->samples, other.render(midi, 2)->samples);
}

TEST(Renderer, a_piece_is_as_long_as_asked_for) {
  for (const double seconds : {0.5, 1.0, 2.3, 7.1}) {
    const auto sound = renderer().render(small_midi(3), seconds);

    ASSERT_TRUE(sound);
    EXPECT_NEAR(sound->seconds(), seconds, 1.0 / Sound::kRate);
  }
}

TEST(Renderer, what_rings_at_the_end_is_faded_out) {
  const Sound sound = small_sound(16, 48);
  const auto loudest = [&](double from, double to) {
    float peak = 0;
    for (auto i = static_cast<std::size_t>(from * 88'200); i < std::size_t(to * 88'200); ++i) {
      peak = std::max(peak, std::abs(sound.samples[i]));
    }
    return peak;
  };

  EXPECT_GT(loudest(6, 6.5), 0.01F);
  EXPECT_LT(loudest(7.98, 8), 0.001F);
}

TEST(Renderer, instruments_and_drums_are_heard) {
  const Sound piano = small_sound(4, 0);
  const Sound flute = small_sound(4, 73);

  EXPECT_NE(piano.samples, flute.samples);
  EXPECT_GT(measure(piano).true_peak_dbtp, -60);
}

TEST(Renderer, reports_its_share_and_can_be_given_up) {
  struct GivenUp {};
  double seen = 0;
  renderer().render(small_midi(4), 3, [&](double share) {
    EXPECT_GT(share, seen);
    seen = share;
  });
  EXPECT_EQ(seen, 1);

  EXPECT_THROW(renderer().render(small_midi(4), 3, [](double) { throw GivenUp(); }), GivenUp);
  EXPECT_TRUE(renderer().render(small_midi(4), 3));
}

TEST(Renderer, what_is_no_midi_is_an_error) {
  EXPECT_FALSE(renderer().render("", 1));
  EXPECT_FALSE(renderer().render("RIFF....", 1));
  EXPECT_FALSE(renderer().render("MThd", 1));
  EXPECT_FALSE(renderer().render(std::string("MThd\0\0\0\6\0\0\0\1\1\xe0MTrk", 18), 1));
}

TEST(Soundfont, a_missing_one_is_one_clear_line) {
  const std::string line = complaint([] { find_soundfont("/no/such.sf2"); });

  EXPECT_NE(line.find("audio.soundfont: there is no file \"/no/such.sf2\""), std::string::npos);
}

TEST(Soundfont, a_broken_one_is_one_clear_line) {
  const TemporaryFolder folder;
  write_file(folder / "text.sf2", "not a SoundFont");
  const std::string whole = read_file(find_soundfont("").path);
  write_file(folder / "short.sf3", whole.substr(0, whole.size() / 3));

  EXPECT_NE(complaint([&] { find_soundfont(folder / "text.sf2"); }).find("is no SoundFont"),
            std::string::npos);
  EXPECT_NE(complaint([&] { find_soundfont(folder.path()); }).find("there is no file"),
            std::string::npos);
  const std::string line = complaint([&] { find_soundfont(folder / "short.sf3"); });
  EXPECT_NE(line.find("cut short"), std::string::npos);
  EXPECT_EQ(line.find('\n'), std::string::npos);

  std::string spoilt = whole;
  spoilt.replace(spoilt.find("pdta") + 4, 400, std::string(400, '\x7f'));
  write_file(folder / "spoilt.sf3", spoilt);
  EXPECT_NE(complaint([&] { Renderer broken(folder / "spoilt.sf3"); }).find("cannot be loaded"),
            std::string::npos);
}

TEST(Soundfont, its_hash_and_licence_are_known) {
  const Soundfont found = find_soundfont("");

  EXPECT_EQ(found.sha256.size(), 64U);
  EXPECT_EQ(found.licence, "MIT");
  EXPECT_EQ(found.name.find('/'), std::string::npos);
}

}  // namespace
}  // namespace segue::io
