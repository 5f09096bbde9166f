#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/io/audio/sound.h"
#include "core/result.h"

namespace segue::io {

enum class AudioFormat : std::uint8_t { flac, mp3 };

// "flac" and "mp3": endings, and names in records.
std::string_view name_of(AudioFormat format);
// "audio/flac", "audio/mpeg".
std::string_view media_type(AudioFormat format);
// By its first bytes; nothing for another kind of file.
std::optional<AudioFormat> format_of(std::string_view bytes);

// 16 bits a sample, little-endian, left and right in turn: what a FLAC holds, and what is hashed as
// a piece's PCM.
std::string pcm16(const Sound& sound);

// A whole file in memory: FLAC with 16 bits or MP3 with 192 kbit/s. Throws std::runtime_error where
// libsndfile cannot.
std::string encoded(const Sound& sound, AudioFormat format);

// Reads what libsndfile knows. An error (malformed, too_large) for bytes that are no sound, another
// rate than 44.1 kHz, another number of channels than two, and more than an hour.
Result<Sound> decoded(std::string_view bytes);

}  // namespace segue::io
