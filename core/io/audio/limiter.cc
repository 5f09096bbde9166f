#include "core/io/audio/limiter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <vector>

namespace segue::io {
namespace {

constexpr std::size_t kPhases = 4;
constexpr std::size_t kTaps = 12;
// The interpolation filter of ITU-R BS.1770-5, annex 2: phases of a low-pass at four times the
// rate.
constexpr std::array<std::array<float, kTaps>, kPhases> kFilter = {{
    {0.0017089843750F, 0.0109863281250F, -0.0196533203125F, 0.0332031250000F, -0.0594482421875F,
     0.1373291015625F, 0.9721679687500F, -0.1022949218750F, 0.0476074218750F, -0.0266113281250F,
     0.0148925781250F, -0.0083007812500F},
    {-0.0291748046875F, 0.0292968750000F, -0.0517578125000F, 0.0891113281250F, -0.1665039062500F,
     0.4650878906250F, 0.7797851562500F, -0.2003173828125F, 0.1015625000000F, -0.0582275390625F,
     0.0330810546875F, -0.0189208984375F},
    {-0.0189208984375F, 0.0330810546875F, -0.0582275390625F, 0.1015625000000F, -0.2003173828125F,
     0.7797851562500F, 0.4650878906250F, -0.1665039062500F, 0.0891113281250F, -0.0517578125000F,
     0.0292968750000F, -0.0291748046875F},
    {-0.0083007812500F, 0.0148925781250F, -0.0266113281250F, 0.0476074218750F, -0.1022949218750F,
     0.9721679687500F, 0.1373291015625F, -0.0594482421875F, 0.0332031250000F, -0.0196533203125F,
     0.0109863281250F, 0.0017089843750F},
}};

constexpr std::size_t kAttack = 220;  // frames, 5 ms
constexpr float kRelease_s = 0.1F;
// Between samples a peak of music is hardly higher than this many times the samples around it, so
// that quiet stretches need no filter.
constexpr float kOvershootMax = 1.5F;

// The highest magnitude of each frame and of what lies between it and the next.
std::vector<float> peaks_of(const Sound& sound, float ceiling) {
  const std::size_t frames = sound.frames();
  std::vector<float> peaks(frames);
  for (std::size_t i = 0; i < frames; ++i) {
    peaks[i] = std::max(std::abs(sound.samples[2 * i]), std::abs(sound.samples[2 * i + 1]));
  }
  if (frames < kTaps) return peaks;
  constexpr std::size_t kStretch = 1'024;
  const std::vector<float> magnitudes = peaks;
  for (std::size_t from = 0; from + kTaps <= frames; from += kStretch) {
    const std::size_t to = std::min(from + kStretch, frames - kTaps + 1);
    const float highest = *std::max_element(magnitudes.begin() + static_cast<long>(from),
                                            magnitudes.begin() + static_cast<long>(to + kTaps - 1));
    if (highest * kOvershootMax <= ceiling) continue;
    for (std::size_t i = from; i < to; ++i) {
      const float* const at = sound.samples.data() + 2 * i;
      float highest_between = 0;
      for (const auto& phase : kFilter) {
        float left = 0;
        float right = 0;
        for (std::size_t tap = 0; tap < kTaps; ++tap) {
          left += phase[tap] * at[2 * tap];
          right += phase[tap] * at[2 * tap + 1];
        }
        highest_between = std::max({highest_between, std::abs(left), std::abs(right)});
      }
      // The filter's middle lies between its sixth and seventh sample.
      peaks[i + 5] = std::max(peaks[i + 5], highest_between);
      peaks[i + 6] = std::max(peaks[i + 6], highest_between);
    }
  }
  return peaks;
}

// The smallest of each value and the `kAttack` after it.
std::vector<float> smallest_ahead(const std::vector<float>& gains) {
  std::vector<float> smallest(gains.size());
  std::deque<std::size_t> rising;  // positions whose gains rise; the first is the smallest
  for (std::size_t i = gains.size(); i-- > 0;) {
    while (!rising.empty() && gains[rising.back()] >= gains[i]) rising.pop_back();
    rising.push_back(i);
    if (rising.front() > i + kAttack) rising.pop_front();
    smallest[i] = gains[rising.front()];
  }
  return smallest;
}

// Falls at once and recovers slowly; then the mean of the last `kAttack`, which makes the fall
// smooth and still complete when the peak comes.
void smooth(std::vector<float>& gains) {
  const float recovery = 1 - std::exp(-1 / (kRelease_s * static_cast<float>(Sound::kRate)));
  float held = 1;
  for (float& gain : gains) {
    held = gain < held ? gain : held + (gain - held) * recovery;
    gain = held;
  }
  const std::vector<float> stepped = gains;
  if (gains.empty()) return;
  // Before the beginning the gain is as at it: the first note may be a loud one.
  const auto first = static_cast<double>(stepped.front());
  double sum = first * static_cast<double>(kAttack);
  for (std::size_t i = 0; i < gains.size(); ++i) {
    sum += static_cast<double>(stepped[i]);
    gains[i] = static_cast<float>(sum / static_cast<double>(kAttack + 1));
    sum -= i >= kAttack ? static_cast<double>(stepped[i - kAttack]) : first;
  }
}

}  // namespace

void limit(Sound& sound, float ceiling) {
  std::vector<float> gains = peaks_of(sound, ceiling);
  bool any = false;
  for (float& gain : gains) {
    any = any || gain > ceiling;
    gain = gain > ceiling ? ceiling / gain : 1;
  }
  if (!any) return;
  gains = smallest_ahead(gains);
  smooth(gains);
  for (std::size_t i = 0; i < gains.size(); ++i) {
    sound.samples[2 * i] *= gains[i];
    sound.samples[2 * i + 1] *= gains[i];
  }
}

}  // namespace segue::io
