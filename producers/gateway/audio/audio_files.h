#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config.h"
#include "producers/gateway/http/body_budget.h"

namespace segue::io {
class FolderStore;
}

namespace segue::gateway {

namespace asio = boost::asio;

// A composed file that is open, and the piece of it that is on its way.
class AudioFile {
 public:
  AudioFile(int descriptor, std::uint64_t bytes) : descriptor_(descriptor), bytes_(bytes) {}
  ~AudioFile();
  AudioFile(const AudioFile&) = delete;
  AudioFile& operator=(const AudioFile&) = delete;

  std::uint64_t bytes() const { return bytes_; }
  const std::vector<char>& piece() const { return piece_; }

 private:
  friend class AudioFiles;
  // Fills the piece; false: the file is shorter than it was, or cannot be read.
  bool read(std::uint64_t from, std::size_t bytes);

  const int descriptor_;
  const std::uint64_t bytes_;
  std::vector<char> piece_;
};

// Composed files for players, read from the store's folder in pieces, so that a download costs the
// same memory whatever its length, and without making the network thread wait for a disk. The
// network thread's.
class AudioFiles {
 public:
  static constexpr std::size_t kPieceBytes = 64 * 1024;

  // Without a folder nothing is served. Throws std::runtime_error where it cannot be made.
  AudioFiles(const StoreConfig& store, std::int64_t streams_max);
  ~AudioFiles();
  AudioFiles(const AudioFiles&) = delete;
  AudioFiles& operator=(const AudioFiles&) = delete;

  bool served() const { return folder_ != nullptr; }

  // Room for one more download, of all and of this address; none: there is none now. Given back
  // when the share is gone.
  std::optional<BodyBudget::Share> take_room(const std::string& address) {
    return pieces_.take(address, kPieceBytes);
  }
  // Null: there is no such file, or the disk does not answer within kWithin. A file that is opened
  // counts as played. Requires: served(), `sound_type(key)` is not empty.
  asio::awaitable<std::shared_ptr<AudioFile>> open(std::string key);
  // Reads a piece into the file. False: it could not be read in time; the file is of no more use.
  // Requires: bytes <= kPieceBytes, one piece of a file at a time.
  asio::awaitable<bool> read(std::shared_ptr<AudioFile> file, std::uint64_t from,
                             std::size_t bytes);

 private:
  static constexpr std::chrono::seconds kWithin{3};
  // One that is stuck does not hold up all.
  static constexpr std::size_t kThreads = 2;

  // False: it has not ended in time, and what it works on must not be looked at.
  asio::awaitable<bool> on_thread(std::function<void()> work);

  const std::unique_ptr<io::FolderStore> folder_;  // null: nothing is served
  BodyBudget pieces_;
  asio::thread_pool threads_{kThreads};
};

// The media type of a file, by its key in the store; empty: this is no key, or one of a file that
// is no sound. Nothing else is ever sent, nor a path.
std::string_view sound_type(std::string_view key);

// What follows the head of a response.
struct AudioPart {
  std::shared_ptr<AudioFile> file;
  std::uint64_t first = 0;
  std::uint64_t bytes = 0;
  BodyBudget::Share room;
};

}  // namespace segue::gateway
