#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/music_config.h"

namespace segue::io {

// The server cannot be reached, or says that it is at fault: the same may go well later.
class S3Away : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
// The server refuses what is asked, and will again until a person has changed something.
class S3Refused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Whether to give up what is waited for. Thread-safe.
using GiveUp = std::function<bool()>;

struct S3Request {
  std::string method;  // GET, HEAD, PUT or DELETE
  std::string target;  // below the bucket, percent-encoded: "/segue/music/files/5f1c....flac"
  std::string query = {};
  std::string range = {};      // "0-65535"; empty: all
  std::string_view body = {};  // of a PUT; outlives the request
  // SHA-256 of the body, as it is signed, in small hexadecimal digits.
  std::string body_sha256;
  std::size_t answer_bytes_max = 0;
};

struct S3Answer {
  long status = 0;
  std::string body = {};
  // Announced by the answer, in one to HEAD the object's size; none: it announces no length.
  std::optional<std::uint64_t> bytes = {};
  std::string region = {};  // where the bucket is; often empty
};

// One request to a bucket over HTTP, signed as AWS has it (Signature Version 4), by libcurl. Keeps
// a connection. One thread at a time.
class S3Wire {
 public:
  // Requires: settings that `check_s3` accepts.
  explicit S3Wire(const StoreConfig& config);
  ~S3Wire();
  S3Wire(const S3Wire&) = delete;
  S3Wire& operator=(const S3Wire&) = delete;

  // Throws S3Away, in one line, where no whole answer comes in time, S3Refused where none can be
  // had as the settings are (no trust in the server's certificate), or one is too large, and
  // StoreGivenUp once `give_up`, which is asked at least once a second, says so. Empty: never.
  S3Answer ask(const S3Request& request, std::chrono::milliseconds within,
               const GiveUp& give_up = {});

 private:
  const StoreConfig config_;
  const std::string bucket_url_;
  void* const curl_;
};

// Throws SettingsError, in one line and without the secret.
void check_s3(const StoreConfig& config);

// The address that is asked, "https://s3.eu-central-1.amazonaws.com" where the settings give none.
std::string s3_endpoint(const StoreConfig& config);

}  // namespace segue::io
