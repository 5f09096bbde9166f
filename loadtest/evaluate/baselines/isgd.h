#pragma once

#include <Eigen/Core>
#include <string_view>
#include <vector>

#include "loadtest/evaluate/baselines/moment.h"
#include "producers/replay/simulation/random.h"

namespace segue::baseline {

// ISGD (Vinagre, Jorge & Gama, 2014): matrix factorisation from positive feedback alone, one
// gradient step a listen; a list holds the tracks whose product with the listener's vector comes
// nearest to 1 from below or passes it. Tracks the listener knows may be recommended again. The
// starting vectors come from a fixed seed. The rate was chosen on 30Music, in its favour.
class Isgd {
 public:
  static constexpr std::string_view kName = "ISGD";
  static constexpr Eigen::Index kFactors = 32;
  static constexpr float kRate = 0.3F;
  static constexpr float kRegularisation = 0.01F;

  void rank(const Moment& moment, std::vector<Track>& list);
  void teach(const Moment& before, Track track);
  void hear(const Moment& before, Track track);

 private:
  using Vectors = Eigen::Matrix<float, Eigen::Dynamic, kFactors, Eigen::RowMajor>;
  // Makes rows up to `number` with small random numbers.
  void reach(Vectors& vectors, Eigen::Index& rows, Eigen::Index number);
  float error(Eigen::Index listener, Eigen::Index track) const;

  Vectors listeners_;
  Vectors tracks_;
  Eigen::Index listener_rows_ = 0;
  Eigen::Index track_rows_ = 0;
  Eigen::VectorXf scores_;
  std::vector<Track> order_;
  Random random_{1};
};

}  // namespace segue::baseline
