#include "core/words/fold.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "consumers/player/held_catalog.h"
#include "core/ids.h"
#include "producers/gateway/log/listens.h"

namespace segue::player {
namespace {

TEST(Folded, makes_one_of_what_is_one_to_the_reader) {
  const std::vector<std::vector<std::string>> alike = {
      {"Bj\u00F6rk", "Bjo\u0308rk", "BJ\u00D6RK", "BJO\u0308RK"},
      {"\u041A\u0418\u041D\u041E", "\u043A\u0438\u043D\u043E"},
      {"Stra\u00DFe", "STRASSE", "STRA\u1E9EE"},
      {"\u03A3\u03AF\u03C3\u03C5\u03C6\u03BF\u03C2",
       "\u03C3\u0399\u0301\u03C3\u03C5\u03C6\u03BF\u03C3"},
      {"ABBA", "\uFF21\uFF22\uFF22\uFF21", "abba\u200B", "\uFEFF abba "},
      {"office", "o\uFB03ce"},
      {"don't stop", "Don\u2019t  Stop", "DON\u02BCT\tSTOP", "don't\u00A0stop", "don`t stop",
       "don\u00B4t stop", "don\u201Bt stop", "don\uFF07t stop", "don\u2032t stop"},
      {"7\"", "7\u2033"},
      {"\u00ED", "i\u0307\u0301", "\u0130\u0301", "\u00CD"},
      {"\"heroes\"", "\u201CHeroes\u201D", "\u201EHeroes\u201F", "\u00ABHeroes\u00BB"},
      {"AC/DC", "AC\u2044DC", "ac\u2215dc", "AC\uFF0FDC"},
      {"istanbul", "\u0130stanbul", "I\u0307STANBUL", "\u0131stanbul", "ISTANBUL"},
      {"a~b", "A\u301CB", "a\uFF5Eb"},
      {"a-ha", "A\u2010HA", "a\u2011ha", "a\u2013ha"},
      {"wait...", "wait\u2026"},
      {"\u30D1", "\uFF8A\uFF9F", "\u30CF\u309A"},
  };
  for (const auto& texts : alike) {
    for (const std::string& text : texts) EXPECT_EQ(folded(text), folded(texts[0])) << text;
  }
}

TEST(Folded, blanks_are_one_and_what_cannot_be_seen_is_nothing) {
  for (const std::string blank :
       {"\u0085", "\u1680", "\u2003", "\u2028", "\u2029", "\u2800", "\u3000"}) {
    EXPECT_EQ(folded("post" + blank + "rock" + blank), "post rock") << blank;
  }
  EXPECT_EQ(folded("\u200B"), "");
  EXPECT_EQ(folded("\u200B \uFEFF\u2060"), "");
}

TEST(Folded, a_kind_of_music_is_one_however_it_is_written) {
  EXPECT_EQ(kind_hash("\u00C9lectronique"), kind_hash("e\u0301LECTRONIQUE"));
  EXPECT_EQ(kind_hash("\u0414\u0416\u0410\u0417"), kind_hash("\u0434\u0436\u0430\u0437"));
  EXPECT_EQ(kind_hash(" Post\u00A0\u00A0Rock"), kind_hash("post rock"));
  EXPECT_EQ(kind_hash("\u200B"), 0U);
  EXPECT_NE(kind_hash("post rock"), kind_hash("postrock"));
  // As before: stored requests keep theirs.
  EXPECT_EQ(kind_hash("Jazz"), static_cast<std::uint32_t>(track_id("jazz").value) | 1);
}

TEST(Folded, keeps_apart_what_is_not) {
  EXPECT_NE(folded("J\u00F3ga"), folded("Joga"));
  EXPECT_NE(folded("\u0438"), folded("\u0439"));
  EXPECT_NE(folded("a b"), folded("ab"));
  EXPECT_NE(folded("1\u00BD"), folded("11/2"));
  EXPECT_NE(folded("a \u0301b"), folded("a'b"));
}

TEST(Folded, gives_ascii_small_letters_and_straight_quotes) {
  EXPECT_EQ(folded("AC/DC - T.N.T. '77"), "ac/dc - t.n.t. '77");
  EXPECT_EQ(folded(""), "");
}

TEST(Folded, takes_what_is_no_utf8) {
  EXPECT_EQ(folded("Caf\xE9  X"), "caf\xE9 x");
  EXPECT_EQ(folded(std::string("A\0B", 3)), std::string("a\0b", 3));
}

TEST(Folded, a_catalogue_finds_a_song_however_it_is_printed) {
  HeldCatalog catalogue(8);
  Record record;
  record.key = "t-1";
  record.value = encode(CatalogEntry{.track_id = "t-1",
                                     .title = "J\u00F3ga",
                                     .artist_id = "a-1",
                                     .artist = "Bj\u00F6rk",
                                     .album = {},
                                     .tags = {},
                                     .mood = {},
                                     .genre = {}});
  catalogue.take(record);

  const CatalogEntry* entry = catalogue.find("BJO\u0308RK", " jo\u0301ga");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->track_id, "t-1");
}

TEST(Folded, a_submitted_song_has_one_id_however_it_is_printed) {
  const HeldCatalog none(8);
  const auto id = [&](const std::string& artist, const std::string& title) {
    const auto drafts = gateway::read_listens(
        R"({"listen_type":"single","payload":[{"listened_at":1600000000,"track_metadata":)"
        R"({"artist_name":")" +
            artist + R"(","track_name":")" + title + R"("}}]})",
        none, 1'700'000'000 * kSecond);
    EXPECT_TRUE(drafts);
    return drafts ? drafts->front().track_id + " " + drafts->front().artist_id : std::string();
  };

  EXPECT_EQ(id("Bj\u00F6rk", "J\u00F3ga"), id("BJO\u0308RK", "jo\u0301ga"));
  EXPECT_NE(id("Bj\u00F6rk", "J\u00F3ga"), id("Bj\u00F6rk", "Joga"));
  // As before: what stands in a log keeps its id.
  EXPECT_EQ(id("The Clash", "Train in Vain"),
            "name:" + item_key(ItemId{track_id("the clash\ntrain in vain").value}) +
                " name:" + item_key(ItemId{track_id("the clash\n").value}));
}

}  // namespace
}  // namespace segue::player
