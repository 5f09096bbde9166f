#include "consumers/generator/production.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "core/io/audio/audio_file.h"
#include "core/io/audio/label.h"
#include "core/io/labels/digest.h"
#include "core/io/store/folder_store.h"
#include "tests/unit/audio/pieces.h"

namespace segue::generator {
namespace {

using io::TemporaryFolder;

Composition eight_seconds(const Specification&) {
  return {.midi = io::small_midi(16),
          .notes = {{0, 1, 60, 0}},
          .model = {.kind = "model", .name = "test", .sha256 = io::sha256("test")}};
}

Order order() {
  Wished wish;
  wish.genre = "jazz";
  wish.mood = "calm";
  wish.tempo_bpm = 60;
  wish.seconds = 8.0F;
  wish.seed = 7;
  return {.job = "job-1", .specification = *checked(wish), .trigger = "test", .pictures = true};
}

struct ProductionTest : testing::Test {
  TemporaryFolder folder;
  AudioConfig config = config_in(folder);
  Production production{config, eight_seconds};

  static AudioConfig config_in(const TemporaryFolder& folder) {
    AudioConfig config;
    config.signing_key = folder / "key.pem";
    return config;
  }
};

const File& ending(const Piece& piece, std::string_view with) {
  return *std::find_if(piece.files.begin(), piece.files.end(),
                       [&](const File& file) { return file.name.ends_with(with); });
}

TEST_F(ProductionTest, makes_files_that_are_intact_and_as_loud_as_they_should_be) {
  const auto piece = production.produce(order());

  ASSERT_TRUE(piece) << piece.error().detail;
  ASSERT_EQ(piece->files.size(), 6U);
  for (const std::string_view format : {".flac", ".mp3"}) {
    const File& file = ending(*piece, format);
    const auto sound = io::decoded(file.bytes);
    ASSERT_TRUE(sound);
    const io::Loudness loudness = io::measure(*sound);

    EXPECT_EQ(io::check(file.bytes, production.public_key()).verdict, io::Verdict::intact);
    EXPECT_NEAR(sound->seconds(), 8, 0.1);
    EXPECT_NEAR(loudness.integrated_lufs, io::kTargetLufs, io::kLufsTolerance);
    EXPECT_LE(loudness.true_peak_dbtp, io::kTruePeakMax_dbtp);
  }
}

TEST_F(ProductionTest, the_same_order_gives_the_same_bytes) {
  const auto first = production.produce(order());
  const auto again = production.produce(order());

  ASSERT_TRUE(first && again);
  for (std::size_t i = 0; i < first->files.size(); ++i) {
    EXPECT_EQ(first->files[i].bytes, again->files[i].bytes) << first->files[i].name;
  }
}

TEST_F(ProductionTest, the_record_beside_names_all_files) {
  const auto piece = production.produce(order());
  ASSERT_TRUE(piece);
  const std::string word = word_in(piece->files.back().bytes);

  ASSERT_NE(word, "");
  for (const File& file : piece->files) {
    if (&file == &piece->files.back()) continue;
    EXPECT_EQ(io::check_beside(file.bytes, file.name, word, production.public_key()).verdict,
              io::Verdict::intact);
  }
  std::string changed = piece->files.back().bytes;
  changed[30] = changed[30] == 'x' ? 'y' : 'x';
  EXPECT_EQ(word_in(changed), "");
}

TEST_F(ProductionTest, a_piece_that_is_given_up_leaves_the_next_to_be_made) {
  struct GivenUp {};
  for (const Phase phase : {Phase::composing, Phase::rendering, Phase::checking}) {
    EXPECT_THROW(production.produce(order(),
                                    [&](Phase now, double) {
                                      if (now == phase) throw GivenUp();
                                    }),
                 GivenUp);
  }

  EXPECT_TRUE(production.produce(order()));
}

TEST_F(ProductionTest, a_silent_piece_is_an_error) {
  Production silent(config, [](const Specification&) {
    return Composition{.midi = io::small_midi(0), .notes = {}, .model = {}};
  });

  EXPECT_FALSE(silent.produce(order()));
}

TEST_F(ProductionTest, a_missing_soundfont_is_one_clear_line) {
  config.soundfont = folder / "none.sf2";

  EXPECT_NE(io::complaint([&] { Production(config, eight_seconds); }).find("audio.soundfont"),
            std::string::npos);
}

TEST_F(ProductionTest, keeping_twice_is_keeping_once) {
  io::FolderStore store(folder / "store", 1'000'000'000);
  const auto piece = production.produce(order());
  ASSERT_TRUE(piece);
  const Keeping first = keep(store, *piece);
  const Keeping again = keep(store, *piece);

  ASSERT_EQ(first.files.size(), piece->files.size());
  for (std::size_t i = 0; i < first.files.size(); ++i) {
    EXPECT_EQ(first.files[i].key, again.files[i].key);
    EXPECT_EQ(store.get(first.files[i].key), piece->files[i].bytes);
  }
}

}  // namespace
}  // namespace segue::generator
