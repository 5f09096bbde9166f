#include "core/io/store/s3_request.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <memory>

#include "core/check.h"
#include "core/io/store/file_store.h"

namespace segue::io {
namespace {

constexpr std::chrono::milliseconds kConnectWithin{3'000};
// A transfer that is slower for so long is given up: the other end hangs.
constexpr long kSlowBytesPerSecond = 1'024;
constexpr long kSlowFor_s = 10;

struct ListFree {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListFree>;

void add_header(HeaderList& list, const std::string& line) {
  curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
  SEGUE_CHECK(longer != nullptr);
  (void)list.release();
  list.reset(longer);
}

struct Received {
  std::string& body;
  const std::size_t bytes_max;
  bool too_large = false;
};

std::size_t take_body(const char* bytes, std::size_t size, std::size_t count, void* to) {
  auto& received = *static_cast<Received*>(to);
  received.too_large = received.body.size() + size * count > received.bytes_max;
  if (received.too_large) return 0;
  received.body.append(bytes, size * count);
  return size * count;
}

std::size_t take_header(const char* bytes, std::size_t size, std::size_t count, void* to) {
  constexpr std::string_view kRegion = "x-amz-bucket-region:";
  std::string_view line(bytes, size * count);
  const bool is_region =
      line.size() > kRegion.size() &&
      std::equal(kRegion.begin(), kRegion.end(), line.begin(), [](char name, char given) {
        return name == (given >= 'A' && given <= 'Z' ? static_cast<char>(given ^ 0x20) : given);
      });
  if (is_region) {
    line.remove_prefix(kRegion.size());
    auto& region = *static_cast<std::string*>(to);
    region.clear();
    for (const char c : line) {
      if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-') region += c;
    }
  }
  return size * count;
}

// libcurl calls it while it waits, at least once a second, and ends the transfer for anything but
// 0.
int look_whether_to_end(void* asked, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return (*static_cast<const GiveUp*>(asked))() ? 1 : 0;
}

// Failures that come from a certificate or from its absence.
bool is_distrust(CURLcode code) {
  constexpr std::array<CURLcode, 3> kDistrust = {CURLE_PEER_FAILED_VERIFICATION,
                                                 CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR};
  return std::ranges::find(kDistrust, code) != kDistrust.end();
}

std::string bucket_url(const StoreConfig& config) {
  const std::string endpoint = s3_endpoint(config);
  if (config.s3_path_style) return endpoint + "/" + config.s3_bucket;
  const std::size_t host = endpoint.find("://") + 3;
  return endpoint.substr(0, host) + config.s3_bucket + "." + endpoint.substr(host);
}

template <class Value>
void set(CURL* curl, CURLoption option, Value value) {
  SEGUE_CHECK(curl_easy_setopt(curl, option, value) == CURLE_OK);
}

HeaderList headers_of(const S3Request& request) {
  HeaderList headers;
  add_header(headers, "x-amz-content-sha256: " + request.body_sha256);
  if (request.method == "PUT") add_header(headers, "Content-Type: application/octet-stream");
  return headers;
}

// Copies what it is given, as libcurl does with every text but a body.
void set_connection(CURL* curl, const StoreConfig& config, std::chrono::milliseconds within) {
  set(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  set(curl, CURLOPT_NOSIGNAL, 1L);
  set(curl, CURLOPT_TCP_NODELAY, 1L);
  set(curl, CURLOPT_USERAGENT, "segue");
  set(curl, CURLOPT_AWS_SIGV4, ("aws:amz:" + config.s3_region + ":s3").c_str());
  set(curl, CURLOPT_USERNAME, config.s3_access_key.c_str());
  set(curl, CURLOPT_PASSWORD, config.s3_secret_key.c_str());
  if (!config.s3_ca.empty()) set(curl, CURLOPT_CAINFO, config.s3_ca.c_str());
  set(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(within, kConnectWithin).count()));
  set(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(within.count()));
  set(curl, CURLOPT_LOW_SPEED_LIMIT, kSlowBytesPerSecond);
  set(curl, CURLOPT_LOW_SPEED_TIME, kSlowFor_s);
}

void set_request(CURL* curl, const S3Request& request) {
  if (!request.range.empty()) set(curl, CURLOPT_RANGE, request.range.c_str());
  if (request.method == "PUT") {
    set(curl, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
    set(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  if (request.method == "HEAD") {
    set(curl, CURLOPT_NOBODY, 1L);
  } else if (request.method != "GET") {
    set(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
}

void* started_curl() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  CURL* const curl = ready ? curl_easy_init() : nullptr;
  if (curl == nullptr) throw std::runtime_error("libcurl cannot be started");
  return curl;
}

void check(CURLcode code, const Received& received, const std::string& reason) {
  if (received.too_large) {
    throw S3Refused("it answers with more than " + std::to_string(received.bytes_max) + " bytes");
  }
  if (is_distrust(code)) {
    throw S3Refused("its certificate is not trusted (" + reason +
                    "): set store.s3_ca to the PEM file of who signed it");
  }
  if (code != CURLE_OK) throw S3Away(reason);
}

}  // namespace

S3Wire::S3Wire(const StoreConfig& config)
    : config_(config), bucket_url_(bucket_url(config)), curl_(started_curl()) {}

S3Wire::~S3Wire() { curl_easy_cleanup(curl_); }

S3Answer S3Wire::ask(const S3Request& request, std::chrono::milliseconds within,
                     const GiveUp& give_up) {
  S3Answer answer;
  Received received{.body = answer.body, .bytes_max = request.answer_bytes_max};
  std::array<char, CURL_ERROR_SIZE> why{};
  const HeaderList headers = headers_of(request);
  curl_easy_reset(curl_);  // keeps the connection
  std::string url = bucket_url_ + request.target;
  if (!request.query.empty()) url += "?" + request.query;
  set(curl_, CURLOPT_URL, url.c_str());
  set_connection(curl_, config_, within);
  set_request(curl_, request);
  set(curl_, CURLOPT_HTTPHEADER, headers.get());
  set(curl_, CURLOPT_ERRORBUFFER, why.data());
  set(curl_, CURLOPT_WRITEFUNCTION, &take_body);
  set(curl_, CURLOPT_WRITEDATA, static_cast<void*>(&received));
  set(curl_, CURLOPT_HEADERFUNCTION, &take_header);
  set(curl_, CURLOPT_HEADERDATA, static_cast<void*>(&answer.region));
  GiveUp asked = give_up;
  if (asked) {
    set(curl_, CURLOPT_NOPROGRESS, 0L);
    set(curl_, CURLOPT_XFERINFOFUNCTION, &look_whether_to_end);
    set(curl_, CURLOPT_XFERINFODATA, static_cast<void*>(&asked));
  }
  const CURLcode code = curl_easy_perform(curl_);
  if (code == CURLE_ABORTED_BY_CALLBACK) throw StoreGivenUp();
  check(code, received, why[0] != '\0' ? why.data() : curl_easy_strerror(code));
  curl_off_t announced = -1;
  curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &answer.status);
  curl_easy_getinfo(curl_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
  if (announced >= 0) answer.bytes = static_cast<std::uint64_t>(announced);
  return answer;
}

}  // namespace segue::io
