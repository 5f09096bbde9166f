#include "core/math/vector.h"

#include <algorithm>
#include <cmath>

namespace segue {
namespace {

constexpr float kStartLength = 0.3F;
constexpr float kSteps = 127;
constexpr float kRate = 0.2F;
constexpr float kDecay = 0.01F;
constexpr float kMissingMax = 8;

}  // namespace

void learn_liking(Vector& mine, const Vector& other, float share) {
  // Bounded, so that vectors which somebody made up cannot send each other beyond all numbers.
  const float missing = std::clamp(1 - dot(mine, other), -kMissingMax, kMissingMax);
  map(mine) += share * kRate * (missing * map(other) - kDecay * map(mine));
  map(mine) = map(mine).cwiseMax(-kComponentMax).cwiseMin(kComponentMax);
}

Vector direction_of(const Vector& vector) {
  const float length = map(vector).norm();
  Vector direction{};
  if (length > 0) map(direction) = map(vector) / length;
  return direction;
}

Vector start_of(std::uint64_t id) {
  Vector vector{};
  std::uint64_t state = id;
  for (float& v : vector) {
    // splitmix64 (Steele, Lea and Flood, 2014)
    state += 0x9e3779b97f4a7c15;
    std::uint64_t x = state;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    x ^= x >> 31;
    v = static_cast<float>(static_cast<double>(x >> 11) * 0x1p-53 - 0.5);
  }
  map(vector) *= kStartLength / map(vector).norm();
  return vector;
}

SmallVector small(const Vector& vector) {
  SmallVector small;
  const float largest = map(vector).cwiseAbs().maxCoeff();
  if (!(largest > 0)) return small;
  small.step = largest / kSteps;
  small.length = map(vector).norm();
  const float scale = kSteps / largest;
  for (std::size_t i = 0; i < kDimensions; ++i) {
    const float step = vector[i] * scale;
    small.steps[i] = static_cast<std::int8_t>(step + (step < 0 ? -0.5F : 0.5F));
  }
  return small;
}

Vector large(const SmallVector& vector) {
  Vector large{};
  for (std::size_t i = 0; i < kDimensions; ++i) {
    large[i] = static_cast<float>(vector.steps[i]) * vector.step;
  }
  return large;
}

void write(BlobWriter& out, const Vector& vector) {
  const SmallVector as_stored = small(vector);
  out.f32(std::min(as_stored.step * kSteps, kComponentMax));
  for (const std::int8_t step : as_stored.steps) out.u8(static_cast<std::uint8_t>(step));
}

Vector read_vector(BlobReader& in) {
  const float scale = in.f32(0, kComponentMax) / kSteps;
  Vector vector{};
  for (float& v : vector) v = static_cast<float>(static_cast<std::int8_t>(in.u8())) * scale;
  return vector;
}

}  // namespace segue
