#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace segue::io {

// Keeps the files of composed pieces by what they hold: a key is the SHA-256 of the bytes, a dot
// and the ending ("5f1c....flac"), so that putting the same file twice is putting it once. Bounded:
// what was longest not read goes first. Methods throw std::runtime_error, in one line, where the
// disk is full or the server away; nothing half is left. Thread-safe.
class Store {
 public:
  virtual ~Store() = default;

  // Returns the key, once the bytes would survive a crash. Requires: `ending` is a few small
  // letters or digits. Throws for what is larger than the whole store may be.
  virtual std::string put(std::string_view bytes, std::string_view ending) = 0;
  // Nothing where there is no such key, or what is under it was damaged. Counts as being played.
  virtual std::optional<std::string> get(std::string_view key) = 0;
  virtual bool has(std::string_view key) = 0;
  // A file that is not there is gone already.
  virtual void remove(std::string_view key) = 0;
  // Removes what was longest not played until so many bytes more fit, and returns its keys, whose
  // catalogue entries are to go too.
  virtual std::vector<std::string> make_room(std::uint64_t bytes) = 0;
};

// "64 hexadecimal digits, a dot, an ending": nothing else is ever a path or an object's name.
bool is_store_key(std::string_view key);

}  // namespace segue::io
