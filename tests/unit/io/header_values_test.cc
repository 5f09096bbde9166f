#include "core/io/http/header_values.h"

#include <gtest/gtest.h>

namespace segue::io {
namespace {

using Texts = std::vector<std::string_view>;

TEST(HeaderValues, WordsAreOneWhateverTheirCase) {
  EXPECT_TRUE(same_word("Chunked", "chunked"));
  EXPECT_FALSE(same_word("chunked", "chunke"));
  EXPECT_FALSE(same_word("@", "`"));  // a bit apart, as letters of two cases are
}

TEST(HeaderValues, TokensHaveNoBlanksAndNoSeparators) {
  EXPECT_TRUE(is_token("sentry-trace"));
  EXPECT_TRUE(is_token("X_1.~"));
  for (const std::string_view text : {"", "a b", "a,b", "a:b", "\"a\"", "a\r\nb", "\xc3\xbc"}) {
    EXPECT_FALSE(is_token(text)) << text;
  }
}

TEST(HeaderValues, ListsAreSplitAtCommasOutsideOfQuotes) {
  EXPECT_EQ(list_of("a, b ,\tc"), (Texts{"a", "b", "c"}));
  EXPECT_EQ(list_of(R"("a,b", "c\",d")"), (Texts{R"("a,b")", R"("c\",d")"}));
  EXPECT_EQ(list_of(" , a,, "), (Texts{"a"}));
  EXPECT_EQ(list_of(""), Texts{});
  EXPECT_EQ(list_of(R"("open, and \)"), (Texts{R"("open, and \)"}));
}

TEST(HeaderValues, QuotesAreTakenOffAndWhatTheyGuard) {
  EXPECT_EQ(unquoted(R"("a \"b\" \\ c")"), R"(a "b" \ c)");
  for (const std::string_view text : {"a", "", "\"", "\"a", "a\"", "a\"b\""}) {
    EXPECT_EQ(unquoted(text), text);
  }
}

TEST(HeaderValues, MediaTypesAreReadWhateverTheirSpelling) {
  const MediaType read = read_media_type(R"( Application/JSON ; a="x;y" ;Charset="UTF\-8")");
  EXPECT_EQ(read.type, "application/json");
  EXPECT_EQ(read.charset, "utf-8");
  EXPECT_EQ(read_media_type("text/plain;charset=UTF-8;").charset, "utf-8");
  EXPECT_EQ(read_media_type("text/plain").charset, "");
  for (const std::string_view none : {"", ";", "json", ";application/json", "charset=utf-8"}) {
    EXPECT_EQ(read_media_type(none).type, "") << none;
  }
}

TEST(HeaderValues, TagsAreComparedWhole) {
  constexpr std::string_view kTag = "\"7\"";
  for (const std::string_view given : {"\"7\"", "W/\"7\"", "\"6\", W/\"7\"", "\"6\",\"7\"", "*"}) {
    EXPECT_TRUE(names_tag(given, kTag)) << given;
  }
  for (const std::string_view given :
       {"", "7", "\"77\"", "w/\"7\"", R"("a\"7\"")", "*, \"8\"", "\"6\" \"7\""}) {
    EXPECT_FALSE(names_tag(given, kTag)) << given;
  }
}

}  // namespace
}  // namespace segue::io
