#include <CLI/CLI.hpp>
#include <algorithm>

#include "core/io/settings/settings.h"

namespace segue::io {
namespace {

struct Flag {
  CLI::Option* option = nullptr;
  std::string setting;
};

std::string dashed(std::string_view key) {
  std::string text(key);
  std::replace(text.begin(), text.end(), '_', '-');
  return text;
}

// "--replay.events_max", and for the program's own section "--events-max" as well; both with
// dashes or underscores, so that there is nothing to remember.
std::vector<std::string> flag_names(const ProgramInfo& info, const Setting& setting) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  add("--" + std::string(setting.name));
  add("--" + std::string(setting.section) + "." + dashed(setting.key));
  if (setting.section == info.own_section) {
    add("--" + dashed(setting.key));
    add("--" + std::string(setting.key));
  }
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

bool uses(const ProgramInfo& info, std::string_view section) {
  return std::find(info.sections.begin(), info.sections.end(), section) != info.sections.end();
}

// The command line of one program as CLI11 sees it. Values stay text: bounds are checked where
// files and variables are, by one piece of code.
class CommandLine {
 public:
  explicit CommandLine(const ProgramInfo& info) : info_(info) {
    app_.set_help_flag();
    app_.allow_extras();
    const auto ask = [&](const std::string& name, Ask what) {
      asks_.emplace_back(app_.add_flag(name), what);
      known_.push_back(name);
    };
    ask("--help", Ask::help);
    ask("--version", Ask::version);
    ask("--print-config", Ask::print_config);
    ask("--settings-table", Ask::settings_table);
    ask("--metrics-table", Ask::metrics_table);
    config_file_ = add_option({"--config"});
    for (const Setting& setting : settings_of(Config{})) {
      if (uses(info, setting.section)) add_setting(setting);
    }
  }

  Arguments read(const std::vector<std::string>& args) {
    parse(args);
    Arguments arguments;
    for (const auto& [option, what] : asks_) {
      if (option->count() > 0 && arguments.ask == Ask::run) arguments.ask = what;
    }
    if (config_file_->count() > 0) arguments.config_file = config_file_->results().back();
    for (const Flag& flag : flags_) {
      if (flag.option->count() == 0) continue;
      arguments.settings.emplace_back(flag.setting, flag.option->results().back());
    }
    arguments.command = command(app_.remaining(), arguments.ask);
    if (arguments.ask != Ask::help) refuse_others(arguments);
    return arguments;
  }

 private:
  CLI::Option* add_option(const std::vector<std::string>& names) {
    known_.insert(known_.end(), names.begin(), names.end());
    return app_.add_option(joined(names))
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }

  void add_setting(const Setting& setting) {
    const auto names = flag_names(info_, setting);
    if (setting.truth) {
      flags_.push_back({app_.add_flag(joined(names)), std::string(setting.name)});
      known_.insert(known_.end(), names.begin(), names.end());
      return;
    }
    CLI::Option* option = add_option(names);
    if (setting.secret) {
      secrets_.push_back({option, std::string(setting.name)});
    } else {
      flags_.push_back({option, std::string(setting.name)});
    }
  }

  void parse(const std::vector<std::string>& args) {
    std::vector<std::string> reversed;
    for (const std::string& arg : args) {
      // CLI11 takes "--name=" for a flag whose value comes next; it is an empty value.
      if (arg.starts_with("--") && arg.find('=') == arg.size() - 1) {
        reversed.push_back(arg.substr(0, arg.size() - 1));
        reversed.emplace_back();
      } else {
        reversed.push_back(arg);
      }
    }
    std::reverse(reversed.begin(), reversed.end());
    try {
      app_.parse(reversed);
    } catch (const CLI::ParseError& problem) {
      throw SettingsError(problem.what());
    }
    for (const Flag& secret : secrets_) {
      if (secret.option->count() == 0) continue;
      throw SettingsError(secret.setting +
                          " is a secret, and a command line can be read by others: set it in the "
                          "environment (see --help)");
    }
  }

  std::string command(const std::vector<std::string>& rest, Ask ask) const {
    for (const std::string& word : rest) {
      if (word.starts_with("-")) refuse_flag(word);
    }
    if (info_.commands.empty()) {
      if (!rest.empty()) throw SettingsError("Unexpected argument \"" + rest.front() + "\"");
      return {};
    }
    if (rest.empty()) {
      if (ask != Ask::run) return {};
      throw SettingsError("A command is missing: one of " + command_list());
    }
    // A command may be of two words; the longest that is one counts.
    for (std::size_t words = rest.size(); words > 0; --words) {
      std::string given = rest.front();
      for (std::size_t i = 1; i < words; ++i) given += " " + rest[i];
      if (!is_command(given)) continue;
      if (words < rest.size()) throw SettingsError("Unexpected argument \"" + rest[words] + "\"");
      return given;
    }
    const std::string longer = command_list(rest.front() + " ");
    if (!longer.empty()) {
      throw SettingsError("\"" + rest.front() + "\" wants another word: " + longer);
    }
    throw SettingsError("Unknown command \"" + rest.front() + "\"; there is " + command_list());
  }

  // Where commands say which settings of the own section they read, a flag of another command is
  // refused: --dry-run of one makes no dry run of the others.
  void refuse_others(const Arguments& arguments) const {
    const auto found = std::ranges::find(info_.commands, arguments.command, &Command::name);
    const bool listed = std::ranges::any_of(
        info_.commands, [](const Command& known) { return !known.settings.empty(); });
    if (found == info_.commands.end() || !listed) return;
    for (const Setting& setting : settings_of(Config{})) {
      const bool read = setting.section != info_.own_section ||
                        std::ranges::find(found->settings, setting.key) != found->settings.end();
      const bool given = std::ranges::any_of(
          arguments.settings, [&](const auto& each) { return each.first == setting.name; });
      if (read || !given) continue;
      throw SettingsError(arguments.command + " does not use " + std::string(setting.name));
    }
  }

  bool is_command(std::string_view name) const {
    return std::any_of(info_.commands.begin(), info_.commands.end(),
                       [&](const Command& known) { return known.name == name; });
  }

  [[noreturn]] void refuse_flag(const std::string& word) const {
    const std::string name = word.substr(0, word.find('='));
    for (const Setting& setting : settings_of(Config{})) {
      if (name != "--" + std::string(setting.name)) continue;
      throw SettingsError(std::string(info_.name) + " does not use " + std::string(setting.name));
    }
    throw SettingsError("Unknown flag " + name + near_miss(name, known_));
  }

  std::string command_list(std::string_view begin = {}) const {
    std::string list;
    for (const Command& known : info_.commands) {
      if (!known.name.starts_with(begin)) continue;
      list += (list.empty() ? "" : ", ") + std::string(known.name);
    }
    return list;
  }

  const ProgramInfo& info_;
  CLI::App app_;
  std::vector<std::pair<CLI::Option*, Ask>> asks_;
  CLI::Option* config_file_ = nullptr;
  std::vector<Flag> flags_;
  std::vector<Flag> secrets_;
  std::vector<std::string> known_;
};

}  // namespace

Arguments read_arguments(const ProgramInfo& info, const std::vector<std::string>& args) {
  return CommandLine(info).read(args);
}

}  // namespace segue::io
