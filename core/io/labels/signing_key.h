#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace segue::io {

// An Ed25519 public key, as 32 bytes. Thread-safe.
struct PublicKey {
  std::string bytes;
  bool operator==(const PublicKey&) const = default;
};

// 64 bytes of signature checked against a key; false for whatever is wrong.
bool verify(const PublicKey& key, std::string_view message, std::string_view signature);

// "ed25519:" and the key in base64url: one word, to be printed and set.
std::string text_of(const PublicKey& key);
// That word, or the PEM of a public key; nothing for anything else.
std::optional<PublicKey> public_key_of(std::string_view text);
// As `openssl pkey -pubin` reads it.
std::string pem_of(const PublicKey& key);

// The key that signs what this installation composes. It never leaves its file and the memory.
// Thread-safe after construction.
class SigningKey {
 public:
  // Reads a private Ed25519 key from a PEM file. Where there is no file a key is made and written
  // there, readable for its owner alone (0600), with the folders on the way. Of several processes
  // that do so at once all use the same key. Throws std::runtime_error, in one line, for a file
  // that others may read, that is no such key, or that cannot be written.
  explicit SigningKey(const std::string& path);
  ~SigningKey();
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;

  const PublicKey& public_key() const { return public_; }
  std::string sign(std::string_view message) const;  // 64 bytes

 private:
  struct Private;
  std::unique_ptr<Private> private_;
  PublicKey public_;
};

}  // namespace segue::io
