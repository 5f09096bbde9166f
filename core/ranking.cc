#include "core/ranking.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/approximate.h"
#include "core/situation.h"
#include "core/sources/source.h"

namespace segue {
namespace {

// Of the direction that is searched: the rest is the listener's taste.
constexpr float kSessionShare = 0.7F;

bool is_off(const Tuning& tuning, std::size_t source) {
  return (tuning.sources_off >> source & 1) != 0;
}

}  // namespace

void Ranking::run(Query& query, const Ranker& ranker, const Tuning& tuning) {
  look_around(query, tuning);
  candidates_.clear(query.models(), static_cast<std::size_t>(tuning.candidates_max));
  for (std::size_t i = 0; i < sources().size(); ++i) {
    if (!is_off(tuning, i) && sources()[i]->propose) sources()[i]->propose(query, i, candidates_);
  }
  describe(query, tuning);
  describe_situation(query, ranked_.situation);
  const auto rows = static_cast<Eigen::Index>(size());
  const Listener& listener = query.listener();
  personal_ = tuning.personal && !listener.offsets.empty();
  ranker.linear().score(ranked_.features, rows, personal_ ? &listener.offsets : nullptr,
                        ranked_.linear);
  ranked_.scores = ranked_.linear;
  ranked_.staged.clear();
  ranked_.list.clear();
  if (tuning.network) refine(ranker, tuning);
}

// Searches where the session and the taste point together: when a session begins, and again after
// some rankings.
void Ranking::look_around(Query& query, const Tuning& tuning) {
  if (tuning.nearest == 0 || query.context().empty()) return;
  Nearby& nearby = memory_.nearby(query.whose());
  const std::uint64_t session = query.listener().session.value;
  if (nearby.age < 0 || ++nearby.age >= tuning.nearest_every || nearby.session != session) {
    Vector blend{};
    map(blend) = kSessionShare * map(query.session_direction()) +
                 (1 - kSessionShare) * map(query.taste_direction());
    query.models().index().nearest(blend, static_cast<std::size_t>(tuning.nearest), found_);
    nearby.tracks.clear();
    for (const TrackIndex::Near& near : found_) {
      nearby.tracks.push_back({query.models()[near.slot].id, near.similarity});
    }
    nearby.session = session;
    nearby.age = 0;
  }
  query.set_near(nearby.tracks);
}

// The network's say on the linear stage's best.
void Ranking::refine(const Ranker& ranker, const Tuning& tuning) {
  choose_staged(static_cast<std::size_t>(tuning.network_candidates));
  gather();
  if (ranked_.staged.empty()) return;
  const float last = staged_scores_.minCoeff();
  ranker.network().add_scores(staged_features_, staged_scores_.size(), ranked_.situation, pass_,
                              staged_scores_);
  // The network is learned on differences: what it did not see stays below what it did.
  ranked_.scores.array() += std::min(0.0F, staged_scores_.minCoeff() - last);
  for (std::size_t i = 0; i < ranked_.staged.size(); ++i) {
    ranked_.scores[static_cast<Eigen::Index>(ranked_.staged[i])] =
        staged_scores_[static_cast<Eigen::Index>(i)];
  }
}

// The best by the linear stage, in any order.
void Ranking::choose_staged(std::size_t max) {
  auto& staged = ranked_.staged;
  staged.resize(size());
  std::iota(staged.begin(), staged.end(), 0);
  if (staged.size() <= max) return;
  std::nth_element(staged.begin(), staged.begin() + static_cast<std::ptrdiff_t>(max), staged.end(),
                   [this](std::size_t a, std::size_t b) { return before(a, b); });
  staged.resize(max);
}

void Ranking::gather() {
  const auto rows = static_cast<Eigen::Index>(ranked_.staged.size());
  const Features& features = ranked_.features;
  if (staged_features_.rows() < rows || staged_features_.cols() != features.cols()) {
    staged_features_.resize(rows, features.cols());
  }
  staged_scores_.resize(rows);
  for (Eigen::Index i = 0; i < rows; ++i) {
    const auto from = static_cast<Eigen::Index>(ranked_.staged[static_cast<std::size_t>(i)]);
    staged_features_.row(i) = features.row(from);
    staged_scores_[i] = ranked_.scores[from];
  }
}

void Ranking::learn(Listener& listener, Ranker& ranker, std::ptrdiff_t target, float reward,
                    const Tuning& tuning) {
  std::vector<float>* const own = tuning.personal ? &listener.offsets : nullptr;
  ranker.linear().learn(ranked_.features, ranked_.linear, target, reward, own, tuning);
  if (!tuning.network) return;
  const auto wanted = static_cast<std::size_t>(target);
  auto& staged = ranked_.staged;
  const auto at = std::find(staged.begin(), staged.end(), wanted) - staged.begin();
  if (at == static_cast<std::ptrdiff_t>(staged.size())) staged.push_back(wanted);
  gather();
  Eigen::VectorXf d_scores = (staged_scores_.array() - staged_scores_.maxCoeff()).exp();
  d_scores /= d_scores.sum();
  d_scores[at] -= 1;
  d_scores *= reward;
  ranker.network().learn(staged_features_, ranked_.situation, d_scores);
}

void Ranking::keep(std::uint64_t listener, std::uint64_t stamp, std::vector<ItemId> list) {
  ranked_.list = std::move(list);
  memory_.keep(listener, stamp, ranked_);
}

bool Ranking::recall(std::uint64_t listener, std::uint64_t stamp) {
  return memory_.recall(listener, stamp, ranked_);
}

std::ptrdiff_t Ranking::find(ItemId item) const {
  const auto found = std::find(ranked_.ids.begin(), ranked_.ids.end(), item);
  return found == ranked_.ids.end() ? -1 : found - ranked_.ids.begin();
}

void Ranking::describe(const Query& query, const Tuning& tuning) {
  const ColumnLayout& layout = column_layout();
  const auto rows = static_cast<Eigen::Index>(candidates_.size());
  const auto columns = static_cast<Eigen::Index>(layout.names.size());
  Features& features = ranked_.features;
  if (features.rows() < rows || features.cols() != columns) features.resize(rows, columns);
  features.topRows(rows).setZero();
  ranked_.ids.clear();
  for (std::size_t i = 0; i < candidates_.size(); ++i) ranked_.ids.push_back(candidates_.id(i));
  describe_proposals(query.listener());
  for (std::size_t s = 0; s < sources().size(); ++s) {
    if (is_off(tuning, s) || !sources()[s]->describe) continue;
    for (Eigen::Index row = 0; row < rows; ++row) {
      sources()[s]->describe(query, candidates_[static_cast<std::size_t>(row)],
                             &features(row, layout.own[s]));
    }
  }
}

// The three columns that every source has, of all sources at once.
void Ranking::describe_proposals(const Listener& listener) {
  using All = std::array<float, Listener::kSourcesMax>;
  const std::size_t n = sources().size();
  All scale{};
  All gain{};
  All per_largest{};
  All trusted{};
  for (std::size_t s = 0; s < n; ++s) {
    scale[s] = sources()[s]->scale;
    gain[s] = sources()[s]->gain;
    trusted[s] = trust(listener, s);
  }
  for (const Candidate& candidate : candidates_.all()) {
    for (std::size_t s = 0; s < All{}.size(); ++s) {
      per_largest[s] = std::max(per_largest[s], candidate.raw[s]);
    }
  }
  for (float& largest : per_largest) largest = largest > 0 ? 1 / largest : 0;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const All& raw = candidates_[i].raw;
    All logs;
    All relative;
    for (std::size_t s = 0; s < All{}.size(); ++s) {
      logs[s] = scale[s] * log1p_about(gain[s] * raw[s]);
      relative[s] = per_largest[s] * raw[s];
    }
    float* const row = ranked_.features.row(static_cast<Eigen::Index>(i)).data();
    for (std::size_t s = 0; s < n; ++s) {
      row[s] = logs[s];
      row[n + s] = relative[s];
      row[2 * n + s] = relative[s] * trusted[s];
    }
  }
}

bool Ranking::before(std::size_t a, std::size_t b) const {
  const float x = ranked_.scores[static_cast<Eigen::Index>(a)];
  const float y = ranked_.scores[static_cast<Eigen::Index>(b)];
  if (x != y) return x > y;
  return ranked_.ids[a] < ranked_.ids[b];
}

std::int32_t Ranking::place(std::ptrdiff_t candidate) const {
  const auto target = static_cast<std::size_t>(candidate);
  std::int32_t place = 1;
  for (std::size_t i = 0; i < size(); ++i) place += before(i, target) ? 1 : 0;
  return place;
}

std::vector<std::size_t> Ranking::best(std::size_t k) const {
  std::vector<std::size_t> order(size());
  std::iota(order.begin(), order.end(), 0);
  k = std::min(k, order.size());
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(k);
  std::partial_sort(order.begin(), middle, order.end(),
                    [this](std::size_t a, std::size_t b) { return before(a, b); });
  order.resize(k);
  return order;
}

std::vector<RecommendedTrack> Ranking::explain(const Query& query, const Ranker& ranker,
                                               std::span<const Placed> list) const {
  std::vector<RecommendedTrack> tracks;
  tracks.reserve(list.size());
  for (const Placed& placed : list) {
    tracks.push_back(explain_one(query, ranker, placed.candidate));
    tracks.back().propensity = placed.propensity;
  }
  return tracks;
}

RecommendedTrack Ranking::explain_one(const Query& query, const Ranker& ranker,
                                      std::size_t i) const {
  const Candidate& candidate = candidates_[i];
  float largest = 0;
  const ItemModels::Model& model = query.models()[candidate.slot];
  RecommendedTrack track{.track = as_track(model.id),
                         .track_id = model.name,
                         .artist_id = {},
                         .title = model.title,
                         .artist = {},
                         .score = ranked_.scores[static_cast<Eigen::Index>(i)],
                         .propensity = 1,
                         .source = {},
                         .reasons = {}};
  if (model.artist_slot != ItemModels::kNone) {
    track.artist_id = query.models()[model.artist_slot].name;
    track.artist = query.models()[model.artist_slot].title;
  }
  const std::array<float, Listener::kSourcesMax> parts = parts_of(query.listener(), ranker, i);
  track.reasons.reserve(sources().size() + 1);
  for (std::size_t s = 0; s < sources().size(); ++s) {
    if (parts[s] == 0) continue;
    const Source& source = *sources()[s];
    track.reasons.push_back({source.name, source.because(query, candidate, s), parts[s]});
    if (track.source.empty() || parts[s] > largest) {
      track.source = source.name;
      largest = parts[s];
    }
  }
  std::sort(track.reasons.begin(), track.reasons.end(),
            [](const TrackReason& a, const TrackReason& b) { return a.part > b.part; });
  // Last, whatever its size: it says that the mix fits, not why.
  const float refined = track.score - ranked_.linear[static_cast<Eigen::Index>(i)];
  if (refined != 0) track.reasons.push_back({kNetworkName, "how well it all fits now", refined});
  return track;
}

std::array<float, Listener::kSourcesMax> Ranking::parts_of(const Listener& listener,
                                                           const Ranker& ranker,
                                                           std::size_t i) const {
  const ColumnLayout& layout = column_layout();
  std::array<float, Listener::kSourcesMax> parts{};
  for (std::size_t c = 0; c < layout.source.size(); ++c) {
    const auto column = static_cast<Eigen::Index>(c);
    const float own = personal_ ? listener.offsets[c] : 0;
    parts[layout.source[c]] += ranked_.features(static_cast<Eigen::Index>(i), column) *
                               (ranker.linear().weights()[column] + own);
  }
  return parts;
}

float Ranking::relative(std::size_t candidate, std::size_t source) const {
  return ranked_.features(static_cast<Eigen::Index>(candidate), column_layout().relative(source));
}

}  // namespace segue
