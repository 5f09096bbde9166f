#include "core/ranking.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/situation.h"
#include "core/sources/source.h"

namespace segue {
namespace {

bool is_off(const Tuning& tuning, std::size_t source) {
  return (tuning.sources_off >> source & 1) != 0;
}

const std::vector<float>* offsets_of(const Listener& listener, const Tuning& tuning) {
  return tuning.personal && !listener.offsets.empty() ? &listener.offsets : nullptr;
}

}  // namespace

void Ranking::run(const Query& query, Ranker& ranker, const Tuning& tuning) {
  candidates_.clear(query.models(), static_cast<std::size_t>(tuning.candidates_max));
  for (std::size_t i = 0; i < sources().size(); ++i) {
    if (!is_off(tuning, i) && sources()[i]->propose) sources()[i]->propose(query, i, candidates_);
  }
  describe(query, tuning);
  describe_situation(query, situation_);
  const auto rows = static_cast<Eigen::Index>(candidates_.size());
  ranker.linear().score(features_, rows, offsets_of(query.listener(), tuning), linear_);
  scores_ = linear_;
  if (tuning.network) refine(ranker, tuning);
}

// The network's say on the linear stage's best.
void Ranking::refine(Ranker& ranker, const Tuning& tuning) {
  staged_ = best(static_cast<std::size_t>(tuning.network_candidates));
  gather();
  const auto rows = static_cast<Eigen::Index>(staged_.size());
  refined_.resize(rows);
  for (Eigen::Index i = 0; i < rows; ++i) {
    refined_[i] = linear_[static_cast<Eigen::Index>(staged_[static_cast<std::size_t>(i)])];
  }
  ranker.network().add_scores(staged_features_, rows, situation_, refined_);
  for (Eigen::Index i = 0; i < rows; ++i) {
    scores_[static_cast<Eigen::Index>(staged_[static_cast<std::size_t>(i)])] = refined_[i];
  }
}

void Ranking::gather() {
  const auto rows = static_cast<Eigen::Index>(staged_.size());
  if (staged_features_.rows() < rows || staged_features_.cols() != features_.cols()) {
    staged_features_.resize(rows, features_.cols());
  }
  for (Eigen::Index i = 0; i < rows; ++i) {
    staged_features_.row(i) =
        features_.row(static_cast<Eigen::Index>(staged_[static_cast<std::size_t>(i)]));
  }
}

void Ranking::learn(Listener& listener, Ranker& ranker, std::ptrdiff_t target, float reward,
                    const Tuning& tuning) {
  std::vector<float>* const offsets = tuning.personal ? &listener.offsets : nullptr;
  ranker.linear().learn(features_, linear_, target, reward, offsets, tuning);
  if (!tuning.network) return;
  const auto wanted = static_cast<std::size_t>(target);
  auto at = std::find(staged_.begin(), staged_.end(), wanted) - staged_.begin();
  if (at == static_cast<std::ptrdiff_t>(staged_.size())) {
    staged_.push_back(wanted);
    gather();
    refined_.conservativeResize(refined_.size() + 1);
    refined_[at] = linear_[target];
  }
  Eigen::VectorXf d_scores = (refined_.array() - refined_.maxCoeff()).exp();
  d_scores /= d_scores.sum();
  d_scores[at] -= 1;
  ranker.network().learn(staged_features_, situation_, reward * d_scores);
}

void Ranking::describe(const Query& query, const Tuning& tuning) {
  const auto all = sources();
  const ColumnLayout& layout = column_layout();
  const auto rows = static_cast<Eigen::Index>(candidates_.size());
  const auto columns = static_cast<Eigen::Index>(layout.names.size());
  if (features_.rows() < rows || features_.cols() != columns) features_.resize(rows, columns);
  features_.topRows(rows).setZero();

  largest_.fill(0);
  for (const Candidate& candidate : candidates_.all()) {
    for (std::size_t s = 0; s < all.size(); ++s) {
      largest_[s] = std::max(largest_[s], candidate.raw[s]);
    }
  }
  for (Eigen::Index row = 0; row < rows; ++row) {
    const Candidate& candidate = candidates_[static_cast<std::size_t>(row)];
    float* const columns_of_row = features_.row(row).data();
    for (std::size_t s = 0; s < all.size(); ++s) {
      if (is_off(tuning, s)) continue;
      float* const column = columns_of_row + layout.first[s];
      if (candidate.raw[s] > 0) {
        column[0] = all[s]->scale * std::log1p(all[s]->gain * candidate.raw[s]);
        column[1] = candidate.raw[s] / largest_[s];
        column[2] = column[1] * trust(query.listener(), s);
      }
      if (all[s]->describe) all[s]->describe(query, candidate, column + 3);
    }
  }
}

bool Ranking::before(std::size_t a, std::size_t b) const {
  const float x = scores_[static_cast<Eigen::Index>(a)];
  const float y = scores_[static_cast<Eigen::Index>(b)];
  if (x != y) return x > y;
  return candidates_.id(a) < candidates_.id(b);
}

std::int32_t Ranking::place(std::ptrdiff_t candidate) const {
  const auto target = static_cast<std::size_t>(candidate);
  std::int32_t place = 1;
  for (std::size_t i = 0; i < candidates_.size(); ++i) place += before(i, target) ? 1 : 0;
  return place;
}

std::vector<std::size_t> Ranking::best(std::size_t k) const {
  std::vector<std::size_t> order(candidates_.size());
  std::iota(order.begin(), order.end(), 0);
  k = std::min(k, order.size());
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(k);
  std::partial_sort(order.begin(), middle, order.end(),
                    [this](std::size_t a, std::size_t b) { return before(a, b); });
  order.resize(k);
  return order;
}

std::vector<RecommendedTrack> Ranking::explain(const Query& query, const Ranker& ranker,
                                               std::size_t k) const {
  std::vector<RecommendedTrack> tracks;
  tracks.reserve(k);
  for (const std::size_t i : best(k)) tracks.push_back(explain_one(query, ranker, i));
  return tracks;
}

RecommendedTrack Ranking::explain_one(const Query& query, const Ranker& ranker,
                                      std::size_t i) const {
  const Candidate& candidate = candidates_[i];
  const ItemModels::Model& model = query.models()[candidate.slot];
  RecommendedTrack track{.track = as_track(model.id),
                         .track_id = model.name,
                         .artist_id = {},
                         .title = model.title,
                         .artist = {},
                         .score = scores_[static_cast<Eigen::Index>(i)],
                         .propensity = 1,
                         .source = {},
                         .reasons = {}};
  if (model.artist_slot != ItemModels::kNone) {
    track.artist_id = query.models()[model.artist_slot].name;
    track.artist = query.models()[model.artist_slot].title;
  }
  const ColumnLayout& layout = column_layout();
  std::array<float, Listener::kSourcesMax> parts{};
  for (std::size_t c = 0; c < layout.source.size(); ++c) {
    const auto column = static_cast<Eigen::Index>(c);
    parts[layout.source[c]] +=
        features_(static_cast<Eigen::Index>(i), column) * ranker.linear().weights()[column];
  }
  track.reasons.reserve(sources().size());
  for (std::size_t s = 0; s < sources().size(); ++s) {
    if (parts[s] == 0) continue;
    const Source& source = *sources()[s];
    track.reasons.push_back({source.name, source.because(query, candidate, s), parts[s]});
  }
  std::sort(track.reasons.begin(), track.reasons.end(),
            [](const TrackReason& a, const TrackReason& b) { return a.part > b.part; });
  if (!track.reasons.empty()) track.source = track.reasons.front().source;
  return track;
}

float Ranking::relative(std::size_t candidate, std::size_t source) const {
  if (largest_[source] <= 0) return 0;
  return candidates_[candidate].raw[source] / largest_[source];
}

}  // namespace segue
