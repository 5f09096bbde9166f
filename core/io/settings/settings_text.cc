#include <algorithm>
#include <optional>

#include "core/io/settings/settings.h"

namespace segue::io {
namespace {

constexpr std::size_t kNameColumn = 34;

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size() + 1, width), ' ');
  return text;
}

std::string heading(std::string_view text, bool colour) {
  if (!colour) return std::string(text) + "\n";
  return "\x1b[1;36m" + std::string(text) + "\x1b[0m\n";
}

std::string line(const std::string& name, std::string_view help) {
  return "  " + padded(name, kNameColumn) + std::string(help) + "\n";
}

std::string flag_of(const ProgramInfo& info, const Setting& setting) {
  if (setting.section != info.own_section) return "--" + std::string(setting.name);
  std::string key(setting.key);
  std::replace(key.begin(), key.end(), '_', '-');
  return "--" + key;
}

// The value that a flag wants after it.
std::string_view placeholder(const Setting& setting) {
  if (setting.truth) return "";
  return setting.bounds.empty() ? " TEXT" : " N";
}

std::string setting_help(const ProgramInfo& info, const Setting& setting) {
  if (setting.secret) {
    std::string variable = "SEGUE_" + std::string(setting.name);
    for (char& c : variable) {
      if (c == '.') c = '_';
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return line("(" + variable + "[_FILE])", setting.help);
  }
  std::string text = line(flag_of(info, setting) + std::string(placeholder(setting)), setting.help);
  std::string facts = "default " + setting.value;
  if (!setting.bounds.empty()) facts += "; " + setting.bounds;
  return text + line("", facts);
}

std::string usage(const ProgramInfo& info, const Command* command) {
  std::string text = "  " + std::string(info.name);
  if (command != nullptr) {
    text += " " + std::string(command->name);
  } else if (!info.commands.empty()) {
    text += " COMMAND";
  }
  return text + " [--config FILE] [--SECTION.NAME VALUE ...]\n";
}

std::string commands(const ProgramInfo& info, bool colour) {
  if (info.commands.empty()) return {};
  std::string text = "\n" + heading("Commands", colour);
  for (const Command& command : info.commands) {
    text += line(std::string(command.name), command.help);
  }
  return text;
}

std::string general(bool colour) {
  return "\n" + heading("General", colour) +
         line("--config FILE", "Settings as TOML, one table a section.") +
         line("--print-config", "Print the effective settings as TOML, and end.") +
         line("--version", "Print name, version and revision, and end.") +
         line("--help", "Print this, and end.");
}

// A command shows of the program's own section the settings that it reads.
std::string sections(const ProgramInfo& info, const Command* command, bool colour) {
  const std::vector<Setting> settings = settings_of(Config{});
  std::string text;
  const auto is_read = [&](const Setting& setting) {
    return command == nullptr || setting.section != info.own_section ||
           std::ranges::find(command->settings, setting.key) != command->settings.end();
  };
  const auto add = [&](std::string_view section) {
    std::string lines;
    for (const Setting& setting : settings) {
      if (setting.section == section && is_read(setting)) lines += setting_help(info, setting);
    }
    if (!lines.empty()) text += "\n" + heading("Settings: " + std::string(section), colour) + lines;
  };
  // The program's own settings come first: most people look for those.
  if (!info.own_section.empty()) add(info.own_section);
  for (const std::string_view section : info.sections) {
    if (section != info.own_section) add(section);
  }
  return text;
}

std::string examples(const ProgramInfo& info, const Command* command, bool colour) {
  const std::string begin =
      std::string(info.name) + (command == nullptr ? "" : " " + std::string(command->name));
  std::string text;
  for (const std::string_view example : info.examples) {
    const bool fits = example.starts_with(begin) || command == nullptr;
    if (fits) text += "  " + std::string(example) + "\n";
  }
  return text.empty() ? text : "\n" + heading("Examples", colour) + text;
}

std::string code(const std::string& text) { return "`" + text + "`"; }

void append_cell(std::string& row, std::string_view text) {
  for (const char c : text) {
    if (c == '|') row += '\\';
    row += c;
  }
  row += " | ";
}

}  // namespace

std::string help_text(const ProgramInfo& info, std::string_view command, bool colour) {
  const auto found = std::ranges::find(info.commands, command, &Command::name);
  const Command* const one = found == info.commands.end() ? nullptr : &*found;
  const std::string name =
      std::string(info.name) + (one == nullptr ? "" : " " + std::string(one->name));
  return name + ": " + std::string(one == nullptr ? info.summary : one->help) + "\n\n" +
         heading("Usage", colour) + usage(info, one) +
         (one == nullptr ? commands(info, colour) : "") + general(colour) +
         sections(info, one, colour) +
         "\nEach setting may also stand in the file ([section] name = value) or in the "
         "environment\n"
         "(SEGUE_SECTION_NAME). A flag goes before the environment, that before the file.\n" +
         examples(info, one, colour);
}

std::string config_toml(const ProgramInfo& info, const Config& config) {
  std::string text;
  std::string_view section;
  for (const Setting& setting : settings_of(config)) {
    const bool used = std::find(info.sections.begin(), info.sections.end(), setting.section) !=
                      info.sections.end();
    if (!used || (setting.secret && !setting.set)) continue;
    if (setting.section != section) {
      section = setting.section;
      text += (text.empty() ? "[" : "\n[") + std::string(section) + "]\n";
    }
    text += std::string(setting.key) + " = " + setting.value + "\n";
  }
  return text;
}

std::string settings_table() {
  std::string text = "| setting | default | bounds | what it does |\n|---|---|---|---|\n";
  for (const Setting& setting : settings_of(Config{})) {
    text += "| `";
    text += setting.name;
    text += "` | ";
    append_cell(text, setting.secret ? "" : code(setting.value));
    append_cell(text, setting.bounds);
    append_cell(text, setting.help);
    text.back() = '\n';
  }
  return text;
}

}  // namespace segue::io
