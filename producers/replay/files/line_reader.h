#pragma once

#include <zlib.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace segue {

// A file that cannot be read to its end; the message names file and line.
class BrokenInput : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Reads a text file line by line, plain or gzip (known by content), holding one block of it. One
// thread.
class LineReader {
 public:
  // A longer line is cut: keeping it would let a binary file fill the memory.
  static constexpr std::size_t kLineBytesMax = 64 * 1024;

  // Throws std::runtime_error with the path and the system's reason.
  explicit LineReader(std::string path);

  // The next line without its end (\n or \r\n), valid until the next call; none at the end. Throws
  // BrokenInput for a damaged or truncated file.
  std::optional<std::string_view> next();
  // The line returned last was cut; its rest is passed over.
  bool overlong() const { return overlong_; }

  // The number of the line returned last, from 1.
  std::uint64_t line_number() const { return line_number_; }
  const std::string& path() const { return path_; }
  // "file, line 7: " and what is wrong there; without a number, in the line returned last.
  std::string at(std::string_view what) const { return at(line_number_, what); }
  std::string at(std::uint64_t line_number, std::string_view what) const;
  // Share of the file's bytes taken; -1 where its size is unknown (a pipe).
  double progress() const;

 private:
  struct Close {
    void operator()(gzFile file) const { gzclose(file); }
  };

  bool fill();
  void pass_over_rest();
  std::optional<std::string_view> take(std::size_t bytes, std::size_t line_end);

  std::string path_;
  std::int64_t file_bytes_ = -1;
  std::unique_ptr<gzFile_s, Close> file_;
  std::vector<char> buffer_;
  std::size_t from_ = 0;  // the unread part of the buffer
  std::size_t to_ = 0;
  bool at_end_ = false;
  bool overlong_ = false;
  std::uint64_t line_number_ = 0;
};

}  // namespace segue
