#include <gtest/gtest.h>
#include <sys/stat.h>

#include <iostream>
#include <random>

#include "core/io/audio/label.h"
#include "core/io/labels/digest.h"
#include "tests/unit/audio/pieces.h"

namespace segue::io {
namespace {

Provenance example() {
  return {.job = "job-1",
          .parents = {"t-1"},
          .trigger = "command line",
          .seed = 18'446'744'073'709'551'615U,
          .specification = R"({"genre":"jazz","instruments":["piano"]})",
          .ingredients = {{"soundfont", "FluidR3Mono_GM.sf3", "", "MIT", sha256("font")},
                          {"model", "counts", "1", "CC0-1.0", sha256("counts")}},
          .digital_source_type = std::string(kTrainedAlgorithmicMedia),
          .disclosure = {.composed = Degree::generated, .performed = Degree::generated},
          .licence = "CC0-1.0",
          .pcm_sha256 = sha256("pcm"),
          .files = {{"a.mid", "audio/midi", sha256("midi"), ""}}};
}

struct LabelTest : testing::Test {
  TemporaryFolder folder;
  SigningKey key{folder / "key.pem"};
  SigningKey other{folder / "other.pem"};

  Labelled piece(AudioFormat format) const {
    static const Sound sound = small_sound(4);
    return labelled(encoded(sound, format), format, {.title = "Song", .comment = "AI"}, example(),
                    "song." + std::string(name_of(format)), key);
  }
};

TEST(Provenance, a_record_is_read_back) {
  const auto back = decode_provenance(encode(example()));

  ASSERT_TRUE(back) << back.error().detail;
  EXPECT_EQ(*back, example());
}

TEST(Provenance, what_is_missing_or_odd_is_named) {
  const std::string good = encode(example());
  const auto without = [&](const std::string& part, const std::string& instead) {
    std::string json = good;
    json.replace(json.find(part), part.size(), instead);
    const auto read = decode_provenance(json);
    return read ? std::string("read") : read.error().detail;
  };

  EXPECT_EQ(without("\"segue_provenance\":1", "\"segue_provenance\":2"),
            "segue_provenance: expected 1");
  EXPECT_EQ(without("\"job\":\"job-1\"", "\"job\":\"\""), "job: expected text");
  EXPECT_EQ(without("\"composed\":\"generated\"", "\"composed\":\"perhaps\""),
            "ai_disclosure: expected none, assisted or generated for each");
  EXPECT_EQ(without("\"18446744073709551615\"", "\"18446744073709551616\""),
            "seed: expected digits");
  EXPECT_FALSE(decode_provenance(""));
  EXPECT_FALSE(decode_provenance("[]"));
  EXPECT_FALSE(decode_provenance(std::string(70'000, ' ')));
}

TEST_F(LabelTest, a_tag_before_a_flac_is_reported_and_hides_no_change) {
  const std::string before = std::string("ID3\x04\0\0\0\0\0\x05", 10) + "C2PA.";
  const std::string whole = piece(AudioFormat::flac).bytes;
  std::string changed = whole;
  changed[changed.size() - 500] ^= 1;

  const Checked checked = check(before + whole, key.public_key());

  EXPECT_EQ(checked.verdict, Verdict::tags_changed);
  EXPECT_EQ(checked.provenance.job, "job-1");
  EXPECT_EQ(check(before + changed, key.public_key()).verdict, Verdict::changed);
  EXPECT_EQ(check(before + whole, other.public_key()).verdict, Verdict::other_key);
  EXPECT_EQ(check(before + "fLaC", key.public_key()).verdict, Verdict::no_record);
}

TEST_F(LabelTest, a_key_is_made_once_and_for_its_owner_alone) {
  struct stat facts {};
  ASSERT_EQ(stat((folder / "key.pem").c_str(), &facts), 0);
  const SigningKey again(folder / "key.pem");

  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  EXPECT_EQ(again.public_key(), key.public_key());
  EXPECT_EQ(public_key_of(text_of(key.public_key())), key.public_key());
  EXPECT_EQ(public_key_of(pem_of(key.public_key())), key.public_key());
}

TEST_F(LabelTest, a_key_that_others_may_read_is_refused) {
  ASSERT_EQ(chmod((folder / "key.pem").c_str(), 0644), 0);
  write_file(folder / "text.pem", "no key");
  ASSERT_EQ(chmod((folder / "text.pem").c_str(), 0600), 0);

  EXPECT_NE(complaint([&] { SigningKey(folder / "key.pem"); }).find("chmod 600"),
            std::string::npos);
  EXPECT_NE(complaint([&] { SigningKey(folder / "text.pem"); }).find("no private Ed25519"),
            std::string::npos);
}

TEST_F(LabelTest, a_word_with_one_letter_changed_is_refused) {
  const std::string word = signed_record(example(), key);
  ASSERT_TRUE(checked_record(word));
  EXPECT_EQ(checked_record(word)->signer, key.public_key());

  for (std::size_t i = 0; i < word.size(); ++i) {
    std::string changed = word;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(checked_record(changed)) << "letter " << i;
  }
}

TEST_F(LabelTest, a_labelled_file_is_intact_and_still_plays) {
  for (const auto format : {AudioFormat::flac, AudioFormat::mp3}) {
    const Labelled file = piece(format);
    const Checked seen = check(file.bytes, key.public_key());

    EXPECT_EQ(seen.verdict, Verdict::intact) << seen.why;
    EXPECT_EQ(seen.provenance.job, "job-1");
    EXPECT_TRUE(decoded(file.bytes));
  }
}

TEST_F(LabelTest, one_changed_byte_anywhere_is_noticed) {
  const unsigned seed = std::random_device{}();
  std::cout << "seed " << seed << "\n";
  std::mt19937 draw(seed);
  for (const auto format : {AudioFormat::flac, AudioFormat::mp3}) {
    const Labelled file = piece(format);
    std::uniform_int_distribution<std::size_t> place(0, file.bytes.size() - 1);
    for (int i = 0; i < 400; ++i) {
      // The first ones go through the header and the tags, the others anywhere.
      const std::size_t at = i < 200 ? static_cast<std::size_t>(i) * 37 : place(draw);
      std::string changed = file.bytes;
      changed[at] = static_cast<char>(changed[at] ^ (1 << draw() % 8));

      EXPECT_NE(check(changed, key.public_key()).verdict, Verdict::intact) << "byte " << at;
    }
  }
}

TEST_F(LabelTest, what_was_cut_or_lengthened_is_noticed) {
  for (const auto format : {AudioFormat::flac, AudioFormat::mp3}) {
    const std::string file = piece(format).bytes;

    EXPECT_EQ(check(file.substr(0, file.size() - 1), key.public_key()).verdict, Verdict::changed);
    EXPECT_EQ(check(file + "x", key.public_key()).verdict, Verdict::changed);
  }
}

TEST_F(LabelTest, another_title_differs_from_another_sound) {
  for (const auto format : {AudioFormat::flac, AudioFormat::mp3}) {
    const std::string file = piece(format).bytes;
    Tags tags = *tags_of(file, format);
    tags.title = "Mine";

    EXPECT_EQ(check(tagged(file, format, tags), key.public_key()).verdict, Verdict::tags_changed);
  }
}

TEST_F(LabelTest, a_record_on_another_sound_is_noticed) {
  const std::string file = piece(AudioFormat::flac).bytes;
  const Tags tags = *tags_of(file, AudioFormat::flac);
  const std::string forged =
      tagged(encoded(small_sound(6), AudioFormat::flac), AudioFormat::flac, tags);

  EXPECT_EQ(check(forged, key.public_key()).verdict, Verdict::changed);
}

TEST_F(LabelTest, anothers_key_is_not_trusted) {
  EXPECT_EQ(check(piece(AudioFormat::mp3).bytes, other.public_key()).verdict, Verdict::other_key);
}

TEST_F(LabelTest, what_has_no_record_is_not_ours) {
  EXPECT_EQ(check(encoded(small_sound(4), AudioFormat::flac), key.public_key()).verdict,
            Verdict::no_record);
  EXPECT_EQ(check("", key.public_key()).verdict, Verdict::no_record);
  EXPECT_EQ(check("a text", key.public_key()).verdict, Verdict::no_record);
}

TEST_F(LabelTest, a_file_is_checked_by_the_record_beside_it) {
  const std::string word = signed_record(example(), key);

  EXPECT_EQ(check_beside("midi", "a.mid", word, key.public_key()).verdict, Verdict::intact);
  EXPECT_EQ(check_beside("mido", "a.mid", word, key.public_key()).verdict, Verdict::changed);
  EXPECT_EQ(check_beside("mido", "b.mid", word, key.public_key()).verdict, Verdict::no_record);
  EXPECT_EQ(check_beside("midi", "a.mid", word, other.public_key()).verdict, Verdict::other_key);
  EXPECT_EQ(check_beside("midi", "a.mid", "x" + word, key.public_key()).verdict, Verdict::changed);
}

}  // namespace
}  // namespace segue::io
