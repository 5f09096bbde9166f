#include <algorithm>
#include <array>

#include "core/io/settings/settings.h"

namespace segue::io {
namespace {

// Settings that shape the item models, which both variants share, or bound a process's memory.
constexpr std::array<std::string_view, 5> kShared = {
    "model.follow_half_life_days", "model.trend_half_life_days", "model.models_held_max",
    "model.listeners_min", "model.catalogue_only"};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<std::string> changeable() {
  std::vector<std::string> names;
  for (const Setting& setting : settings_of(Config{})) {
    if (setting.section != "model") continue;
    if (std::find(kShared.begin(), kShared.end(), setting.name) != kShared.end()) continue;
    names.emplace_back(setting.name);
  }
  return names;
}

[[noreturn]] void refuse(const std::string& name, const std::vector<std::string>& may_change) {
  for (const Setting& setting : settings_of(Config{})) {
    if (setting.name != name) continue;
    throw SettingsError("experiment.changes cannot change " + name +
                        ", which both variants share; it can change " + may_change.front() +
                        " and other settings of the ranking");
  }
  throw SettingsError("Unknown setting \"" + name + "\" in experiment.changes" +
                      near_miss(name, may_change));
}

Tuning changed(const Config& config) {
  Config trial = config;
  const std::vector<std::string> may_change = changeable();
  std::vector<std::string> seen;
  std::string_view rest = config.experiment.changes;
  while (!trimmed(rest).empty()) {
    const std::string_view change = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), change.size() + 1));
    const auto equals = change.find('=');
    if (equals == std::string_view::npos) {
      throw SettingsError("experiment.changes must be NAME=VALUE, separated by commas; \"" +
                          std::string(change) + "\" has no =");
    }
    const std::string name(trimmed(change.substr(0, equals)));
    if (std::find(may_change.begin(), may_change.end(), name) == may_change.end()) {
      refuse(name, may_change);
    }
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
      throw SettingsError("experiment.changes changes " + name + " twice");
    }
    seen.push_back(name);
    set(trial, name, trimmed(change.substr(equals + 1)), "in experiment.changes");
  }
  return trial.model;
}

bool is_name(std::string_view name) {
  return name.size() <= Experiment::kNameBytesMax && name != kControlName &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string_view::npos;
}

}  // namespace

Experiment experiment_of(const Config& config) {
  const ExperimentConfig& given = config.experiment;
  if (!is_name(given.name)) {
    throw SettingsError("experiment.name must be at most " +
                        std::to_string(Experiment::kNameBytesMax) +
                        " of a-z, 0-9, _ and -, and not \"" + std::string(kControlName) + "\"; \"" +
                        given.name + "\" was given");
  }
  if (given.name.empty() && !given.changes.empty()) {
    throw SettingsError("experiment.changes needs an experiment.name");
  }
  return {.name = given.name, .share = given.share, .trial = changed(config)};
}

}  // namespace segue::io
