#include "core/io/labels/signing_key.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "core/io/labels/openssl_free.h"
#include "core/wire/base64url.h"

namespace segue::io {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kSignatureBytes = 64;
constexpr std::size_t kFileBytesMax = 4'096;
constexpr std::string_view kPrefix = "ed25519:";

using KeyHandle = std::unique_ptr<EVP_PKEY, OpenSslFree>;
using Context = std::unique_ptr<EVP_MD_CTX, OpenSslFree>;
using Bio = std::unique_ptr<BIO, OpenSslFree>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw std::runtime_error("audio.signing_key: \"" + path + "\" " + why);
}

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

std::string text_in(const Bio& bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string fresh_pem() {
  const KeyHandle key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  const Bio bio(BIO_new(BIO_s_secmem()));
  if (!key || !bio ||
      PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    throw std::runtime_error("OpenSSL makes no Ed25519 key");
  }
  return text_in(bio);
}

// Written beside under a name of its own and linked: another process sees no key or a whole one,
// and the first link wins.
void make(const std::string& path) {
  std::error_code problem;
  const fs::path folder = fs::path(path).parent_path();
  if (!folder.empty()) fs::create_directories(folder, problem);
  std::uint64_t name = 0;  // not the process' id, which a killed one may have left behind
  if (getentropy(&name, sizeof name) != 0) refuse(path, std::strerror(errno));
  const std::string beside = path + "." + std::to_string(name);
  const File file(open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.get() < 0) refuse(path, std::string("cannot be made: ") + std::strerror(errno));
  const std::string pem = fresh_pem();
  const bool written = write(file.get(), pem.data(), pem.size()) == std::ssize(pem) &&
                       fsync(file.get()) == 0 &&
                       (link(beside.c_str(), path.c_str()) == 0 || errno == EEXIST);
  const int why = errno;
  unlink(beside.c_str());
  if (!written) refuse(path, std::string("cannot be written: ") + std::strerror(why));
}

std::string read_secret(const std::string& path) {
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) refuse(path, std::string("cannot be read: ") + std::strerror(errno));
  struct stat facts {};
  if (fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) refuse(path, "is no file");
  if ((facts.st_mode & 077U) != 0) refuse(path, "may be read by others; chmod 600 it");
  std::string text(kFileBytesMax, '\0');
  const ssize_t size = read(file.get(), text.data(), text.size());
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

PublicKey public_of(const EVP_PKEY* key) {
  PublicKey out{std::string(kKeyBytes, '\0')};
  std::size_t size = kKeyBytes;
  auto* const into = reinterpret_cast<unsigned char*>(out.bytes.data());
  if (EVP_PKEY_get_raw_public_key(key, into, &size) != 1 || size != kKeyBytes) out.bytes.clear();
  return out;
}

KeyHandle handle_of(const PublicKey& key) {
  return KeyHandle(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(key.bytes),
                                               key.bytes.size()));
}

}  // namespace

bool verify(const PublicKey& key, std::string_view message, std::string_view signature) {
  const KeyHandle handle = handle_of(key);
  const Context context(EVP_MD_CTX_new());
  return handle && context && signature.size() == kSignatureBytes &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, handle.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                          message.size()) == 1;
}

std::string text_of(const PublicKey& key) { return std::string(kPrefix) + base64url(key.bytes); }

std::optional<PublicKey> public_key_of(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  if (text.starts_with(kPrefix)) {
    auto bytes = from_base64url(text.substr(kPrefix.size()));
    if (!bytes || bytes->size() != kKeyBytes) return std::nullopt;
    return PublicKey{std::move(*bytes)};
  }
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  const KeyHandle handle(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  if (!handle || EVP_PKEY_get_base_id(handle.get()) != EVP_PKEY_ED25519) return std::nullopt;
  return public_of(handle.get());
}

std::string pem_of(const PublicKey& key) {
  const KeyHandle handle = handle_of(key);
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!handle || !bio || PEM_write_bio_PUBKEY(bio.get(), handle.get()) != 1) {
    throw std::runtime_error("OpenSSL does not write a public key");
  }
  return text_in(bio);
}

struct SigningKey::Private {
  KeyHandle key;
};

SigningKey::SigningKey(const std::string& path) : private_(std::make_unique<Private>()) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) make(path);
  std::string pem = read_secret(path);
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  private_->key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  OPENSSL_cleanse(pem.data(), pem.size());
  if (!private_->key || EVP_PKEY_get_base_id(private_->key.get()) != EVP_PKEY_ED25519) {
    refuse(path, "holds no private Ed25519 key in PEM");
  }
  public_ = public_of(private_->key.get());
}

SigningKey::~SigningKey() = default;

std::string SigningKey::sign(std::string_view message) const {
  const Context context(EVP_MD_CTX_new());
  std::string signature(kSignatureBytes, '\0');
  std::size_t size = signature.size();
  auto* const into = reinterpret_cast<unsigned char*>(signature.data());
  if (!context ||
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, private_->key.get()) != 1 ||
      EVP_DigestSign(context.get(), into, &size, bytes_of(message), message.size()) != 1) {
    throw std::runtime_error("OpenSSL does not sign");
  }
  return signature;
}

}  // namespace segue::io
