// A configuration: as TOML, environment or flags, or as an experiment's changes.
#include "core/io/settings/settings.h"
#include "tests/fuzz/fuzz.h"

using namespace segue;

namespace {

// Whatever it holds, a refusal is one that names the setting.
template <class Read>
void try_to(Read read) {
  try {
    read();
  } catch (const io::SettingsError&) {
  }
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (c == '\n') {
      if (words.size() == 64) break;
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  return words;
}

// "NAME=text" lines; a secret's file holds its own name.
void read_environment(Config& config, std::string_view text) {
  io::Environment environment;
  for (const std::string& word : words_of(text)) {
    const std::size_t end = word.find('=');
    if (end != std::string::npos) environment[word.substr(0, end)] = word.substr(end + 1);
  }
  io::read_environment(config, environment, [](const std::string& path) { return path; });
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const io::ProgramInfo info{.name = "segue-fuzz",
                                    .summary = "",
                                    .sections = {"kafka", "redis", "worker", "model", "experiment"},
                                    .own_section = "worker",
                                    .examples = {},
                                    .commands = {}};
  if (size == 0) return 0;
  const std::string_view text = fuzz::text_of(data + 1, size - 1);
  try_to([&] {
    Config config;
    if (data[0] == 't') io::read_toml(config, text, "fuzz.toml");
    if (data[0] == 'v') read_environment(config, text);
    if (data[0] == 'f') io::read_flags(config, io::read_arguments(info, words_of(text)));
    if (data[0] == 'e') {
      config.experiment = {.name = "trial", .share = 0.5, .changes = std::string(text)};
    }
    (void)io::experiment_of(config);
    (void)io::config_toml(info, config);
  });
  return 0;
}
