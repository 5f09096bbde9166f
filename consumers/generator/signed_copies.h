#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "core/music_config.h"

namespace segue::generator {

// A file of a piece.
struct File {
  std::string name;        // "calm-jazz-60bpm-seed7-1f00b3.flac", the end from the job
  std::string media_type;  // "audio/flac"
  std::string bytes;
};

// No copy was signed: the piece is whole, and must not leave without its label.
struct NotSigned : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Has a program sign copies of a piece's sound files as C2PA has it, if one is set. Thread-safe.
class CopySigner {
 public:
  // Throws std::runtime_error, in one line, for a program without its certificate or key, or the
  // other way round, and where one of the three is no file.
  explicit CopySigner(const AudioConfig& config);

  bool signs() const { return !program_.empty(); }
  // The copies, "….c2pa.flac" beside "….flac". Requires: `signs`; the record of the files is the
  // last. The bytes differ from call to call. Throws NotSigned, in one line, where the
  // program fails, leaves a copy out, or is not done within a minute.
  std::vector<File> copies_of(const std::vector<File>& files) const;

 private:
  const std::string program_;
  const std::string certificate_;
  const std::string key_;
};

}  // namespace segue::generator
