#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/scenarios/scenario.h"

namespace segue::scenarios {
namespace {

// One file of this folder.
class ScenarioFile : public testing::Test {
 public:
  explicit ScenarioFile(std::filesystem::path path) : path_(std::move(path)) {}

 private:
  void TestBody() override {
    std::ifstream in(path_, std::ios::binary);
    ASSERT_TRUE(in) << "cannot read " << path_;
    const std::string lines{std::istreambuf_iterator<char>(in), {}};
    for (const Failure& failure : Scenario().play(lines)) {
      ADD_FAILURE_AT(path_.c_str(), failure.line) << failure.text;
    }
  }

  std::filesystem::path path_;
};

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace
}  // namespace segue::scenarios

// Plays every scenario of a folder, by default this one's, as a test of its own.
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const std::filesystem::path folder = argc > 1 ? argv[1] : SEGUE_SCENARIOS;
  std::error_code missing;
  if (!std::filesystem::is_directory(folder, missing)) {
    std::fprintf(stderr, "There is no folder %s\n", folder.c_str());
    return 1;
  }
  for (const std::filesystem::path& file : segue::scenarios::files_in(folder)) {
    testing::RegisterTest("Scenario", file.stem().c_str(), nullptr, nullptr, file.c_str(), 1,
                          [file] { return new segue::scenarios::ScenarioFile(file); });
  }
  return RUN_ALL_TESTS();
}
