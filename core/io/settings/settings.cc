#include "core/io/settings/settings.h"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <sstream>
#include <type_traits>

#include "core/check.h"

namespace segue::io {
namespace {

constexpr std::string_view kPrefix = "SEGUE_";

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

// Whole numbers without an exponent, fractions as short as they can be read back.
std::string number(double value) {
  char buffer[32];
  const bool whole = std::nearbyint(value) == value && std::abs(value) < 1e16;
  const auto end =
      whole ? std::to_chars(buffer, buffer + sizeof buffer, static_cast<long long>(value))
            : std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, end.ptr};
}

std::string bounds_text(const Bounds& bounds) {
  if (bounds.max == Bounds{}.max) return number(bounds.min) + " or more";
  return number(bounds.min) + " to " + number(bounds.max);
}

template <class T>
std::string expected(const Bounds& bounds) {
  if constexpr (std::is_same_v<T, bool>) return "true or false";
  if constexpr (std::is_same_v<T, std::string>) return "text";
  if constexpr (std::is_same_v<T, double>) return "a number, " + bounds_text(bounds);
  return "a whole number, " + bounds_text(bounds);
}

// Reads `text` whole, or says that it is no T.
bool parse(std::string_view text, std::string& into) {
  into = text;
  return true;
}
bool parse(std::string_view text, bool& into) {
  if (text != "true" && text != "1" && text != "false" && text != "0") return false;
  into = text == "true" || text == "1";
  return true;
}
template <class Number>
bool parse(std::string_view text, Number& into) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), into);
  return problem == std::errc{} && end == text.data() + text.size();
}

// A TOML value as text, if it is of the setting's kind. A whole number may stand for a fraction.
bool parse(const toml::node& node, std::string& into) {
  if (!node.is_string()) return false;
  into = node.as_string()->get();
  return true;
}
bool parse(const toml::node& node, bool& into) {
  if (!node.is_boolean()) return false;
  into = node.as_boolean()->get();
  return true;
}
bool parse(const toml::node& node, std::int64_t& into) {
  if (!node.is_integer()) return false;
  into = node.as_integer()->get();
  return true;
}
bool parse(const toml::node& node, double& into) {
  if (!node.is_number()) return false;
  into = node.is_integer() ? static_cast<double>(node.as_integer()->get())
                           : node.as_floating_point()->get();
  return true;
}

template <class T>
bool within(const T& value, const Bounds& bounds) {
  if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::string>) return true;
  const auto number = [&] {
    if constexpr (std::is_arithmetic_v<T>) return static_cast<double>(value);
    return 0.0;
  }();
  return number >= bounds.min && number <= bounds.max;  // false for NaN
}

// Where a value stands and how it reads there, for messages.
struct Origin {
  std::string place;  // "in segue.toml, line 3"
  std::string given;
};

// Sets the setting of that name from a text or a TOML node; false if there is none.
template <class Source>
bool assign(Config& config, std::string_view name, const Source& source, const Origin& origin) {
  bool found = false;
  visit(config, [&](std::string_view known, auto& field, std::string_view, const Bounds& bounds,
                    Shown) {
    if (known != name) return;
    found = true;
    std::remove_reference_t<decltype(field)> value{};
    if (!parse(source, value) || !within(value, bounds)) {
      throw SettingsError(std::string(name) + " must be " + expected<decltype(value)>(bounds) +
                          "; " + origin.given + " was given " + origin.place);
    }
    field = std::move(value);
  });
  return found;
}

Shown shown_of(std::string_view name) {
  Config config;
  Shown found = Shown::yes;
  visit(config, [&](std::string_view known, auto&, std::string_view, const Bounds&, Shown shown) {
    if (known == name) found = shown;
  });
  return found;
}

bool is_secret(std::string_view name) { return shown_of(name) != Shown::yes; }
bool is_document(std::string_view name) { return shown_of(name) == Shown::document; }

// "replay.events_max" is SEGUE_REPLAY_EVENTS_MAX.
std::string variable_of(std::string_view name) {
  std::string variable(kPrefix);
  for (const char c : name) {
    variable += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  return variable;
}

std::vector<std::string> known_names() {
  Config config;
  std::vector<std::string> names;
  visit(config, [&](std::string_view name, auto&, std::string_view, const Bounds&, Shown) {
    names.emplace_back(name);
  });
  return names;
}

constexpr std::string_view kLookThere = "; --help lists what there is";

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above + 1, row[j - 1] + 1, changed});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string shown(const toml::node& node) {
  std::ostringstream out;
  node.visit([&](const auto& value) { out << value; });
  std::string text = out.str();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

// One file's tables, flattened into settings.
class TomlReader {
 public:
  TomlReader(Config& config, std::string_view file) : config_(config), file_(file) {}

  void read(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string name = prefix + std::string(key.str());
      if (node.is_table()) {
        read_section(*node.as_table(), name);
      } else {
        read_value(node, name);
      }
    }
  }

 private:
  void read_section(const toml::table& table, const std::string& name) {
    if (table.empty() && !is_section(name)) refuse(table, name, "section");
    read(table, name + ".");
  }

  void read_value(const toml::node& node, const std::string& name) {
    if (is_secret(name)) {
      throw SettingsError(name + " is a secret: take it out of " + file_ + " and set " +
                          variable_of(name) + " or " + variable_of(name) + "_FILE");
    }
    if (!assign(config_, name, node, {.place = place(node), .given = shown(node)})) {
      refuse(node, name, "setting");
    }
  }

  static bool is_section(const std::string& name) {
    const auto names = known_names();
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& known) { return known.starts_with(name + "."); });
  }

  std::string place(const toml::node& node) const {
    return "in " + file_ + ", line " + std::to_string(node.source().begin.line);
  }

  [[noreturn]] void refuse(const toml::node& node, const std::string& name,
                           std::string_view what) const {
    throw SettingsError("Unknown " + std::string(what) + " " + quoted(name) + " " + place(node) +
                        near_miss(name, known_names()));
  }

  Config& config_;
  std::string file_;
};

// A variable of ours that is misspelt must not be dropped in silence; a word of somebody else's,
// without a section, may.
bool looks_like_setting(const std::string& variable, const std::string& closest) {
  if (variable.substr(kPrefix.size()).find('_') != std::string::npos) return true;
  return edit_distance(variable, closest) <= 2;
}

bool is_reserved(std::string_view variable) {
  return variable == "SEGUE_DATA" || variable.starts_with("SEGUE_TEST_");
}

void refuse_unknown(const Environment& environment, std::vector<std::string> known) {
  for (const auto& [variable, value] : environment) {
    if (!variable.starts_with(kPrefix) || is_reserved(variable)) continue;
    if (std::find(known.begin(), known.end(), variable) != known.end()) continue;
    const std::string closest = nearest(variable, known);
    if (!looks_like_setting(variable, closest)) continue;
    throw SettingsError("Unknown setting " + variable + " in the environment; the nearest is " +
                        closest);
  }
}

// A password with line breaks in it is a file of something else.
void must_be_one_line(std::string_view text, std::string_view name, const std::string& variable) {
  if (is_document(name)) return;
  const bool one = std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
  });
  if (!one) throw SettingsError(variable + " must be one line of text, without control characters");
}

// A file's text less its last line break. An empty one would pass for a setting that is not given.
std::string secret_of(std::string text, const std::string& variable) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  if (text.empty()) throw SettingsError(variable + " names a file in which there is nothing");
  return text;
}

std::string toml_text(const std::string& value) {
  const toml::value<std::string> node(value);
  std::ostringstream out;
  out << toml::toml_formatter(node, toml::format_flags::none);  // "double" quotes
  return out.str();
}
std::string toml_text(bool value) { return value ? "true" : "false"; }
std::string toml_text(std::int64_t value) { return std::to_string(value); }
std::string toml_text(double value) {
  const std::string text = number(value);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

}  // namespace

std::string near_miss(std::string_view given, const std::vector<std::string>& candidates) {
  const std::string best = nearest(given, candidates);
  if (best.empty()) return std::string(kLookThere);
  const std::string_view leaf = std::string_view(best).substr(best.rfind('.') + 1);
  const std::size_t away = std::min(edit_distance(given, best), edit_distance(given, leaf));
  if (away > std::max<std::size_t>(given.size() / 2, 2)) return std::string(kLookThere);
  return "; the nearest is " + best;
}

std::string nearest(std::string_view given, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = std::string::npos;
  for (const std::string& candidate : candidates) {
    // "events_max" without its section is near "replay.events_max".
    const std::string_view leaf = std::string_view(candidate).substr(candidate.rfind('.') + 1);
    const std::size_t distance =
        std::min(edit_distance(given, candidate), edit_distance(given, leaf) + 1);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

void read_toml(Config& config, std::string_view text, std::string_view file) {
  toml::table table;
  try {
    table = toml::parse(text, file);
  } catch (const toml::parse_error& problem) {
    throw SettingsError("--config " + std::string(file) + " is not TOML: line " +
                        std::to_string(problem.source().begin.line) + ": " +
                        std::string(problem.description()));
  }
  TomlReader(config, file).read(table, "");
}

void read_environment(Config& config, const Environment& environment, const FileReader& read_file) {
  std::vector<std::string> known;
  for (const std::string& name : known_names()) {
    const std::string variable = variable_of(name);
    known.push_back(variable);
    const auto given = environment.find(variable);
    if (given != environment.end()) {
      const bool secret = is_secret(name);
      if (secret) must_be_one_line(given->second, name, variable);
      assign(config, name, std::string_view(given->second),
             {.place = "in " + variable, .given = secret ? "a secret" : quoted(given->second)});
    }
    if (!is_secret(name)) continue;
    const std::string file_variable = variable + "_FILE";
    known.push_back(file_variable);
    const auto file = environment.find(file_variable);
    if (file == environment.end()) continue;
    if (given != environment.end()) {
      throw SettingsError("Set " + variable + " or " + file_variable + ", not both");
    }
    const std::string secret = secret_of(read_file(file->second), file_variable);
    must_be_one_line(secret, name, file_variable);
    assign(config, name, std::string_view(secret),
           {.place = "in " + file_variable, .given = "a secret"});
  }
  refuse_unknown(environment, std::move(known));
}

void read_flags(Config& config, const Arguments& arguments) {
  for (const auto& [name, value] : arguments.settings) {
    assign(config, name, std::string_view(value),
           {.place = "as --" + name, .given = quoted(value)});
  }
}

Config effective_config(const Arguments& arguments, const Environment& environment,
                        const FileReader& read_file) {
  Config config;
  if (!arguments.config_file.empty()) {
    read_toml(config, read_file(arguments.config_file), arguments.config_file);
  }
  read_environment(config, environment, read_file);
  read_flags(config, arguments);
  return config;
}

void set(Config& config, std::string_view name, std::string_view text, const std::string& place) {
  SEGUE_CHECK(assign(config, name, text, {.place = place, .given = quoted(text)}));
}

std::vector<Setting> settings_of(const Config& config) {
  std::vector<Setting> settings;
  visit(config, [&](std::string_view name, const auto& field, std::string_view help,
                    const Bounds& bounds, Shown shown) {
    using Field = std::remove_cvref_t<decltype(field)>;
    const auto dot = name.find('.');
    Setting setting{.name = name,
                    .section = name.substr(0, dot),
                    .key = name.substr(dot + 1),
                    .help = help,
                    .value = toml_text(field),
                    .bounds = {},
                    .truth = std::is_same_v<Field, bool>,
                    .secret = shown != Shown::yes,
                    .set = false};
    if constexpr (std::is_same_v<Field, std::string>) {
      setting.set = !field.empty();
    } else if constexpr (!std::is_same_v<Field, bool>) {
      setting.bounds = bounds_text(bounds);
    }
    if (setting.secret) setting.value = "\"(hidden)\"";
    settings.push_back(std::move(setting));
  });
  return settings;
}

}  // namespace segue::io
