#include "deploy/admin/own_files.h"

#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace segue::admin {
namespace {

namespace fs = std::filesystem;

// build/release/bin/segue-admin is as far below its clone as this.
constexpr int kFoldersAbove = 5;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

std::string found(const std::string& given, const std::string& setting, const fs::path& file) {
  if (!given.empty()) return given;
  std::error_code unknown;
  const fs::path folder = fs::read_symlink("/proc/self/exe", unknown).parent_path();
  const fs::path installed = folder.parent_path() / "share" / "segue" / file;
  if (is_there(installed)) return installed.string();
  fs::path above = folder;
  for (int i = 0; i < kFoldersAbove; ++i, above = above.parent_path()) {
    const fs::path in_clone = above / "deploy" / file;
    if (is_there(in_clone)) return in_clone.string();
  }
  throw std::runtime_error("There is neither " + installed.string() + " nor deploy/" +
                           file.string() + " in a folder above " + folder.string() +
                           "; say where it is with " + setting + ".");
}

}  // namespace

std::string topics_path(const AdminConfig& config) {
  return found(config.topics, "admin.topics", "topics.toml");
}

std::string functions_path(const AdminConfig& config) {
  return found(config.functions, "admin.functions", fs::path("redis") / "segue.lua");
}

}  // namespace segue::admin
