#include "core/io/store/folder_store.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <stdexcept>

#include "core/check.h"
#include "core/io/labels/digest.h"
#include "core/io/store/durable_file.h"

namespace segue::io {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::size_t kHashDigits = 64;
constexpr std::size_t kEndingMax = 8;
// Reading does not write the folder's times again and again.
constexpr auto kPlayedAgain = 1h;
constexpr auto kLeftBehind = 1h;

struct Kept {
  fs::file_time_type played;
  std::string key;
  std::uint64_t bytes = 0;
};

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
  // What is there may be about to go.
  const std::lock_guard lock(making_room_);
  // A file that is there already may have been damaged: its name is no proof.
  if (!get(key)) write_durably(path_of(key), bytes);
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

void FolderStore::count_as_played(std::string_view key) const {
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

void FolderStore::remove(std::string_view key) {
  std::error_code problem;
  if (is_store_key(key)) fs::remove(path_of(key), problem);
  if (problem) {
    throw std::runtime_error("Cannot remove from \"" + folder_ + "\": " + problem.message());
  }
}

std::vector<std::string> FolderStore::make_room(std::uint64_t bytes, const BeforeRemoval& before) {
  const std::lock_guard lock(making_room_);
  std::vector<Kept> kept;
  std::uint64_t total = bytes;
  each_file(folder_, [&](const fs::path& path, const std::string& name) {
    if (!is_store_key(name)) return;
    std::error_code gone;
    const auto size = fs::file_size(path, gone);
    const auto played = gone ? fs::file_time_type{} : fs::last_write_time(path, gone);
    if (gone) return;
    kept.push_back({played, name, size});
    total += size;
  });
  if (total <= bytes_max_) return {};
  std::sort(kept.begin(), kept.end(), [](const Kept& a, const Kept& b) {
    return a.played != b.played ? a.played < b.played : a.key < b.key;
  });
  std::vector<std::string> gone;
  for (const Kept& file : kept) {
    if (total <= bytes_max_) break;
    total -= file.bytes;
    gone.push_back(file.key);
  }
  if (before) before(gone);
  for (const std::string& key : gone) remove(key);
  return gone;
}

}  // namespace segue::io
