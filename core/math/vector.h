#pragma once

#include <Eigen/Core>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/wire/blob.h"

namespace segue {

// Where a listener, a track or an artist stands in the space of taste (matrix factorisation): a
// listener likes what their vector's dot product with is near 1. All 0 says that nothing is known.
inline constexpr std::size_t kDimensions = 64;
using Vector = std::array<float, kDimensions>;
inline constexpr float kComponentMax = 1'000;  // far beyond what is ever learned
using VectorView = std::span<const float, kDimensions>;

inline float dot(const float* a, const float* b) {
  using Row = Eigen::Map<const Eigen::Matrix<float, kDimensions, 1>>;
  return Row(a).dot(Row(b));
}
inline float dot(VectorView a, VectorView b) { return dot(a.data(), b.data()); }

// As Eigen sees it, to compute with.
using VectorMap = Eigen::Map<Eigen::Matrix<float, kDimensions, 1>>;
using ConstVectorMap = Eigen::Map<const Eigen::Matrix<float, kDimensions, 1>>;
inline VectorMap map(Vector& vector) { return VectorMap(vector.data()); }
inline ConstVectorMap map(const Vector& vector) { return ConstVectorMap(vector.data()); }
inline bool is_known(const Vector& vector) { return vector != Vector{}; }

// One step of incremental SGD for what was liked (Vinagre, Jorge and Gama, 2014): moves `mine` so
// that its dot product with the other comes nearer to 1; `share` of a whole step, 0 to 1.
void learn_liking(Vector& mine, const Vector& other, float share = 1);

// At length 1; all 0 stays so.
Vector direction_of(const Vector& vector);

// Where an id starts before anything is known of it: a small direction of its own, the same
// everywhere.
Vector start_of(std::uint64_t id);

// A vector in a quarter of the room, one byte a dimension: the error is below 1/254 of its largest
// component.
struct SmallVector {
  std::array<std::int8_t, kDimensions> steps{};
  float step = 0;    // what one is worth
  float length = 0;  // of the vector
  bool operator==(const SmallVector&) const = default;
};
SmallVector small(const Vector& vector);
Vector large(const SmallVector& vector);
inline bool is_known(const SmallVector& vector) { return vector.length > 0; }

// Whole numbers, which compilers sum many at a time.
inline float dot(const SmallVector& a, const SmallVector& b) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < kDimensions; ++i) sum += std::int16_t{a.steps[i]} * b.steps[i];
  return static_cast<float>(sum) * a.step * b.step;
}
// The cosine of the angle between them; 0 if one is not known.
inline float cosine(const SmallVector& a, const SmallVector& b) {
  return is_known(a) && is_known(b) ? dot(a, b) / (a.length * b.length) : 0;
}

// As a small vector, without its length: 68 bytes. A component beyond kComponentMax is a failure.
void write(BlobWriter& out, const Vector& vector);
Vector read_vector(BlobReader& in);

}  // namespace segue
