#pragma once

#include <string>
#include <string_view>

namespace segue::io {

// Writes a file so that a reader, and a crash, sees all of it or nothing: under a name of its own,
// flushed, renamed, the folder flushed. Throws std::runtime_error, in one line, and leaves nothing
// behind where the disk is full or the folder cannot be written.
void write_durably(const std::string& path, std::string_view bytes);

// The whole file. Throws std::runtime_error, in one line, where it cannot be read or is longer.
std::string read_whole(const std::string& path, std::size_t bytes_max);

// The user's data folder and this below it: $XDG_DATA_HOME, else ~/.local/share. Throws
// std::runtime_error where neither is known; then the setting must be given.
std::string in_data_folder(std::string_view below, std::string_view setting);

}  // namespace segue::io
