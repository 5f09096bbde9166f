#include "core/vector.h"

#include <cmath>

namespace segue {
namespace {

constexpr float kStartLength = 0.3F;
constexpr float kSteps = 127;
constexpr float kRate = 0.2F;
constexpr float kDecay = 0.01F;

}  // namespace

void learn_liking(Vector& mine, const Vector& other) {
  const float missing = 1 - dot(mine, other);
  map(mine) += kRate * (missing * map(other) - kDecay * map(mine));
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

void write(BlobWriter& out, const Vector& vector) {
  const float largest = map(vector).cwiseAbs().maxCoeff();
  out.f32(largest);
  const float scale = largest > 0 ? kSteps / largest : 0;
  for (const float v : vector) {
    out.u8(static_cast<std::uint8_t>(static_cast<std::int8_t>(std::lround(v * scale))));
  }
}

Vector read_vector(BlobReader& in) {
  const float scale = in.f32() / kSteps;
  Vector vector{};
  for (float& v : vector) v = static_cast<float>(static_cast<std::int8_t>(in.u8())) * scale;
  return vector;
}

}  // namespace segue
