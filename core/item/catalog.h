#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/generation/label/disclosure.h"
#include "core/result.h"

namespace segue {

// The catalogue's entry of one track: a record of segue.catalog.v1, whose key is the track's id.
// A record without a value takes the track down. Empty and 0 mean unknown.
struct CatalogEntry {
  std::string track_id;
  std::string title;
  std::string artist_id;
  std::string artist;
  std::string album;
  std::vector<std::string> tags;
  std::string mood;
  std::string genre;
  std::int32_t duration_ms = 0;
  std::int32_t year = 0;              // of publication, kTrackYearMin to kTrackYearMax
  bool is_explicit = false;           // on the wire `explicit`
  std::string audio_url = {};         // where a player finds the sound; empty: it has its own ways
  std::optional<Disclosure> ai = {};  // none: nothing is declared
  // A composed track's `GenerationJob::wish`, by which it is found again for the same wish.
  std::string wish = {};
  bool operator==(const CatalogEntry&) const = default;
};

inline constexpr std::size_t kCatalogBytesMax = 64 * 1024;
inline constexpr std::size_t kTagsMax = 64;
inline constexpr std::int32_t kTrackYearMin = 1'000;
inline constexpr std::int32_t kTrackYearMax = 9'999;

// Compact JSON with the field names above; what is unknown is left out.
std::string encode(const CatalogEntry& entry);

// Reads what `encode` writes; unknown fields are ignored. Errors: malformed, too_large, too_deep,
// missing_field (track_id), bad_field (the detail names it). Thread-safe.
Result<CatalogEntry> decode_catalog(std::string_view json);

}  // namespace segue
