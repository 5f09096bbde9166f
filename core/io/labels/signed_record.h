#pragma once

#include <string>
#include <string_view>

#include "core/generation/label/provenance.h"
#include "core/io/labels/signing_key.h"
#include "core/result.h"

namespace segue::io {

// A record and its signature as one word of ASCII: a JSON Web Signature in its compact form (RFC
// 7515, EdDSA of RFC 8037) that holds its public key, so that any such library can check it.
// Records of the same length give words of the same length.
std::string signed_record(const Provenance& provenance, const SigningKey& key);

// A record whose signature is right; by whom is for the caller to judge.
struct CheckedRecord {
  Provenance provenance;
  PublicKey signer;
};

// Errors: malformed for what is no such word, or a signature that is wrong; those of
// `decode_provenance`.
Result<CheckedRecord> checked_record(std::string_view word);

}  // namespace segue::io
