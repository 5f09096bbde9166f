#include "loadtest/evaluate/overrides.h"

#include <algorithm>

#include "core/io/settings/settings.h"

namespace segue {
namespace {

std::vector<std::string> model_settings() {
  std::vector<std::string> names;
  for (const io::Setting& setting : io::settings_of(Config{})) {
    if (setting.section == "model") names.emplace_back(setting.name);
  }
  return names;
}

}  // namespace

Tuning tuning_with(const Config& config, std::string_view changes) {
  Config changed = config;
  const std::vector<std::string> known = model_settings();
  while (!changes.empty()) {
    const std::string_view change = changes.substr(0, changes.find(','));
    changes.remove_prefix(std::min(changes.size(), change.size() + 1));
    const std::size_t equals = change.find('=');
    if (equals == std::string_view::npos) {
      throw io::SettingsError("A variant is NAME=VALUE, separated by commas; \"" +
                              std::string(change) + "\" has no =");
    }
    const std::string name(change.substr(0, equals));
    if (std::ranges::find(known, name) == known.end()) {
      throw io::SettingsError("A variant changes settings of the model; \"" + name + "\" is none" +
                              io::near_miss(name, known));
    }
    io::set(changed, name, change.substr(equals + 1), "in a variant");
  }
  return changed.model;
}

std::vector<std::string> spread_compare(std::vector<std::string> args) {
  const auto compare = std::ranges::find(args, "--compare");
  const bool both = args.end() - compare > 2 && !compare[2].starts_with("--");
  if (both) args.insert(compare + 2, "--against");
  return args;
}

}  // namespace segue
