#include "producers/gateway/http/content_coding.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "core/io/http/header_values.h"

namespace segue::gateway {
namespace {

using Outcome = Unpacked::Outcome;

constexpr std::size_t kPiece = 10'240;
constexpr int kGzipWindow = 15 + 16;
constexpr int kZlibWindow = 15;
constexpr int kRawWindow = -15;

// "deflate" means zlib's format, and old clients send what is inside it alone.
int window_of(std::string_view packed, Coding coding) {
  if (coding == Coding::gzip) return kGzipWindow;
  if (packed.size() < 2) return kZlibWindow;
  const auto first = static_cast<unsigned char>(packed[0]);
  const auto second = static_cast<unsigned char>(packed[1]);
  const bool zlib = (first & 0x0fU) == Z_DEFLATED && (first * 256U + second) % 31 == 0;
  return zlib ? kZlibWindow : kRawWindow;
}

class Inflater {
 public:
  Inflater(std::string_view packed, int window) : window_(window) {
    // zlib does not write to its input.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream_.avail_in = static_cast<uInt>(packed.size());
    good_ = inflateInit2(&stream_, window) == Z_OK;
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // The next bytes, at most a piece. None: the body is broken. Empty: it is at its end.
  std::optional<std::string_view> next() {
    stream_.next_out = reinterpret_cast<Bytef*>(piece_.data());
    stream_.avail_out = static_cast<uInt>(piece_.size());
    while (good_ && !over_ && stream_.avail_out > 0) step();
    if (!good_) return std::nullopt;
    return std::string_view(piece_.data(), piece_.size() - stream_.avail_out);
  }

 private:
  void step() {
    const int status = inflate(&stream_, Z_NO_FLUSH);
    if (status == Z_STREAM_END) {
      over_ = stream_.avail_in == 0 || (window_ == kGzipWindow && only_padding_follows());
      // A gzip body may be several, one behind the other; of the others nothing may follow.
      if (!over_) good_ = window_ == kGzipWindow && inflateReset(&stream_) == Z_OK;
    } else if (status != Z_OK) {
      good_ = false;  // also where it ends too early
    }
  }

  // Some writers fill a gzip file up to a block's size.
  bool only_padding_follows() const {
    return std::all_of(stream_.next_in, stream_.next_in + stream_.avail_in,
                       [](Bytef byte) { return byte == 0; });
  }

  const int window_;
  z_stream stream_ = {};
  std::array<char, kPiece> piece_;
  bool good_ = false;
  bool over_ = false;
};

}  // namespace

std::optional<Coding> read_coding(std::string_view content_encoding) {
  Coding coding = Coding::identity;
  for (const std::string_view each : io::list_of(content_encoding)) {
    if (io::same_word(each, "identity")) continue;
    if (coding != Coding::identity) return std::nullopt;
    if (io::same_word(each, "gzip") || io::same_word(each, "x-gzip")) {
      coding = Coding::gzip;
    } else if (io::same_word(each, "deflate")) {
      coding = Coding::deflate;
    } else {
      return std::nullopt;
    }
  }
  return coding;
}

Unpacked unpack(std::string_view packed, Coding coding, std::size_t bytes_max,
                const std::function<bool(std::size_t unpacked)>& may_go_on) {
  Unpacked unpacked;
  if (coding == Coding::identity) return {.outcome = Outcome::good, .body = std::string(packed)};
  Inflater inflater(packed, window_of(packed, coding));
  for (;;) {
    if (!may_go_on(unpacked.body.size())) return {.outcome = Outcome::refused, .body = {}};
    const auto piece = inflater.next();
    if (!piece) return {.outcome = Outcome::broken, .body = {}};
    if (unpacked.body.size() + piece->size() > bytes_max) {
      return {.outcome = Outcome::too_large, .body = {}};
    }
    unpacked.body += *piece;
    if (piece->size() < kPiece) return unpacked;
  }
}

}  // namespace segue::gateway
