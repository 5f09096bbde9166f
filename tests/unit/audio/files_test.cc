#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numbers>

#include "core/io/audio/audio_file.h"
#include "core/io/audio/limiter.h"
#include "core/io/audio/picture.h"
#include "core/io/audio/tags.h"
#include "tests/unit/audio/pieces.h"

namespace segue::io {
namespace {

// A quiet tone with a loud click in each half second: gain alone cannot make it as loud.
Sound clicks(double seconds) {
  Sound sound;
  const auto frames = static_cast<std::size_t>(seconds * Sound::kRate);
  for (std::size_t i = 0; i < frames; ++i) {
    const double tone = 0.05 * std::sin(2 * std::numbers::pi * 440 * double(i) / Sound::kRate);
    const double click = i % 22'050 < 20 ? 0.9 : 0;
    sound.samples.push_back(static_cast<float>(tone + click));
    sound.samples.push_back(static_cast<float>(tone - click));
  }
  return sound;
}

TEST(Loudness, music_is_brought_to_minus_14_lufs) {
  const auto loud = levelled(small_sound(20), -1.5);

  ASSERT_TRUE(loud);
  const Loudness measured = measure(*loud);
  EXPECT_NEAR(measured.integrated_lufs, kTargetLufs, 0.2);
  EXPECT_LE(measured.true_peak_dbtp, -1.4);
}

TEST(Loudness, clicks_are_limited_and_not_the_whole) {
  const auto loud = levelled(clicks(6), -1.5);

  ASSERT_TRUE(loud);
  const Loudness measured = measure(*loud);
  EXPECT_NEAR(measured.integrated_lufs, kTargetLufs, 0.2);
  EXPECT_LE(measured.true_peak_dbtp, -1.4);
}

TEST(Loudness, silence_is_an_error) {
  Sound silent;
  silent.samples.resize(88'200);

  EXPECT_FALSE(levelled(silent, -1.5));
  EXPECT_FALSE(levelled(Sound{}, -1.5));
}

TEST(Limiter, finds_peaks_between_samples) {
  // Samples of a tone at a quarter of the rate, 45 degrees off its peaks: 3 dB lie between them.
  Sound sound;
  for (int i = 0; i < 44'100; ++i) {
    const auto value = static_cast<float>(std::sin(std::numbers::pi / 2 * i + 0.785398));
    sound.samples.push_back(value);
    sound.samples.push_back(value);
  }
  EXPECT_GT(measure(sound).true_peak_dbtp, -0.2);

  limit(sound, 0.7079F);  // -3 dB: no sample is above it

  EXPECT_LT(measure(sound).true_peak_dbtp, -2.8);
}

TEST(Limiter, leaves_alone_what_is_low_enough) {
  Sound sound = small_sound(4);
  const Sound before = sound;

  limit(sound, 1.5F);

  EXPECT_EQ(sound.samples, before.samples);
}

TEST(AudioFile, a_flac_holds_the_pcm_that_is_hashed) {
  const Sound sound = small_sound(6);
  const auto back = decoded(encoded(sound, AudioFormat::flac));

  ASSERT_TRUE(back);
  ASSERT_EQ(back->samples.size(), sound.samples.size());
  const std::string pcm = pcm16(sound);
  for (std::size_t i = 0; i < back->samples.size(); ++i) {
    std::int16_t value = 0;
    std::memcpy(&value, pcm.data() + 2 * i, 2);
    ASSERT_EQ(std::lrint(back->samples[i] * 32'768), value);
  }
}

TEST(AudioFile, an_mp3_is_as_long_and_as_loud) {
  const auto loud = levelled(small_sound(20, 24), -2);
  ASSERT_TRUE(loud);
  const auto back = decoded(encoded(*loud, AudioFormat::mp3));

  ASSERT_TRUE(back);
  EXPECT_NEAR(back->seconds(), loud->seconds(), 0.1);
  EXPECT_NEAR(measure(*back).integrated_lufs, kTargetLufs, kLufsTolerance);
}

TEST(AudioFile, the_same_sound_gives_the_same_file) {
  const Sound sound = small_sound(4);

  for (const auto format : {AudioFormat::flac, AudioFormat::mp3}) {
    EXPECT_EQ(encoded(sound, format), encoded(sound, format));
  }
}

TEST(AudioFile, what_is_no_sound_is_an_error) {
  EXPECT_FALSE(decoded(""));
  EXPECT_FALSE(decoded("fLaC"));
  EXPECT_FALSE(decoded(std::string(10'000, 'x')));
  EXPECT_EQ(format_of("OggS"), std::nullopt);
}

TEST(Tags, are_read_back_from_both_formats) {
  const Tags tags = {.title = "Kühler Morgen",
                     .artist = "Segue",
                     .genre = "jazz",
                     .mood = "calm",
                     .bpm = "60",
                     .key = "C minor",
                     .comment = "Composed by a program",
                     .licence = "CC0-1.0",
                     .digital_source_type = "http://example/type",
                     .record = std::string(5'000, 'r')};
  const Sound sound = small_sound(4);
  for (const auto format : {AudioFormat::flac, AudioFormat::mp3}) {
    const std::string file = tagged(encoded(sound, format), format, tags);
    const auto back = tags_of(file, format);

    ASSERT_TRUE(back);
    EXPECT_EQ(back->title, tags.title);
    EXPECT_EQ(back->bpm, tags.bpm);
    EXPECT_EQ(back->key, tags.key);
    EXPECT_EQ(back->comment, tags.comment);
    EXPECT_EQ(back->licence, tags.licence);
    EXPECT_EQ(back->digital_source_type, tags.digital_source_type);
    EXPECT_EQ(back->record, tags.record);
    EXPECT_TRUE(decoded(file));
  }
}

TEST(Picture, both_are_pngs_and_the_same_each_time) {
  const std::vector<DrawnNote> notes = {{0, 1, 60, 0}, {1, 2, 64, 1}, {3, 9, 100, 12}};
  const Sound sound = small_sound(4);

  EXPECT_TRUE(piano_roll(notes, 4).starts_with("\x89PNG"));
  EXPECT_TRUE(spectrogram(sound).starts_with("\x89PNG"));
  EXPECT_EQ(piano_roll(notes, 4), piano_roll(notes, 4));
  EXPECT_NE(piano_roll(notes, 4), piano_roll({}, 4));
  EXPECT_EQ(spectrogram(sound), spectrogram(sound));
}

}  // namespace
}  // namespace segue::io
