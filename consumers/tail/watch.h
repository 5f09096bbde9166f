#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/io/program.h"

// The two ways to watch. Both run until the program is asked to stop, tail.for_s is over, or no one
// reads standard output any more, and return the exit code. They throw what KafkaTail throws.
namespace segue::tail {

enum class Format : std::uint8_t { json, plain, colour };

// One listener: events and the lists that answer them.
int watch_one_listener(io::Program& program, Format format);

// Everybody, in numbers: a line at once, one each second, and one at the end.
int watch_all_listeners(io::Program& program, Format format);

// How long to wait for records before looking whether to stop.
inline constexpr std::chrono::milliseconds kPatience{100};

// Writes and flushes; false when the reader is gone.
bool print(const std::string& text);

}  // namespace segue::tail
