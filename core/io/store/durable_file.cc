#include "core/io/store/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace segue::io {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void failed(const std::string& path, int why) {
  throw std::runtime_error("Cannot write \"" + path + "\": " + std::strerror(why));
}

// The error number, 0 if all went well.
int write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t some = write(file, bytes.data(), bytes.size());
    if (some < 0 && errno == EINTR) continue;
    if (some < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(some));
  }
  return fsync(file) == 0 ? 0 : errno;
}

int flush_folder(const fs::path& folder) {
  const int open_folder = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (open_folder < 0) return errno;
  const int why = fsync(open_folder) == 0 ? 0 : errno;
  close(open_folder);
  return why;
}

// Differs between all that write the same file at once or ever did: a process that was killed
// leaves its own behind, and in containers process ids are the same.
std::string beside(const std::string& path) {
  std::uint64_t name = 0;
  if (getentropy(&name, sizeof name) != 0) failed(path, errno);
  return path + "." + std::to_string(name) + ".part";
}

}  // namespace

void write_durably(const std::string& path, std::string_view bytes) {
  const fs::path parent = fs::path(path).parent_path();
  const fs::path folder = parent.empty() ? fs::path(".") : parent;
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (problem) failed(folder.string(), problem.value());
  const std::string part = beside(path);
  const int file = open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) failed(path, errno);
  int why = write_all(file, bytes);
  if (close(file) != 0 && why == 0) why = errno;
  if (why == 0 && rename(part.c_str(), path.c_str()) != 0) why = errno;
  if (why != 0) {
    unlink(part.c_str());
    failed(path, why);
  }
  if (const int unflushed = flush_folder(folder); unflushed != 0) failed(path, unflushed);
}

std::string read_whole(const std::string& path, std::size_t bytes_max) {
  std::error_code problem;
  const auto size = fs::file_size(path, problem);
  if (problem) throw std::runtime_error("Cannot read \"" + path + "\": " + problem.message());
  if (size > bytes_max) {
    throw std::runtime_error("\"" + path + "\" has more than " + std::to_string(bytes_max) +
                             " bytes");
  }
  std::string bytes(size, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(bytes.data(), static_cast<std::streamsize>(size))) {
    throw std::runtime_error("Cannot read \"" + path + "\"");
  }
  return bytes;
}

std::string in_data_folder(std::string_view below, std::string_view setting) {
  const char* const data = std::getenv("XDG_DATA_HOME");
  if (data != nullptr && data[0] == '/') return (fs::path(data) / below).string();
  const char* const home = std::getenv("HOME");
  if (home == nullptr || home[0] != '/') {
    throw std::runtime_error("There is no home folder: set " + std::string(setting));
  }
  return (fs::path(home) / ".local" / "share" / below).string();
}

}  // namespace segue::io
