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
#include <utility>
#include <vector>

#include "core/config.h"
#include "core/io/metrics/store_metrics.h"
#include "core/io/store/file_store.h"
#include "producers/gateway/http/body_budget.h"

namespace segue::gateway {

namespace asio = boost::asio;

// A composed file that is open, and the piece of it that is on its way.
class AudioFile {
 public:
  explicit AudioFile(std::unique_ptr<io::StoredFile> file) : file_(std::move(file)) {}

  std::uint64_t bytes() const { return file_->bytes(); }
  const std::vector<char>& piece() const { return piece_; }

 private:
  friend class AudioFiles;

  const std::unique_ptr<io::StoredFile> file_;
  std::vector<char> piece_;
};

// Composed files for players, read from the store in pieces, so that a download costs the same
// memory whatever its length, and without making the network thread wait for a disk or another
// server. The network thread's.
class AudioFiles {
 public:
  // Without a store nothing is served. `metrics` outlives this. Throws io::SettingsError for wrong
  // settings, std::runtime_error where the store cannot be used.
  AudioFiles(const StoreConfig& store, io::StoreMetrics& metrics, std::int64_t streams_max);
  ~AudioFiles();
  AudioFiles(const AudioFiles&) = delete;
  AudioFiles& operator=(const AudioFiles&) = delete;

  bool served() const { return store_ != nullptr; }
  // The most that is read at once.
  std::size_t piece_bytes() const { return reading_.piece_bytes; }

  // Room for one more download, of all and of this address; none: there is none now. Given back
  // when the share is gone.
  std::optional<BodyBudget::Share> take_room(const std::string& address) {
    return pieces_.take(address, piece_bytes());
  }
  struct Opened {
    std::shared_ptr<AudioFile> file;  // null: there is no such file
    bool away = false;                // not known: the store does not answer within kWithin
  };
  // A file that is opened counts as played. Requires: served(), `sound_type(key)` is not empty.
  asio::awaitable<Opened> open(std::string key);
  // Reads a piece into the file. False: it could not be read in time; the file is of no more use.
  // Requires: bytes <= piece_bytes(), one piece of a file at a time.
  asio::awaitable<bool> read(std::shared_ptr<AudioFile> file, std::uint64_t from,
                             std::size_t bytes);

 private:
  static constexpr std::chrono::seconds kWithin{3};

  // False: it has not ended in time, and what it works on must not be looked at; or it threw, which
  // is logged.
  asio::awaitable<bool> on_thread(std::function<void()> work);

  const std::unique_ptr<io::FileStore> store_;  // null: nothing is served
  const io::FileStore::Reading reading_;
  BodyBudget pieces_;
  asio::thread_pool threads_;  // several: one that is stuck does not hold up all
};

// The media type of a file, by its key in the store; empty: this is no key, or one of a file that
// is no sound. Nothing else is ever sent, nor a path.
std::string_view sound_type(std::string_view key);

// The part of a file that follows the head of a response.
struct AudioPart {
  std::shared_ptr<AudioFile> file;
  std::uint64_t first = 0;
  std::uint64_t bytes = 0;
  BodyBudget::Share room;
};

}  // namespace segue::gateway
