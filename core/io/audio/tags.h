#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/io/audio/audio_file.h"

namespace segue::io {

// The tags that players show of a file. Empty: no such tag.
struct Tags {
  std::string title = {};
  std::string artist = {};
  std::string genre = {};
  std::string mood = {};
  std::string bpm = {};
  std::string key = {};
  std::string comment = {};  // says that a program composed it
  std::string licence = {};
  std::string digital_source_type = {};
  std::string record = {};  // the signed record (labels/signed_record.h)
};

// The tag that holds the record.
inline constexpr std::string_view kRecordTag = "SEGUE_PROVENANCE";

// The file with these tags and no other: Vorbis comments in a FLAC, ID3v2.4 in an MP3. Throws
// std::runtime_error where TagLib cannot. Requires: `bytes` is a file of `encoded`.
std::string tagged(std::string_view bytes, AudioFormat format, const Tags& tags);

// Nothing where TagLib cannot read the file.
std::optional<Tags> tags_of(std::string_view bytes, AudioFormat format);

}  // namespace segue::io
