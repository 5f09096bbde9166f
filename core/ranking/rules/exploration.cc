#include "core/ranking/rules/exploration.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/ranking/rules/asked.h"
#include "core/ranking/rules/barred.h"

namespace segue {
namespace {

// Autoplay takes the first place, and the next two are what is seen without looking.
constexpr std::size_t kFirstPlace = 3;
// A track that the listener knows needs no exploring.
constexpr double kKnown = 0.1;

// The likelier the listener wants it and the fewer play it: a place given away should cost little
// and teach much.
double weight_of(const Query& query, const Candidate& candidate, float score) {
  const double plays = std::exp2(static_cast<double>(query.models()[candidate.slot].log2_plays));
  return (candidate.repeat >= 0 ? kKnown : 1.0) * std::exp(static_cast<double>(score)) /
         (1 + plays);
}

}  // namespace

Exploration::Exploration(const Query& query, const Ranking& ranking, double share,
                         std::span<const std::size_t> shown, std::uint64_t seed)
    : query_(query), ranking_(ranking), share_(share), shown_(shown), draws_(seed) {}

double Exploration::chance(std::size_t place) const {
  return place < kFirstPlace || ranking_.size() <= shown_.size() ? 0 : share_;
}

bool Exploration::takes(std::size_t place) {
  const double chance_here = chance(place);
  return chance_here > 0 && draws_.unit() < chance_here;
}

float Exploration::kept(std::size_t place) const { return static_cast<float>(1 - chance(place)); }

std::optional<Placed> Exploration::draw(const std::vector<bool>& placed) {
  if (weights_.empty()) weigh();
  for (std::size_t i = 0; i < placed.size(); ++i) weights_[i] = placed[i] ? 0 : weights_[i];
  const double all = std::accumulate(weights_.begin(), weights_.end(), 0.0);
  if (all <= 0) return std::nullopt;
  double left = draws_.unit() * all;
  std::size_t drawn = 0;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    if (weights_[i] <= 0) continue;
    drawn = i;
    left -= weights_[i];
    if (left < 0) break;
  }
  return Placed{drawn, static_cast<float>(share_ * weights_[drawn] / all)};
}

void Exploration::weigh() {
  const Barred barred(query_);
  const Asked asked(query_);
  const Eigen::VectorXf& scores = ranking_.scores();
  const float best = scores.maxCoeff();
  weights_.resize(ranking_.size());
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const Candidate& candidate = ranking_.candidates()[i];
    if (!barred.empty() && barred(query_.models()[candidate.slot])) continue;
    if (query_.models().made(candidate.slot) != 0) continue;
    if (!asked.empty() && asked.is_unlike(candidate.slot)) continue;
    weights_[i] = weight_of(query_, candidate, scores[static_cast<Eigen::Index>(i)] - best);
  }
  for (const std::size_t i : shown_) weights_[i] = 0;
}

}  // namespace segue
