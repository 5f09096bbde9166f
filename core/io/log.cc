#include "core/io/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <charconv>
#include <cmath>
#include <memory>
#include <stdexcept>

#include "core/io/clock.h"
#include "core/time.h"

namespace segue::io::log {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

struct Output {
  std::string component = "segue";
  std::shared_ptr<spdlog::logger> logger;
};

Output& output() {
  // Never destroyed: a library's thread may say something until the process is gone.
  static Output& the_output = *[] {
    auto made = std::make_unique<Output>();
    made->logger = std::make_shared<spdlog::logger>(
        "segue", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->logger->set_pattern("%v");
    return made.release();
  }();
  return the_output;
}

// Length of the well-formed UTF-8 sequence at the start of `text`, 0 if there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF5   ? 0
                             : lead >= 0xF0 ? 4
                             : lead >= 0xE0 ? 3
                             : lead >= 0xC2 ? 2
                                            : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what lies past U+10FFFF.
  if (lead == 0xE0 && byte(1) < 0xA0) return 0;
  if (lead == 0xED && byte(1) > 0x9F) return 0;
  if (lead == 0xF0 && byte(1) < 0x90) return 0;
  if (lead == 0xF4 && byte(1) > 0x8F) return 0;
  return length;
}

void append_escape(std::string& line, unsigned char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      line += "\\\"";
      break;
    case '\\':
      line += "\\\\";
      break;
    case '\n':
      line += "\\n";
      break;
    default:
      line += "\\u00";
      line += kHex[c >> 4];
      line += kHex[c & 15];
  }
}

void append_text(std::string& line, std::string_view text) {
  line += '"';
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text.front());
    std::size_t length = sequence_length(text);
    if (length == 0) {
      line += kReplacement;
      length = 1;
    } else if (first < 0x20 || first == 0x7F || first == '"' || first == '\\') {
      append_escape(line, first);
    } else {
      line += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  line += '"';
}

void append_value(std::string& line, std::int64_t value) { line += std::to_string(value); }
void append_value(std::string& line, bool value) { line += value ? "true" : "false"; }
void append_value(std::string& line, const std::string& value) { append_text(line, value); }
void append_value(std::string& line, double value) {
  if (!std::isfinite(value)) {
    line += "null";
    return;
  }
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  line.append(buffer.data(), end.ptr);
}

void append_field(std::string& line, std::string_view name) {
  line += line.size() > 1 ? "," : "";
  append_text(line, name);
  line += ':';
}

void write(spdlog::level::level_enum level, std::string_view level_name, std::string_view message,
           std::initializer_list<Field> fields) {
  const Output& out = output();
  if (!out.logger->should_log(level)) return;
  std::string line = "{";
  append_field(line, "ts");
  append_text(line, format_time(wall_clock()));
  append_field(line, "level");
  append_text(line, level_name);
  append_field(line, "msg");
  append_text(line, message);
  append_field(line, "component");
  append_text(line, out.component);
  for (const Field& field : fields) {
    append_field(line, field.name);
    std::visit([&](const auto& value) { append_value(line, value); }, field.value);
  }
  line += '}';
  out.logger->log(level, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

void start(std::string_view component, std::string_view level) {
  using Level = std::pair<std::string_view, spdlog::level::level_enum>;
  constexpr std::array kLevels = {
      Level{"debug", spdlog::level::debug}, Level{"info", spdlog::level::info},
      Level{"warn", spdlog::level::warn}, Level{"error", spdlog::level::err}};
  for (const auto& [name, value] : kLevels) {
    if (name != level) continue;
    output().component = component;
    output().logger->set_level(value);
    output().logger->flush_on(spdlog::level::debug);
    return;
  }
  throw std::invalid_argument("log.level must be debug, info, warn or error; \"" +
                              std::string(level) + "\" was given");
}

void debug(std::string_view message, std::initializer_list<Field> fields) {
  write(spdlog::level::debug, "debug", message, fields);
}
void info(std::string_view message, std::initializer_list<Field> fields) {
  write(spdlog::level::info, "info", message, fields);
}
void warn(std::string_view message, std::initializer_list<Field> fields) {
  write(spdlog::level::warn, "warn", message, fields);
}
void error(std::string_view message, std::initializer_list<Field> fields) {
  write(spdlog::level::err, "error", message, fields);
}

}  // namespace segue::io::log
