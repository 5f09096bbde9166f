#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

// Files that are read, changed in memory, and written together.
namespace segue::admin {

// Their texts by path below the folder.
using Tree = std::map<std::filesystem::path, std::string>;

// All files below `folder`. Throws std::runtime_error for one that cannot be read.
Tree read_tree(const std::filesystem::path& folder);

// Puts `instead` in place of each `part` of the file at `path`. Throws std::runtime_error where the
// file is not there or has no such part: it is of another version than this program.
void replace(Tree& tree, const std::filesystem::path& path, std::string_view part,
             std::string_view instead);

// Throws io::SettingsError unless admin.out names a folder that can be written to: one that is not
// there, or is empty.
void check_out(const std::string& out);

// Writes all files, or none: into a folder beside `out`, which then takes its place. Throws
// std::runtime_error.
void write_tree(const Tree& tree, const std::filesystem::path& out);

}  // namespace segue::admin
