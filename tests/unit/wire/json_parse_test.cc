#include "core/wire/json_parse.h"

#include <gtest/gtest.h>

#include <string>

namespace segue::json {
namespace {

TEST(JsonParse, numbers_that_fit_stay_as_they_are) {
  for (const char* text :
       {R"({"a":18446744073709551615,"b":-9223372036854775808,"c":1e308,"d":-0.5})",
        R"({"a":"99999999999999999999999","b\"1e999":"\\"})", "[1e-999,0.1]", "-", "01",
        "[1,,2]"}) {
    EXPECT_EQ(with_numbers_that_fit(text), text);
  }
}

TEST(JsonParse, numbers_too_wide_become_the_nearest_double) {
  EXPECT_EQ(with_numbers_that_fit(R"({"a":18446744073709551616,"1e999":[1e999, -2e999]})"),
            R"({"a":1.844674407370955e19,"1e999":[1e308, -1e308]})");
  EXPECT_EQ(with_numbers_that_fit("-9223372036854775809"), "-9.22337203685478e18");
  EXPECT_EQ(with_numbers_that_fit(std::string(400, '9')), "1e308");
}

TEST(JsonParse, a_text_as_long_as_the_parser_takes_still_fits) {
  simdjson::dom::parser parser(64);
  std::string text = "[18446744073709551616,-9223372036854775809,1e999,-9e999]";
  text.resize(64, ' ');
  simdjson::dom::element root;

  EXPECT_EQ(parse(parser, simdjson::padded_string(text), root), simdjson::SUCCESS);
  EXPECT_EQ(with_numbers_that_fit(text).size(), text.size());
}

TEST(JsonParse, a_number_of_any_size_is_taken) {
  simdjson::dom::parser parser;
  for (const std::string& number :
       {std::string("123456789012345678901234567890"), std::string("-1e9999"),
        std::string(500, '7'), "0." + std::string(500, '3'), std::string("1e-99999")}) {
    simdjson::dom::element root;
    const simdjson::padded_string text("{\"number\":" + number + ",\"after\":7}");
    ASSERT_EQ(parse(parser, text, root), simdjson::SUCCESS) << number;
    EXPECT_TRUE(root["number"].is_double()) << number;
    EXPECT_EQ(root["after"].get_int64().value_unsafe(), 7);
  }
}

TEST(JsonParse, what_is_no_number_is_refused_all_the_same) {
  simdjson::dom::parser parser;
  for (const char* value : {"-", "1e", "1.2.3", "--1", "01", "1e9999x", "99999999999999999999x",
                            "0099999999999999999999", "1.e999", "-.5e999", "01.5e999", "1e+"}) {
    simdjson::dom::element root;
    const simdjson::padded_string text("{\"number\":" + std::string(value) + "}");
    EXPECT_NE(parse(parser, text, root), simdjson::SUCCESS) << value;
  }
}

}  // namespace
}  // namespace segue::json
