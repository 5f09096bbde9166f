#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/io/labels/openssl_free.h"
#include "producers/gateway/access/keys/public_keys.h"

namespace segue::gateway {
namespace {

// One block of a PEM file, as OpenSSL took it apart.
struct Block {
  Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() {
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(bytes);
  }
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* bytes = nullptr;
  long size = 0;
};

PublicKey key_in(const Block& block) {
  const std::string_view name(block.name);
  const unsigned char* bytes = block.bytes;
  if (name.find("PRIVATE KEY") != std::string_view::npos) {
    throw std::invalid_argument("it holds a private key; a gateway needs the public part alone");
  }
  if (name == PEM_STRING_PUBLIC) return PublicKey(d2i_PUBKEY(nullptr, &bytes, block.size));
  if (name == PEM_STRING_RSA_PUBLIC) {
    return PublicKey(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &bytes, block.size));
  }
  if (name == PEM_STRING_X509) {
    const std::unique_ptr<X509, io::OpenSslFree> certificate(d2i_X509(nullptr, &bytes, block.size));
    return PublicKey(certificate ? X509_get_pubkey(certificate.get()) : nullptr);
  }
  throw std::invalid_argument("it holds a PEM block that is no public key: " + std::string(name));
}

std::vector<VerifyingKey> read_pem(std::string_view text) {
  const std::unique_ptr<BIO, io::OpenSslFree> bio(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  std::vector<VerifyingKey> keys;
  std::size_t begun = 0;
  for (std::size_t at = 0; (at = text.find("-----BEGIN ", at)) != std::string_view::npos; ++at) {
    ++begun;
  }
  for (; begun > 0; --begun) {
    Block block;
    if (PEM_read_bio(bio.get(), &block.name, &block.header, &block.bytes, &block.size) != 1) break;
    PublicKey key = key_in(block);
    if (!key) break;
    if (keys.size() == kKeysMax) throw std::invalid_argument("it holds more than 64 keys");
    keys.emplace_back(std::move(key), std::string());
  }
  if (begun > 0) throw std::invalid_argument("a PEM block of it cannot be read");
  return keys;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

}  // namespace

std::vector<VerifyingKey> read_public_keys(std::string_view text) {
  text = trimmed(text);
  if (text.size() > kKeysBytesMax) throw std::invalid_argument("it is larger than 256 KiB");
  if (text.starts_with('{')) return read_jwks(text);
  if (text.find("-----BEGIN ") != std::string_view::npos) return read_pem(text);
  if (text.starts_with("https://") || text.starts_with("http://")) {
    throw std::invalid_argument(
        "it is an address; the address of a JWKS is given by --token-keys-url");
  }
  throw std::invalid_argument(
      "it is neither PEM, a JWK nor a JWKS; a secret (HS256) is given by "
      "SEGUE_GATEWAY_TOKEN_SECRET_FILE");
}

}  // namespace segue::gateway
