#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config.h"
#include "core/experiment.h"
#include "core/io/program.h"

// How settings are read and shown: pure functions over a file's text, the environment and the
// arguments, all driven by `visit` in core/config.h.
namespace segue::io {

// A setting, flag or command that is wrong. The message names it, what was given and what may stand
// there. A program's body may throw it too: the exit code is 2 and --help is pointed to.
class SettingsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using Environment = std::map<std::string, std::string, std::less<>>;
// Returns a file's text; throws SettingsError if it cannot be read.
using FileReader = std::function<std::string(const std::string& path)>;

enum class Ask : std::uint8_t { run, help, version, print_config, settings_table, metrics_table };

// A command line, taken apart: what is asked for, and the settings as they were written.
struct Arguments {
  Ask ask = Ask::run;
  std::string config_file;                                    // empty: none
  std::string command;                                        // empty: none
  std::vector<std::pair<std::string, std::string>> settings;  // "replay.rate", "500"
};

// `args` without the program's own name. Throws SettingsError for an unknown flag or command, with
// the nearest known one, for a secret, and for a missing command (unless something else is asked).
Arguments read_arguments(const ProgramInfo& info, const std::vector<std::string>& args);

// The layers, each over what is already in `config`. All throw SettingsError.
// `file` is for messages only.
void read_toml(Config& config, std::string_view text, std::string_view file);
// SEGUE_SECTION_NAME; for secrets also SEGUE_SECTION_NAME_FILE, whose text less its last line break
// is the secret. SEGUE_DATA and SEGUE_TEST_* are left alone.
void read_environment(Config& config, const Environment& environment, const FileReader& read_file);
void read_flags(Config& config, const Arguments& arguments);

// Defaults < file < environment < flags.
Config effective_config(const Arguments& arguments, const Environment& environment,
                        const FileReader& read_file);

// Sets one setting from its text; `place` says in a refusal where it was given. Throws
// SettingsError. Requires: there is a setting of that name.
void set(Config& config, std::string_view name, std::string_view text, const std::string& place);

// The experiment that the settings describe, the trial's tuning being `model` with the changes.
// Throws SettingsError for a change of what is unknown, shared by both variants or out of bounds.
Experiment experiment_of(const Config& config);

// One setting as text, for help and tables.
struct Setting {
  std::string_view name;     // "replay.rate"
  std::string_view section;  // "replay"
  std::string_view key;      // "rate"
  std::string_view help;
  std::string value;   // as TOML: 500.0, "info", true
  std::string bounds;  // "0 to 1000", empty: none
  bool truth = false;  // true or false
  bool secret = false;
  bool set = false;  // secrets: not empty
};
std::vector<Setting> settings_of(const Config& config);

// The candidate with the smallest edit distance to `given`; empty if there is none.
std::string nearest(std::string_view given, const std::vector<std::string>& candidates);
// The end of a complaint of `given`: "; the nearest is ..." or, where none is like it, where to
// look.
std::string near_miss(std::string_view given, const std::vector<std::string>& candidates);

// --help, with colours for a terminal or without: of the program, or of one of its commands.
std::string help_text(const ProgramInfo& info, std::string_view command, bool colour);
// --print-config: TOML of the program's own sections; a secret that is set reads "(hidden)".
std::string config_toml(const ProgramInfo& info, const Config& config);
// --settings-table: the pages' table of all settings, in Markdown.
std::string settings_table();

}  // namespace segue::io
