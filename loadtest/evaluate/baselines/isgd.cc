#include "loadtest/evaluate/baselines/isgd.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace segue::baseline {
namespace {

constexpr float kFirstDeviation = 0.1F;

// Box & Muller, 1958.
float normal(Random& random) {
  const double radius = std::sqrt(-2 * std::log(1 - random.unit()));
  return static_cast<float>(radius * std::cos(2 * std::numbers::pi * random.unit()));
}

}  // namespace

void Isgd::reach(Vectors& vectors, Eigen::Index& rows, Eigen::Index number) {
  if (number >= vectors.rows())
    vectors.conservativeResize(number + 1 + number / 4, Eigen::NoChange);
  for (; rows <= number; ++rows) {
    for (Eigen::Index i = 0; i < kFactors; ++i)
      vectors(rows, i) = kFirstDeviation * normal(random_);
  }
}

float Isgd::error(Eigen::Index listener, Eigen::Index track) const {
  return 1 - listeners_.row(listener).dot(tracks_.row(track));
}

void Isgd::rank(const Moment& moment, std::vector<Track>& list) {
  list.clear();
  if (moment.listener >= listener_rows_) return;
  scores_.noalias() = tracks_.topRows(track_rows_) * listeners_.row(moment.listener).transpose();
  order_.resize(static_cast<std::size_t>(track_rows_));
  std::iota(order_.begin(), order_.end(), 0);
  const std::size_t size = std::min(order_.size(), kListMax);
  const auto middle = order_.begin() + static_cast<std::ptrdiff_t>(size);
  std::partial_sort(order_.begin(), middle, order_.end(), [&](Track a, Track b) {
    return scores_[a] != scores_[b] ? scores_[a] > scores_[b] : a < b;
  });
  list.assign(order_.begin(), middle);
}

void Isgd::teach(const Moment& before, Track track) {
  reach(listeners_, listener_rows_, before.listener);
  reach(tracks_, track_rows_, track);
  const float gap = error(before.listener, track);
  tracks_.row(track) +=
      kRate * (gap * listeners_.row(before.listener) - kRegularisation * tracks_.row(track));
}

void Isgd::hear(const Moment& before, Track track) {
  if (track >= track_rows_) return;  // it was never taught
  reach(listeners_, listener_rows_, before.listener);
  const float gap = error(before.listener, track);
  listeners_.row(before.listener) +=
      kRate * (gap * tracks_.row(track) - kRegularisation * listeners_.row(before.listener));
}

}  // namespace segue::baseline
