#pragma once

#include <string>
#include <string_view>

#include "core/generation/label/provenance.h"
#include "core/io/audio/audio_file.h"
#include "core/io/audio/tags.h"
#include "core/io/labels/signed_record.h"

namespace segue::io {

// A file with its signed record in its tags, and the file's entry as it stands in the record.
struct Labelled {
  std::string bytes;
  LabelledFile entry;
};

// Writes the tags and, among them, the record of this one file: `provenance` with `name`'s hashes
// as its only file. The hash covers every byte but the record's own text, so that a change anywhere
// in the file is noticed. Throws std::runtime_error where TagLib cannot write.
Labelled labelled(std::string_view bytes, AudioFormat format, Tags tags, Provenance provenance,
                  const std::string& name, const SigningKey& key);

enum class Verdict : std::uint8_t {
  intact,        // signed by this key, and every byte is as it was
  tags_changed,  // signed, the sound is as it was, the tags are not
  changed,       // signed, and the sound was changed, or the record itself was
  other_key,     // intact, but signed by a key that is not trusted
  no_record,     // no record: not Segue's, or its record was taken away
};
std::string_view name_of(Verdict verdict);

struct Checked {
  Verdict verdict = Verdict::no_record;
  std::string why;        // one line
  Provenance provenance;  // of a record whose signature is right
  PublicKey signer;
};

// Checks a FLAC or an MP3 by the record in its tags.
Checked check(std::string_view bytes, const PublicKey& trusted);

// Checks any file by the record that lies beside it: `word` is that record's, `name` the file's.
Checked check_beside(std::string_view bytes, std::string_view name, std::string_view word,
                     const PublicKey& trusted);

}  // namespace segue::io
