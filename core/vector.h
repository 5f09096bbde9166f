#pragma once

#include <Eigen/Core>
#include <array>
#include <cstddef>
#include <span>

namespace segue {

// The factors of a track or of a listener's taste.
inline constexpr std::size_t kDimensions = 64;
using Vector = std::array<float, kDimensions>;
using VectorView = std::span<const float, kDimensions>;

inline float dot(const float* a, const float* b) {
  using Row = Eigen::Map<const Eigen::Matrix<float, kDimensions, 1>>;
  return Row(a).dot(Row(b));
}
inline float dot(VectorView a, VectorView b) { return dot(a.data(), b.data()); }

}  // namespace segue
