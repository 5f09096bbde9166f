#include "producers/replay/files/catalogue_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace segue {
namespace {

class Catalogue : public testing::Test {
 protected:
  Catalogue() {
    std::string name = (std::filesystem::temp_directory_path() / "segue-catalogue-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
  }
  ~Catalogue() override { std::filesystem::remove_all(folder_); }

  std::string file(std::string_view text) const {
    const auto path = folder_ / "catalogue";
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }

 private:
  std::filesystem::path folder_;
};

std::vector<CatalogEntry> all_of(CatalogueFile& file) {
  std::vector<CatalogEntry> entries;
  while (auto entry = file.next()) entries.push_back(*std::move(entry));
  return entries;
}

std::string complaint(const std::string& path) {
  try {
    CatalogueFile file(path);
    all_of(file);
  } catch (const std::runtime_error& wrong) {
    return wrong.what();
  }
  return {};
}

TEST_F(Catalogue, json_lines_are_read_from_the_first) {
  CatalogueFile file(
      this->file("\xEF\xBB\xBF{\"track_id\":\"t-1\",\"title\":\"One\",\"duration_ms\":9}\r\n"
                 "\n"
                 "{\"track_id\":\"t-2\",\"audio_url\":\"https://x.example/2.ogg\"}"));

  const auto entries = all_of(file);

  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].title, "One");
  EXPECT_EQ(entries[0].duration_ms, 9);
  EXPECT_EQ(entries[1].audio_url, "https://x.example/2.ogg");
}

TEST_F(Catalogue, csv_names_its_columns_in_any_order) {
  CatalogueFile file(
      this->file("title,track_id,duration_ms,explicit,tags,artist_id,artist,year\n"
                 "\"One, two\",t-1,200000,true,slow;old,a-1,Ann,1959\n"
                 ",t-2,,,,,,\n"));

  const auto entries = all_of(file);

  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].title, "One, two");
  EXPECT_EQ(entries[0].duration_ms, 200'000);
  EXPECT_EQ(entries[0].year, 1959);
  EXPECT_EQ(entries[1].year, 0);
  EXPECT_TRUE(entries[0].is_explicit);
  EXPECT_EQ(entries[0].tags, (std::vector<std::string>{"slow", "old"}));
  EXPECT_EQ(entries[0].artist, "Ann");
  EXPECT_EQ(entries[1].track_id, "t-2");
}

TEST_F(Catalogue, a_bad_row_is_left_out_with_file_line_and_reason) {
  for (const auto& [row, why] : {std::pair{",One,", "missing_field: track_id"},
                                 std::pair{"t-x,One,soon", "bad_field: duration_ms"},
                                 std::pair{"t-x,One,-5", "bad_field: duration_ms"},
                                 std::pair{"t-x,One", "malformed: expected 3 fields, found 2"}}) {
    std::string text = "track_id,title,duration_ms\n" + std::string(row) + "\n";
    for (int i = 0; i < 120; ++i) text += "t-" + std::to_string(i) + ",One,1\n";
    const auto path = file(text);
    CatalogueFile catalogue(path);

    EXPECT_EQ(all_of(catalogue).size(), 120U);
    EXPECT_EQ(
        catalogue.skipped().first,
        path + ", line 2: " + why +
            (std::string_view(why).ends_with("ms") ? " does not hold what belongs there" : ""));
  }
}

TEST_F(Catalogue, another_kind_of_file_is_refused_with_what_is_expected) {
  EXPECT_NE(complaint(file("[\n{\"track_id\":\"t\"}]")).find("jq -c '.[]'"), std::string::npos);
  EXPECT_NE(complaint(file("id,name\n1,2\n")).find("a CSV header with track_id"),
            std::string::npos);
  EXPECT_NE(complaint(file("")).find("a JSON object a line"), std::string::npos);
  EXPECT_NE(complaint(file("{\"title\":\"x\"}\n")).find("1 of 1 rows"), std::string::npos);
}

}  // namespace
}  // namespace segue
