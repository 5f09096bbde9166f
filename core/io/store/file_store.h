#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace segue::io {

// Thrown where the program stops while a store waits for its server: nothing half is left, and what
// was asked for may be asked for again. No std::runtime_error, for nothing failed.
class StoreGivenUp final : public std::exception {
 public:
  const char* what() const noexcept override { return "given up: the program stops"; }
};

// A kept file while it is read piece by piece. One thread at a time.
class StoredFile {
 public:
  virtual ~StoredFile() = default;
  virtual std::uint64_t bytes() const = 0;
  // Fills all of `into` from this byte on. False: the file is shorter, or is no longer there.
  // Throws std::runtime_error, in one line, where the server is away.
  virtual bool read(std::uint64_t from, std::span<char> into) = 0;
};

// Keeps the files of composed pieces by what they hold: a key is the SHA-256 of the bytes, a dot
// and the ending ("5f1c....flac"), so that putting the same file twice is putting it once. Bounded:
// what was longest not read goes first, a piece's files together. Methods throw std::runtime_error,
// in one line, where the disk is full or the server away; nothing half is left. A
// store on another server throws StoreGivenUp as well, but for what players wait for. Thread-safe.
class FileStore {
 public:
  virtual ~FileStore() = default;

  // Returns the key, once the bytes would survive a crash. Requires: `ending` is a few small
  // letters or digits. Throws for what is larger than the whole store may be.
  virtual std::string put(std::string_view bytes, std::string_view ending) = 0;
  // Nothing where there is no such key, or what is under it was damaged. Counts as being played.
  virtual std::optional<std::string> get(std::string_view key) = 0;
  virtual bool has(std::string_view key) = 0;
  // Null where there is no such key. Neither checks what is under it nor counts as being played.
  // Requires: `is_store_key(key)`.
  virtual std::unique_ptr<StoredFile> open(std::string_view key) = 0;
  // For a reader that opened it. Best effort: a store that may only be read keeps no such times.
  // Requires: `is_store_key(key)`.
  virtual void count_as_played(std::string_view key) = 0;
  // How to read many files at once: bytes a piece, and how many threads it takes.
  struct Reading {
    std::size_t piece_bytes;
    std::size_t threads;
  };
  virtual Reading reading() const = 0;
  // Says that these files are of one piece: it is played when one of them is, and they go together.
  // A file of two pieces goes with the last. Requires: at least one key, all of them put.
  virtual void join(const std::vector<std::string>& keys) = 0;
  // A file that is not there is gone already.
  virtual void remove(std::string_view key) = 0;
  // Called with the keys of what is to go, before it goes: their catalogue entries go first, so
  // that no crash leaves an entry without its file. May throw: then nothing goes.
  using BeforeRemoval = std::function<void(const std::vector<std::string>&)>;
  // Removes the pieces that were longest not played until so many bytes more fit, and returns the
  // keys of their files.
  virtual std::vector<std::string> make_room(std::uint64_t bytes,
                                             const BeforeRemoval& before = {}) = 0;
  // The content as this process knows it: of its last listing, and what it put since.
  struct Held {
    std::uint64_t bytes = 0;
    std::uint64_t files = 0;
  };
  // Nothing before the first `make_room`.
  virtual std::optional<Held> held() const = 0;
};

// "64 hexadecimal digits, a dot, an ending": nothing else is ever a path or an object's name.
bool is_store_key(std::string_view key);

}  // namespace segue::io
