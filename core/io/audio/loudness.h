#pragma once

#include "core/io/audio/sound.h"
#include "core/result.h"

namespace segue::io {

// How loud a sound is by EBU R 128.
struct Loudness {
  double integrated_lufs = 0;  // minus infinity for silence
  double true_peak_dbtp = 0;   // minus infinity for silence
};

// The level of Segue's files: as loud as streaming services play, with room for lossy coders.
inline constexpr double kTargetLufs = -14;
inline constexpr double kLufsTolerance = 0.5;
inline constexpr double kTruePeakMax_dbtp = -1;

// Measured by libebur128. Throws std::bad_alloc alone.
Loudness measure(const Sound& sound);

// Brings a sound to kTargetLufs within 0.1, with no peak above `ceiling_dbtp`: by its gain, and
// where that is not enough by a limiter. An error (bad_field) for silence, and for what cannot be
// that loud, such as a few clicks.
Result<Sound> levelled(const Sound& sound, double ceiling_dbtp);

}  // namespace segue::io
