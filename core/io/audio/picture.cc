#include "core/io/audio/picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numbers>
#include <unsupported/Eigen/FFT>
#include <vector>

#include "core/io/audio/png.h"

namespace segue::io {
namespace {

constexpr int kWidth = 1'200;
constexpr int kHeight = 480;
constexpr Colour kBackground = {18, 18, 26};
constexpr Colour kLine = {44, 44, 60};
constexpr std::array<Colour, 7> kParts = {{{102, 194, 165},
                                           {252, 141, 98},
                                           {141, 160, 203},
                                           {231, 138, 195},
                                           {166, 216, 84},
                                           {255, 217, 47},
                                           {229, 196, 148}}};

int column(double at_s, double seconds) {
  return static_cast<int>(std::clamp(at_s / seconds, 0.0, 1.0) * kWidth);
}

constexpr int kWindow = 4'096;
constexpr double kLowest_hz = 40;
constexpr double kHighest_hz = 16'000;
constexpr float kRange_db = 80;

// From black over violet and orange to nearly white; `share` from 0 to 1.
Colour heat(float share) {
  struct Stop {
    float red, green, blue;
  };
  constexpr std::array<Stop, 5> kStops = {
      {{4, 4, 12}, {80, 18, 123}, {182, 54, 121}, {251, 136, 97}, {252, 253, 191}}};
  const float at = std::clamp(share, 0.0F, 1.0F) * (kStops.size() - 1);
  const auto low = std::min(static_cast<std::size_t>(at), kStops.size() - 2);
  const float rest = at - static_cast<float>(low);
  const auto mix = [&](float from, float to) {
    return static_cast<std::uint8_t>(std::lrint(from + (to - from) * rest));
  };
  const Stop& a = kStops[low];
  const Stop& b = kStops[low + 1];
  return {mix(a.red, b.red), mix(a.green, b.green), mix(a.blue, b.blue)};
}

// The window's middle lies at `frame`; before the beginning and after the end it is silent.
std::vector<float> windowed(const Sound& sound, long frame) {
  std::vector<float> samples(kWindow);
  for (int i = 0; i < kWindow; ++i) {
    const long at = frame - kWindow / 2 + i;
    if (at < 0 || at >= static_cast<long>(sound.frames())) continue;
    const auto index = static_cast<std::size_t>(at) * Sound::kChannels;
    const double hann = (1 - std::cos(2 * std::numbers::pi * i / kWindow)) / 2;
    samples[static_cast<std::size_t>(i)] =
        (sound.samples[index] + sound.samples[index + 1]) / 2 * static_cast<float>(hann);
  }
  return samples;
}

}  // namespace

std::string piano_roll(std::span<const DrawnNote> notes, double seconds) {
  Picture picture(kWidth, kHeight, kBackground);
  int lowest = 48;
  int highest = 72;
  for (const DrawnNote& note : notes) {
    lowest = std::min(lowest, note.pitch);
    highest = std::max(highest, note.pitch);
  }
  const int rows = highest - lowest + 3;
  const auto top = [&](int pitch) { return (highest + 1 - pitch) * kHeight / rows; };
  for (int pitch = lowest; pitch <= highest; ++pitch) {
    if (pitch % 12 == 0) picture.fill(0, top(pitch - 1), kWidth, top(pitch - 1) + 1, kLine);
  }
  for (double at = 10; at < seconds; at += 10) {
    const int x = column(at, seconds);
    picture.fill(x, 0, x + 1, kHeight, kLine);
  }
  for (const DrawnNote& note : notes) {
    const int left = column(note.from_s, seconds);
    const int right = std::max(left + 2, column(note.to_s, seconds) - 1);
    const int bottom = std::max(top(note.pitch) + 2, top(note.pitch - 1) - 1);
    picture.fill(left, top(note.pitch), right, bottom,
                 kParts[static_cast<std::size_t>(note.part) % kParts.size()]);
  }
  return png(picture);
}

std::string spectrogram(const Sound& sound) {
  Picture picture(kWidth, kHeight, kBackground);
  Eigen::FFT<float> fft;
  std::vector<std::complex<float>> bins;
  std::vector<float> levels(static_cast<std::size_t>(kWidth) * kHeight);
  float loudest = 1e-9F;
  for (int x = 0; x < kWidth; ++x) {
    const long frame = static_cast<long>(sound.frames()) * (2 * x + 1) / (2 * kWidth);
    fft.fwd(bins, windowed(sound, frame));
    for (int y = 0; y < kHeight; ++y) {
      const double share = static_cast<double>(kHeight - 1 - y) / (kHeight - 1);
      const double hz = kLowest_hz * std::pow(kHighest_hz / kLowest_hz, share);
      const auto bin = static_cast<std::size_t>(std::lrint(hz * kWindow / Sound::kRate));
      float& level = levels[static_cast<std::size_t>(x) * kHeight + static_cast<std::size_t>(y)];
      level = std::abs(bins[bin]);
      loudest = std::max(loudest, level);
    }
  }
  for (int x = 0; x < kWidth; ++x) {
    for (int y = 0; y < kHeight; ++y) {
      const float level =
          levels[static_cast<std::size_t>(x) * kHeight + static_cast<std::size_t>(y)];
      const float db = 20 * std::log10(std::max(level / loudest, 1e-9F));
      picture.at(x, y) = heat(1 + db / kRange_db);
    }
  }
  return png(picture);
}

}  // namespace segue::io
