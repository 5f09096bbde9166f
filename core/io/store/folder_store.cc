#include "core/io/store/folder_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "core/check.h"
#include "core/io/labels/digest.h"
#include "core/io/store/durable_file.h"
#include "core/io/store/inventory.h"

namespace segue::io {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::size_t kHashDigits = 64;
constexpr std::size_t kEndingMax = 8;
// Reading does not write the folder's times again and again.
constexpr auto kPlayedAgain = 1h;
constexpr auto kLeftBehind = 1h;

// No other process puts or makes room while it lives. Ends with the process, however that ends.
class Turn {
 public:
  explicit Turn(const std::string& folder)
      : folder_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    int done = folder_ < 0 ? -1 : flock(folder_, LOCK_EX);
    while (done != 0 && folder_ >= 0 && errno == EINTR) done = flock(folder_, LOCK_EX);
    if (done == 0) return;
    const std::string why = std::strerror(errno);
    if (folder_ >= 0) close(folder_);
    throw std::runtime_error("Cannot lock \"" + folder + "\": " + why);
  }
  ~Turn() { close(folder_); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  const int folder_;
};

// Stays readable when its name goes.
class OpenFile final : public StoredFile {
 public:
  OpenFile(int descriptor, std::uint64_t bytes) : descriptor_(descriptor), bytes_(bytes) {}
  ~OpenFile() override { ::close(descriptor_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  std::uint64_t bytes() const override { return bytes_; }
  bool read(std::uint64_t from, std::span<char> into) override {
    for (std::size_t read = 0; read < into.size();) {
      const ::ssize_t got = ::pread(descriptor_, into.data() + read, into.size() - read,
                                    static_cast<::off_t>(from + read));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      read += static_cast<std::size_t>(got);
    }
    return true;
  }

 private:
  const int descriptor_;
  const std::uint64_t bytes_;
};

Micros micros_of(fs::file_time_type time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

bool is_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }
bool is_small(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'); }

// Calls f(path, name) for every file. What another process removes meanwhile is passed over.
template <class F>
void each_file(const std::string& folder, F&& f) {
  std::error_code problem;
  for (fs::recursive_directory_iterator
           at(folder, fs::directory_options::skip_permission_denied, problem),
       end;
       !problem && at != end; at.increment(problem)) {
    std::error_code gone;
    if (at->is_regular_file(gone)) f(at->path(), at->path().filename().string());
  }
  if (problem && problem != std::errc::no_such_file_or_directory) {
    throw std::runtime_error("Cannot read \"" + folder + "\": " + problem.message());
  }
}

}  // namespace

bool is_store_key(std::string_view key) {
  if (key.size() < kHashDigits + 2 || key.size() > kHashDigits + 1 + kEndingMax) return false;
  const std::string_view hash = key.substr(0, kHashDigits);
  const std::string_view ending = key.substr(kHashDigits + 1);
  return std::all_of(hash.begin(), hash.end(), is_digit) && key[kHashDigits] == '.' &&
         std::all_of(ending.begin(), ending.end(), is_small);
}

FolderStore::FolderStore(std::string folder, std::uint64_t bytes_max)
    : folder_(std::move(folder)), bytes_max_(bytes_max) {
  std::error_code problem;
  fs::create_directories(folder_, problem);
  if (problem) {
    throw std::runtime_error("store.folder: \"" + folder_ + "\": " + problem.message());
  }
  each_file(folder_, [](const fs::path& path, const std::string& name) {
    std::error_code gone;
    const auto written = fs::last_write_time(path, gone);
    const bool old = !gone && fs::file_time_type::clock::now() - written > kLeftBehind;
    if (old && name.ends_with(".part")) fs::remove(path, gone);
  });
}

std::string FolderStore::path_of(std::string_view key) const {
  SEGUE_CHECK(is_store_key(key));
  return (fs::path(folder_) / key.substr(0, 2) / key).string();
}

std::string FolderStore::put(std::string_view bytes, std::string_view ending) {
  std::string key = sha256(bytes) + "." + std::string(ending);
  SEGUE_CHECK(is_store_key(key));
  if (bytes.size() > bytes_max_) {
    throw std::runtime_error("store.bytes_max: a file of " + std::to_string(bytes.size()) +
                             " bytes does not fit");
  }
  // A file that is there may be about to go.
  const std::lock_guard lock(making_room_);
  const Turn turn(folder_);
  // A file that is there already may have been damaged: its name is no proof.
  if (get(key)) return key;
  write_durably(path_of(key), bytes);
  if (held_) {
    held_->bytes += bytes.size();
    ++held_->files;
  }
  return key;
}

std::optional<std::string> FolderStore::get(std::string_view key) {
  if (!has(key)) return std::nullopt;
  const std::string path = path_of(key);
  std::string bytes;
  try {
    bytes = read_whole(path, bytes_max_);
  } catch (const std::runtime_error&) {
    if (has(key)) throw;
    return std::nullopt;  // removed meanwhile
  }
  if (sha256(bytes) != key.substr(0, kHashDigits)) return std::nullopt;
  count_as_played(key);
  return bytes;
}

void FolderStore::count_as_played(std::string_view key) {
  const std::string path = path_of(key);
  std::error_code problem;
  const auto now = fs::file_time_type::clock::now();
  const auto played = fs::last_write_time(path, problem);
  if (!problem && now - played > kPlayedAgain) fs::last_write_time(path, now, problem);
}

bool FolderStore::has(std::string_view key) {
  std::error_code ignored;
  return is_store_key(key) && fs::is_regular_file(path_of(key), ignored);
}

// Follows no link, and waits for no pipe.
std::unique_ptr<StoredFile> FolderStore::open(std::string_view key) {
  const int descriptor =
      ::open(path_of(key).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return nullptr;
  struct stat about {};
  const bool is_file = ::fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
  const auto bytes = is_file ? static_cast<std::uint64_t>(about.st_size) : std::uint64_t{0};
  auto file = std::make_unique<OpenFile>(descriptor, bytes);
  return is_file ? std::move(file) : nullptr;
}

void FolderStore::join(const std::vector<std::string>& keys) {
  SEGUE_CHECK(!keys.empty());
  const std::lock_guard lock(making_room_);
  const Turn turn(folder_);
  write_durably(path_of(keys.front()).append(kWithEnding), lines_of(keys));
}

void FolderStore::remove(std::string_view key) {
  if (!is_store_key(key)) return;
  for (const std::string_view ending : {std::string_view(), kWithEnding}) {
    std::error_code problem;
    fs::remove(path_of(key).append(ending), problem);
    if (!problem) continue;
    throw std::runtime_error("Cannot remove from \"" + folder_ + "\": " + problem.message());
  }
}

std::vector<std::string> FolderStore::make_room(std::uint64_t bytes, const BeforeRemoval& before) {
  const std::lock_guard lock(making_room_);
  const Turn turn(folder_);
  Inventory kept;
  std::vector<std::vector<std::string>> pieces;
  each_file(folder_, [&](const fs::path& path, const std::string& name) {
    std::error_code gone;
    const auto size = fs::file_size(path, gone);
    const auto played = gone ? fs::file_time_type{} : fs::last_write_time(path, gone);
    if (gone) return;
    if (is_store_key(name)) return kept.add(name, micros_of(played), size);
    if (!name.ends_with(kWithEnding)) return;
    pieces.push_back(keys_in(read_whole(path.string(), kWithBytesMax)));
  });
  for (const auto& keys : pieces) kept.join(keys);
  held_ = {.bytes = kept.bytes(), .files = kept.files()};
  std::vector<std::string> going = kept.to_go(bytes, bytes_max_);
  if (going.empty()) return {};
  if (before) before(going);
  for (const std::string& key : going) remove(key);
  held_ = {.bytes = kept.bytes(), .files = kept.files()};
  return going;
}

std::optional<FileStore::Held> FolderStore::held() const {
  const std::lock_guard lock(making_room_);
  return held_;
}

}  // namespace segue::io
