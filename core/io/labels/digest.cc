#include "core/io/labels/digest.h"

#include <openssl/evp.h>

#include <fstream>
#include <memory>
#include <stdexcept>
#include <vector>

#include "core/io/labels/openssl_free.h"

namespace segue::io {
namespace {

class Digest {
 public:
  Digest() : context_(EVP_MD_CTX_new()) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) failed();
  }
  void add(std::string_view bytes) {
    if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) failed();
  }
  std::string hex() {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_DigestFinal_ex(context_.get(), bytes, &size) != 1) failed();
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (unsigned i = 0; i < size; ++i) {
      text += kDigits[bytes[i] >> 4U];
      text += kDigits[bytes[i] & 15U];
    }
    return text;
  }

 private:
  [[noreturn]] static void failed() { throw std::runtime_error("OpenSSL has no SHA-256"); }
  std::unique_ptr<EVP_MD_CTX, OpenSslFree> context_;
};

}  // namespace

std::string sha256(std::initializer_list<std::string_view> parts) {
  Digest digest;
  for (const std::string_view part : parts) digest.add(part);
  return digest.hex();
}

std::string sha256_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("Cannot read \"" + path + "\"");
  std::vector<char> some(1U << 20U);
  Digest digest;
  while (file.read(some.data(), static_cast<std::streamsize>(some.size())) || file.gcount() > 0) {
    digest.add({some.data(), static_cast<std::size_t>(file.gcount())});
  }
  if (file.bad()) throw std::runtime_error("Cannot read \"" + path + "\" to its end");
  return digest.hex();
}

}  // namespace segue::io
