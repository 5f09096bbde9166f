#include "core/io/audio/loudness.h"

#include <ebur128.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <new>

#include "core/io/audio/limiter.h"

namespace segue::io {
namespace {

constexpr double kCloseEnough_lu = 0.1;
constexpr int kPassesMax = 8;
constexpr double kGainMax_db = 60;

struct Destroy {
  void operator()(ebur128_state* state) const { ebur128_destroy(&state); }
};
using Meter = std::unique_ptr<ebur128_state, Destroy>;

Meter meter(const Sound& sound, int mode) {
  Meter made(ebur128_init(Sound::kChannels, Sound::kRate, mode));
  if (!made || ebur128_add_frames_float(made.get(), sound.samples.data(), sound.frames()) !=
                   EBUR128_SUCCESS) {
    throw std::bad_alloc();
  }
  return made;
}

double integrated(ebur128_state* state) {
  double lufs = 0;
  if (ebur128_loudness_global(state, &lufs) != EBUR128_SUCCESS) throw std::bad_alloc();
  return lufs;
}

double factor(double db) { return std::pow(10, db / 20); }

}  // namespace

Loudness measure(const Sound& sound) {
  const Meter state = meter(sound, EBUR128_MODE_I | EBUR128_MODE_TRUE_PEAK);
  double peak = 0;
  for (unsigned channel = 0; channel < Sound::kChannels; ++channel) {
    double one = 0;
    if (ebur128_true_peak(state.get(), channel, &one) != EBUR128_SUCCESS) throw std::bad_alloc();
    peak = std::max(peak, one);
  }
  return {integrated(state.get()), 20 * std::log10(peak)};
}

Result<Sound> levelled(const Sound& sound, double ceiling_dbtp) {
  double gain_db = kTargetLufs - integrated(meter(sound, EBUR128_MODE_I).get());
  if (!std::isfinite(gain_db)) return error(Reason::bad_field, "audio: the piece is silent");
  for (int pass = 0; pass < kPassesMax && gain_db <= kGainMax_db; ++pass) {
    Sound louder = sound;
    const auto gain = static_cast<float>(factor(gain_db));
    for (float& sample : louder.samples) sample *= gain;
    limit(louder, static_cast<float>(factor(ceiling_dbtp)));
    const double missing = kTargetLufs - integrated(meter(louder, EBUR128_MODE_I).get());
    if (std::abs(missing) <= kCloseEnough_lu) return louder;
    // The limiter takes a share of each decibel; a little more than what is missing converges.
    gain_db += missing * 1.3;
  }
  return error(Reason::bad_field, "audio: the piece has too few sounds to reach -14 LUFS");
}

}  // namespace segue::io
