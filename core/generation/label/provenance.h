#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/generation/label/disclosure.h"
#include "core/result.h"

// Where a composed piece comes from: the record that is signed, written beside its files and into
// their tags. All functions are pure and thread-safe.
namespace segue {

// Something the piece was made with: a model, a SoundFont, the program.
struct Ingredient {
  std::string kind = {};     // "model", "soundfont", "program"
  std::string name = {};     // no path
  std::string version = {};  // empty: none
  std::string licence = {};  // SPDX; empty: not known
  std::string sha256 = {};   // empty: none
  bool operator==(const Ingredient&) const = default;
};

// One file that the record speaks of, with hashes in hexadecimal.
struct LabelledFile {
  std::string name = {};
  std::string media_type = {};
  // All bytes of the file; where the record stands in the file itself, with its text blanked out.
  std::string sha256 = {};
  std::string audio_sha256 = {};  // the coded frames without tags; empty for what has none
  bool operator==(const LabelledFile&) const = default;
};

struct Provenance {
  std::string job = {};                   // id of the job; its seed and specification are below
  std::vector<std::string> parents = {};  // jobs or tracks that it was made from
  std::string trigger = {};               // why it was made: "request", "command line", ...
  std::uint64_t seed = 0;
  std::string specification = {};  // a JSON object
  std::vector<Ingredient> ingredients = {};
  std::string digital_source_type = {};  // an address of IPTC's vocabulary
  Disclosure disclosure = {};
  std::string licence = {};     // SPDX
  std::string pcm_sha256 = {};  // of the piece as 16-bit PCM, before it was coded
  std::vector<LabelledFile> files = {};
  bool operator==(const Provenance&) const = default;
};

// IPTC's word for what a model made that was counted from other people's works. A composer without
// such a model would be `algorithmicMedia`.
inline constexpr std::string_view kTrainedAlgorithmicMedia =
    "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
inline constexpr std::string_view kAlgorithmicMedia =
    "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia";

inline constexpr std::size_t kProvenanceBytesMax = 65'536;

// Compact JSON without line breaks. Requires: `specification` is a JSON object, or empty.
std::string encode(const Provenance& provenance);

// Fields that a later version added are passed over. Errors: malformed, too_large, unknown_version,
// missing_field, bad_field.
Result<Provenance> decode_provenance(std::string_view json);

}  // namespace segue
