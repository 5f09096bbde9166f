#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace segue::io {

// The content of a store, and the part of it that has to go. A piece was played when the latest of
// its files was; a file of two pieces stays with the last. Not thread-safe.
class Inventory {
 public:
  void add(std::string key, Micros played, std::uint64_t bytes);
  // Played then, too, if that is later; a file that is not there does not count. After its `add`.
  void play(const std::string& key, Micros when);
  // These files are of one piece; those that are not there do not count. After all of `add`.
  void join(const std::vector<std::string>& keys);

  // Keys of the pieces that were longest not played, so many that `more` bytes fit into `most`;
  // files that no piece has go alone.
  std::vector<std::string> to_go(std::uint64_t more, std::uint64_t most);

  // The bytes and the number of all files that have not been chosen to go.
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t files() const { return files_.size() - chosen_; }

 private:
  struct File {
    Micros played = 0;
    std::uint64_t bytes = 0;
    int pieces = 0;  // that it is of, and that stay
  };
  struct Piece {
    Micros played = 0;
    std::vector<std::string> keys;
  };

  std::map<std::string, File> files_;
  std::vector<Piece> pieces_;
  std::uint64_t bytes_ = 0;
  std::uint64_t chosen_ = 0;
};

// The text that says which files are of a piece, a key a line, and the keys in such a text.
std::string lines_of(const std::vector<std::string>& keys);
std::vector<std::string> keys_in(std::string_view lines);
// A file's key and this name the text that stands beside a piece's first file.
inline constexpr std::string_view kWithEnding = ".with";
inline constexpr std::size_t kWithBytesMax = 4'096;

}  // namespace segue::io
