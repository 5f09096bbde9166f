#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

// One JSON object a line on stderr: ts, level, msg (a full sentence), component, and fields. Never
// a listener id, never once an event. Thread-safe.
namespace segue::io::log {

using Value = std::variant<std::int64_t, double, bool, std::string>;
struct Field {
  std::string_view name;
  Value value;
};

// `component` is the program's name; level: debug, info, warn, error (throws on another).
void start(std::string_view component, std::string_view level);

void debug(std::string_view message, std::initializer_list<Field> fields = {});
void info(std::string_view message, std::initializer_list<Field> fields = {});
void warn(std::string_view message, std::initializer_list<Field> fields = {});
void error(std::string_view message, std::initializer_list<Field> fields = {});

}  // namespace segue::io::log
