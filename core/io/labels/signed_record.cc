#include "core/io/labels/signed_record.h"

#include "core/wire/base64url.h"

namespace segue::io {
namespace {

constexpr std::size_t kWordBytesMax = 2 * kProvenanceBytesMax;
// The only header that is written, and so the only one that is read: nothing to negotiate.
constexpr std::string_view kHeaderStart =
    R"({"alg":"EdDSA","typ":"segue-provenance","jwk":{"kty":"OKP","crv":"Ed25519","x":")";
constexpr std::string_view kHeaderEnd = R"("}})";

std::string header_of(const PublicKey& key) {
  return std::string(kHeaderStart) + base64url(key.bytes) + std::string(kHeaderEnd);
}

std::optional<PublicKey> signer_in(std::string_view header) {
  if (!header.starts_with(kHeaderStart) || !header.ends_with(kHeaderEnd)) return std::nullopt;
  header.remove_prefix(kHeaderStart.size());
  header.remove_suffix(kHeaderEnd.size());
  return public_key_of("ed25519:" + std::string(header));
}

}  // namespace

std::string signed_record(const Provenance& provenance, const SigningKey& key) {
  std::string word = base64url(header_of(key.public_key())) + "." + base64url(encode(provenance));
  const std::string signature = key.sign(word);
  return word + "." + base64url(signature);
}

Result<CheckedRecord> checked_record(std::string_view word) {
  const auto first = word.find('.');
  const auto last = word.rfind('.');
  if (word.size() > kWordBytesMax || first == std::string_view::npos || first == last) {
    return error(Reason::malformed, "expected a signed record");
  }
  const auto header = from_base64url(word.substr(0, first));
  const auto payload = from_base64url(word.substr(first + 1, last - first - 1));
  const auto signature = from_base64url(word.substr(last + 1));
  const auto signer = header ? signer_in(*header) : std::nullopt;
  if (!signer || !payload || !signature) {
    return error(Reason::malformed, "expected a signed record");
  }
  if (!verify(*signer, word.substr(0, last), *signature)) {
    return error(Reason::malformed, "the record's signature is wrong: the record was changed");
  }
  auto provenance = decode_provenance(*payload);
  if (!provenance) return provenance.error();
  return CheckedRecord{std::move(*provenance), *signer};
}

}  // namespace segue::io
