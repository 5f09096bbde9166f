#include <algorithm>
#include <fstream>

#include "core/io/https_address.h"
#include "core/io/settings/settings.h"
#include "core/io/store/s3_request.h"

namespace segue::io {
namespace {

constexpr std::size_t kBucketMin = 3;
constexpr std::size_t kBucketMax = 63;
constexpr std::size_t kRegionMax = 64;
constexpr std::size_t kStorePrefixMax = 200;
constexpr std::size_t kKeyMax = 256;

[[noreturn]] void refuse_s3(const std::string& why) { throw SettingsError(why); }

bool is_small_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_bucket(char c) { return is_small_letter_or_digit(c) || c == '-' || c == '.'; }
bool is_region(char c) { return is_small_letter_or_digit(c) || c == '-'; }
bool is_name(char c) {
  return is_small_letter_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
         c == '_' || c == '/';
}
bool is_host(char c) {
  return is_small_letter_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
         c == '_' || c == ':' || c == '[' || c == ']';
}
// Characters that a header's list of names, and the key's place in it, can hold.
bool is_of_key(char c) { return c > ' ' && c <= '~' && c != '/' && c != ',' && c != '='; }

void check_endpoint(const std::string& endpoint) {
  std::string_view rest = endpoint;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!rest.starts_with(scheme)) continue;
    rest.remove_prefix(scheme.size());
    const std::size_t bracket = rest.rfind(']');
    const std::size_t colon = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
    const bool port = colon == std::string_view::npos || is_port(rest.substr(colon + 1));
    if (!rest.empty() && colon != 0 && port && std::ranges::all_of(rest, is_host)) return;
  }
  refuse_s3("store.s3_endpoint: \"" + endpoint +
            "\" is not like https://s3.example:9000, without a path");
}

// "a/b/": no empty part, none that a proxy would take for a step up.
void check_store_prefix(const std::string& prefix) {
  const bool good = prefix.size() <= kStorePrefixMax && std::ranges::all_of(prefix, is_name) &&
                    (prefix.empty() || prefix.ends_with('/')) && !prefix.starts_with('/') &&
                    prefix.find("//") == std::string::npos &&
                    prefix.find("./") == std::string::npos;
  if (good) return;
  refuse_s3("store.s3_prefix must be empty or like segue/music/: at most " +
            std::to_string(kStorePrefixMax) + " letters, digits, dots, dashes, underscores and /");
}

}  // namespace

std::string s3_endpoint(const StoreConfig& config) {
  if (config.s3_endpoint.empty()) return "https://s3." + config.s3_region + ".amazonaws.com";
  std::string endpoint = config.s3_endpoint;
  if (endpoint.ends_with('/')) endpoint.pop_back();
  return endpoint;
}

void check_s3(const StoreConfig& config) {
  const std::string& bucket = config.s3_bucket;
  if (!config.folder.empty()) {
    refuse_s3("store.folder and store.s3_bucket are two stores; give one of them");
  }
  if (bucket.size() < kBucketMin || bucket.size() > kBucketMax ||
      !std::ranges::all_of(bucket, is_bucket) || !is_small_letter_or_digit(bucket.front())) {
    refuse_s3("store.s3_bucket must be 3 to 63 small letters, digits, dots and dashes");
  }
  if (config.s3_region.empty() || config.s3_region.size() > kRegionMax ||
      !std::ranges::all_of(config.s3_region, is_region)) {
    refuse_s3(
        "store.s3_region must be like eu-central-1; servers elsewhere than AWS mostly take "
        "us-east-1");
  }
  check_endpoint(s3_endpoint(config));
  check_store_prefix(config.s3_prefix);
  const std::string& key = config.s3_access_key;
  if (key.empty() || config.s3_secret_key.empty()) {
    refuse_s3("store.s3_bucket wants store.s3_access_key and store.s3_secret_key");
  }
  if (key.size() > kKeyMax || !std::ranges::all_of(key, is_of_key)) {
    refuse_s3("store.s3_access_key has what no id of a key has");
  }
  if (!config.s3_ca.empty() &&
      std::ifstream(config.s3_ca).peek() == std::ifstream::traits_type::eof()) {
    refuse_s3("store.s3_ca: \"" + config.s3_ca +
              "\" cannot be read or is empty; check its path and permissions");
  }
}

}  // namespace segue::io
