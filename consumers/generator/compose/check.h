#pragma once

#include <string>

#include "core/config.h"
#include "core/io/audio/label.h"

namespace segue::generator {

// Exit codes of `segue-compose --check`.
inline constexpr int kIntact = 0;
inline constexpr int kChanged = 3;
inline constexpr int kOtherKey = 4;
inline constexpr int kNoRecord = 5;
int exit_code(io::Verdict verdict);

// Checks a FLAC or an MP3 by the record in its tags, any other file by NAME.provenance.json beside
// it, and such a record by its signature. Throws std::runtime_error where a file cannot be read or
// no key is there to trust.
io::Checked check_file(const std::string& path, const io::PublicKey& trusted);

// `--trust`, or the key of this installation, which is not made for a check.
io::PublicKey trusted_key(const ComposeConfig& config, const AudioConfig& audio);

}  // namespace segue::generator
