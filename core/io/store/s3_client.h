#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/io/store/s3_request.h"
#include "core/io/store/s3_text.h"
#include "core/music_config.h"

namespace segue::io {

// How long somebody waits for an answer.
struct S3Deadline {
  std::chrono::milliseconds a_try;  // from the beginning to the answer's last byte
  std::chrono::milliseconds again;  // past it nothing is tried again
  int tries_max;
  bool ends_with_program = false;  // throws StoreGivenUp once the program stops
};

// The objects of a bucket by their names, which are letters, digits, "-._" and "/". What fails on
// the way or on the server's side is tried again after a pause that is drawn, longer each time.
// Methods throw S3Away and S3Refused, in one line that says what to do. Thread-safe: each request
// has a connection of its own, and as many are kept as were ever used at once.
class S3Client {
 public:
  // `stopping`: whether the program stops; empty: never. Throws SettingsError.
  explicit S3Client(const StoreConfig& config, GiveUp stopping = {});

  // The whole object is there once this returns, and before it none of it.
  void put(const std::string& name, std::string_view bytes, const std::string& sha256,
           const S3Deadline& deadline);
  // Its size; none: there is no such object.
  std::optional<std::uint64_t> size(const std::string& name, const S3Deadline& deadline);
  // None: there is no such object. Throws S3Refused for one that is larger.
  std::optional<std::string> get(const std::string& name, std::size_t bytes_max,
                                 const S3Deadline& deadline);
  // Fills all of `into`. False: there is no such object, or it is shorter.
  bool get(const std::string& name, std::uint64_t from, std::span<char> into,
           const S3Deadline& deadline);
  // An object that is not there is gone already.
  void remove(const std::string& name, const S3Deadline& deadline);
  // Calls `take` for all whose names begin so, in the order of their names.
  void list(const std::string& prefix, const std::function<void(const S3Object&)>& take,
            const S3Deadline& deadline);
  // The first of them, or none: whether the bucket is there and we may read it.
  void look(const std::string& prefix, const S3Deadline& deadline);

 private:
  S3Answer ask(const S3Request& request, const S3Deadline& deadline);
  S3Answer ask_once(const S3Request& request, const S3Deadline& deadline);
  void pause(std::chrono::milliseconds span, const S3Deadline& deadline) const;
  S3Page page(const std::string& query, const S3Deadline& deadline);
  std::string refusal_of(const S3Request& request, const S3Answer& answer) const;

  const StoreConfig config_;
  const GiveUp stopping_;
  const std::string place_;  // as messages name it
  std::mutex mutex_;
  std::vector<std::unique_ptr<S3Wire>> idle_;
};

}  // namespace segue::io
