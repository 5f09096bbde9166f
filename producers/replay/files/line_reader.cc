#include "producers/replay/files/line_reader.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace segue {
namespace {

// Twice a line, so that a whole line always fits once its start has moved to the front.
constexpr std::size_t kBufferBytes = 2 * LineReader::kLineBytesMax;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

[[noreturn]] void fail(const std::string& path, int code) {
  throw std::runtime_error("Cannot read " + path + ": " + std::generic_category().message(code) +
                           ".");
}

std::int64_t size_of(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) fail(path, errno);
  if (S_ISDIR(status.st_mode)) fail(path, EISDIR);
  return S_ISREG(status.st_mode) ? std::int64_t{status.st_size} : -1;
}

}  // namespace

LineReader::LineReader(std::string path)
    : path_(std::move(path)), file_bytes_(size_of(path_)), buffer_(kBufferBytes) {
  errno = 0;
  file_.reset(gzopen(path_.c_str(), "rb"));
  if (!file_) fail(path_, errno == 0 ? ENOMEM : errno);
  gzbuffer(file_.get(), kBufferBytes);
}

std::optional<std::string_view> LineReader::next() {
  if (overlong_) pass_over_rest();
  while (true) {
    const std::size_t unread = to_ - from_;
    const char* start = buffer_.data() + from_;
    const void* end = std::memchr(start, '\n', unread);
    const std::size_t bytes =
        end == nullptr ? unread : static_cast<std::size_t>(static_cast<const char*>(end) - start);
    if (bytes > kLineBytesMax) {
      overlong_ = true;
      return take(kLineBytesMax, 0);
    }
    if (end != nullptr) return take(bytes, 1);
    if (at_end_) {
      if (unread == 0) return std::nullopt;
      return take(unread, 0);
    }
    at_end_ = !fill();
  }
}

void LineReader::pass_over_rest() {
  overlong_ = false;
  while (true) {
    const char* start = buffer_.data() + from_;
    if (const void* end = std::memchr(start, '\n', to_ - from_)) {
      from_ += static_cast<std::size_t>(static_cast<const char*>(end) - start) + 1;
      return;
    }
    from_ = to_;
    if (at_end_) return;
    at_end_ = !fill();
  }
}

bool LineReader::fill() {
  std::memmove(buffer_.data(), buffer_.data() + from_, to_ - from_);
  to_ -= from_;
  from_ = 0;
  const int bytes =
      gzread(file_.get(), buffer_.data() + to_, static_cast<unsigned>(buffer_.size() - to_));
  // A truncated gzip file ends like any other, but for this code.
  int code = Z_OK;
  const std::string detail = gzerror(file_.get(), &code);
  if (bytes < 0 || code == Z_BUF_ERROR) {
    ++line_number_;
    throw BrokenInput(at("cannot read on: " + detail));
  }
  to_ += static_cast<std::size_t>(bytes);
  return bytes > 0;
}

std::optional<std::string_view> LineReader::take(std::size_t bytes, std::size_t line_end) {
  std::string_view line(buffer_.data() + from_, bytes);
  from_ += bytes + line_end;
  ++line_number_;
  if (line_number_ == 1 && line.starts_with(kByteOrderMark))
    line.remove_prefix(kByteOrderMark.size());
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string LineReader::at(std::uint64_t line_number, std::string_view what) const {
  return path_ + ", line " + std::to_string(line_number) + ": " + std::string(what);
}

double LineReader::progress() const {
  if (file_bytes_ < 0) return -1;
  if (at_end_ && from_ == to_) return 1;
  if (file_bytes_ == 0) return 1;
  return static_cast<double>(gzoffset(file_.get())) / static_cast<double>(file_bytes_);
}

}  // namespace segue
