#include "deploy/admin/generate/tree.h"

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

#include "core/io/settings/settings.h"

namespace segue::admin {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUnfinished = ".part";

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) throw std::runtime_error("Cannot read \"" + path.string() + "\".");
  return text;
}

void write_files(const Tree& tree, const fs::path& folder) {
  for (const auto& [path, text] : tree) {
    fs::create_directories((folder / path).parent_path());
    std::ofstream file(folder / path, std::ios::binary);
    file << text;
    file.close();
    if (!file) throw std::runtime_error("is the disk full?");
  }
}

}  // namespace

Tree read_tree(const fs::path& folder) {
  Tree tree;
  std::error_code problem;
  for (fs::recursive_directory_iterator at(folder, problem), end; !problem && at != end;
       at.increment(problem)) {
    if (at->is_regular_file()) tree.emplace(at->path().lexically_relative(folder), text_of(*at));
  }
  if (problem) {
    throw std::runtime_error("Cannot read \"" + folder.string() + "\": " + problem.message() + ".");
  }
  return tree;
}

void replace(Tree& tree, const fs::path& path, std::string_view part, std::string_view instead) {
  const auto file = tree.find(path);
  const bool there = file != tree.end() && !part.empty();
  std::size_t at = there ? file->second.find(part) : std::string::npos;
  if (at == std::string::npos) {
    throw std::runtime_error("\"" + path.string() + "\" is of another version than this program.");
  }
  for (; at != std::string::npos; at = file->second.find(part, at + instead.size())) {
    file->second.replace(at, part.size(), instead);
  }
}

void check_out(const std::string& out) {
  if (out.empty()) throw io::SettingsError("admin.out: say into which folder");
  std::error_code problem;
  const bool there = fs::exists(out, problem);
  if (!there || (fs::is_directory(out, problem) && fs::is_empty(out, problem))) return;
  throw io::SettingsError("admin.out: \"" + out + "\" is there already and is no empty folder");
}

void write_tree(const Tree& tree, const fs::path& out) {
  fs::path beside = out.has_filename() ? out : out.parent_path();
  beside += kUnfinished;
  std::error_code ignored;
  if (fs::exists(beside, ignored)) {
    throw io::SettingsError("admin.out: \"" + beside.string() +
                            "\" is in the way; remove it, or write elsewhere");
  }
  try {
    write_files(tree, beside);
    fs::rename(beside, out.has_filename() ? out : out.parent_path());
  } catch (const std::exception& problem) {
    fs::remove_all(beside, ignored);
    throw std::runtime_error("Cannot write \"" + out.string() + "\": " + problem.what());
  }
}

}  // namespace segue::admin
