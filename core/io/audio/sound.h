#pragma once

#include <cstddef>
#include <vector>

namespace segue::io {

// Stereo at 44.1 kHz: samples of left and right in turn, 1 is full scale. 353 kB a second.
struct Sound {
  static constexpr int kRate = 44'100;
  static constexpr int kChannels = 2;

  std::vector<float> samples;

  std::size_t frames() const { return samples.size() / kChannels; }
  double seconds() const { return static_cast<double>(frames()) / kRate; }
};

}  // namespace segue::io
