#include "producers/gateway/access/keys/secret_form.h"

#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <simdjson.h>

#include <algorithm>
#include <bitset>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "producers/gateway/access/base64url.h"

namespace segue::gateway {
namespace {

constexpr std::size_t kBytesMin = 32;
constexpr std::size_t kBytesMax = 128;
// Chances that 32 random bytes fail one of these are below one in a million.
constexpr std::size_t kDistinctMin = 20;
constexpr double kOneCaseMax = 0.8;
constexpr double kPrintableMax = 0.85;

struct FreeCurve {
  void operator()(EC_GROUP* curve) const { EC_GROUP_free(curve); }
  void operator()(EC_POINT* point) const { EC_POINT_free(point); }
};

constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// What is all hexadecimal is never read as base64: as such it would seem to hold more.
std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    bytes += static_cast<char>(hex_digit(text[i]) * 16 + hex_digit(text[i + 1]));
  }
  return bytes;
}

std::optional<std::string> from_any_base64(std::string_view text) {
  std::string url(text);
  const bool standard = text.find_first_of("+/=") != std::string_view::npos;
  if (standard && text.find_first_of("-_") != std::string_view::npos) return std::nullopt;
  std::ranges::replace(url, '+', '-');
  std::ranges::replace(url, '/', '_');
  if (text.ends_with('=')) {
    if (text.size() % 4 != 0) return std::nullopt;
    url.erase(url.find_last_not_of('=') + 1);
    if (text.size() - url.size() > 2) return std::nullopt;
  }
  return from_base64url(url);
}

std::size_t distinct(std::string_view bytes) {
  std::bitset<256> seen;
  for (const char byte : bytes) seen.set(static_cast<unsigned char>(byte));
  return seen.count();
}

std::string steps_of(std::string_view bytes) {
  std::string steps;
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    steps += static_cast<char>(bytes[i] - bytes[i - 1]);
  }
  return steps;
}

double part_of(std::string_view text, bool (*is)(char)) {
  return static_cast<double>(std::ranges::count_if(text, is)) / static_cast<double>(text.size());
}

bool is_printable(char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t'; }

// A phrase or a name written with base64's alphabet: its letters are nearly all of one case.
bool reads_as_words(std::string_view text) {
  const double lower = part_of(text, is_lower);
  const double upper = part_of(text, is_upper);
  return lower == 0 || upper == 0 || lower > kOneCaseMax || upper > kOneCaseMax;
}

// Of a sequence that is exactly as long as it says and begins with another or with a number.
bool is_der(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const std::size_t head = byte(1) == 0x81 ? 3 : 2;
  const std::size_t length = byte(head - 1);
  constexpr unsigned kSequence = 0x30;
  constexpr unsigned kInteger = 0x02;
  return byte(0) == kSequence && length + head == bytes.size() &&
         (byte(head) == kSequence || byte(head) == kInteger);
}

// A public key of P-256 as it is: nobody draws 65 bytes that are a point of the curve.
bool is_point(std::string_view bytes) {
  constexpr std::size_t kPointBytes = 65;
  if (bytes.size() != kPointBytes || bytes.front() != '\x04') return false;
  const std::unique_ptr<EC_GROUP, FreeCurve> curve(
      EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  const std::unique_ptr<EC_POINT, FreeCurve> point(EC_POINT_new(curve.get()));
  return EC_POINT_oct2point(curve.get(), point.get(),
                            reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                            nullptr) == 1;
}

bool is_public_format(std::string_view bytes) {
  using namespace std::string_view_literals;
  const bool ssh = bytes.starts_with("\0\0\0"sv);
  const bool minisign = bytes.size() == 42 && bytes.starts_with("Ed");
  return is_der(bytes) || is_point(bytes) || ssh || minisign;
}

[[noreturn]] void refuse(const std::string& why) {
  throw std::invalid_argument(why + "; make one with: openssl rand -hex 32");
}

}  // namespace

void must_be_secret(std::string_view text) {
  const bool hex = std::ranges::all_of(text, [](char c) { return hex_digit(c) >= 0; });
  const auto bytes = hex ? from_hex(text) : from_any_base64(text);
  if (!bytes) refuse("it is neither hexadecimal nor base64 on one line");
  if (bytes->size() < kBytesMin) refuse("it holds fewer than 32 bytes");
  if (bytes->size() > kBytesMax) refuse("it holds more than 128 bytes, and so is no secret");
  if (is_public_format(*bytes)) refuse("it is a key of another format, not a secret");
  if ((!hex && reads_as_words(text)) || part_of(*bytes, is_printable) > kPrintableMax ||
      simdjson::validate_utf8(*bytes)) {
    refuse("it is a text, not random bytes");
  }
  if (distinct(*bytes) < kDistinctMin || distinct(steps_of(*bytes)) < kDistinctMin) {
    refuse("it repeats itself, and so is not random");
  }
}

}  // namespace segue::gateway
