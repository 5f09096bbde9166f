#include "deploy/admin/own_files.h"

#include <filesystem>
#include <fstream>
#include <sstream>
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

std::string found(const fs::path& file, const std::string& remedy) {
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
                           file.string() + " in a folder above " + folder.string() + "; " + remedy +
                           ".");
}

std::string given_or_found(const std::string& given, const std::string& setting,
                           const fs::path& file) {
  return given.empty() ? found(file, "say where it is with " + setting) : given;
}

// The folder `name`, which is known by this file of it.
std::string folder(const fs::path& name, const fs::path& file) {
  fs::path path = found(name / file, "install Segue, or build segue-admin in its clone");
  for (const auto& part : file) {
    if (!part.empty()) path = path.parent_path();
  }
  return path.string();
}

}  // namespace

std::string topics_path(const AdminConfig& config) {
  return given_or_found(config.topics, "admin.topics", "topics.toml");
}

std::string functions_text(const AdminConfig& config) {
  const std::string path =
      given_or_found(config.functions, "admin.functions", fs::path("redis") / "segue.lua");
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!(text << file.rdbuf())) {
    throw std::runtime_error("admin.functions: cannot read " + path + ".");
  }
  return text.str();
}

// The clone's has no console pages: what is built has.
std::string watch_folder() { return folder("watch", fs::path("consoles") / "overview.html"); }

std::string kubernetes_folder() { return folder("kubernetes", "kustomization.yaml"); }

}  // namespace segue::admin
