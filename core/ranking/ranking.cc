#include "core/ranking/ranking.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/math/approximate.h"
#include "core/ranking/situation.h"
#include "core/ranking/sources/source.h"

namespace segue {
namespace {

// The session's part of the direction that is searched: the rest is the listener's taste.
constexpr float kSessionShare = 0.7F;

// Proposals of an event; what comes after them is not heard.
constexpr std::size_t kProposedMax = 1'024;
// A context that leads to fewer proposals is little known: vectors are asked as well.
constexpr std::size_t kFew = 12;
// The tracks that a source puts first, and how many of them.
constexpr float kFirst = 0.999F;
constexpr std::size_t kFirstsKept = 8;

// The positions of the n largest scores, in any order.
std::vector<std::size_t> largest(const Eigen::VectorXf& scores, std::size_t n) {
  std::vector<std::pair<float, std::size_t>> all;
  all.reserve(static_cast<std::size_t>(scores.size()));
  for (const float score : scores) all.emplace_back(-score, all.size());
  n = std::min(n, all.size());
  std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n), all.end());
  std::vector<std::size_t> positions;
  positions.reserve(n);
  for (std::size_t i = 0; i < n; ++i) positions.push_back(all[i].second);
  return positions;
}

bool is_off(const Tuning& tuning, std::size_t source) {
  return (tuning.sources_off >> source & 1) != 0;
}

}  // namespace

void Ranking::run(Query& query, const Ranker& ranker, const Tuning& tuning,
                  NearbyMemory& searches) {
  propose(query, tuning, searches);
  make_room();
  describe_proposals(query.listener());
  choose(ranker.linear(), static_cast<std::size_t>(tuning.candidates_max));
  describe(query, tuning);
  describe_situation(query, situation_);
  const auto rows = static_cast<Eigen::Index>(size());
  const Listener& listener = query.listener();
  personal_ = tuning.personal && !listener.offsets.empty();
  ranker.linear().score(features_, rows, personal_ ? &listener.offsets : nullptr, linear_);
  scores_ = linear_;
  if (tuning.network) {
    ranker.network().add_scores(features_, rows, situation_, pass_, scores_);
  }
}

void Ranking::propose(Query& query, const Tuning& tuning, NearbyMemory& searches) {
  const AiMusic ai_music =
      tuning.without_composed ? AiMusic{.mode = AiMode::off} : query.listener().composed.setting;
  candidates_.clear(query.models(), kProposedMax, ai_music, query.filtered());
  std::size_t heard = 0;  // proposals that the context led to
  for (std::size_t i = 0; i < sources().size(); ++i) {
    const Source& source = *sources()[i];
    if (is_off(tuning, i) || !source.propose) continue;
    if (source.when_few) {
      if (heard >= kFew) continue;
      look_around(query, tuning, searches);
    }
    const std::size_t before = candidates_.size();
    source.propose(query, i, candidates_);
    if (source.from_context) heard += candidates_.size() - before;
  }
}

// Searches where the session and the taste point together: when a session begins, and again after
// some rankings.
void Ranking::look_around(Query& query, const Tuning& tuning, NearbyMemory& searches) {
  if (tuning.nearest == 0 || query.context().empty()) return;
  Nearby& nearby = searches.of(query.whose());
  const std::uint64_t session = query.listener().session.value;
  if (nearby.age < 0 || ++nearby.age >= tuning.nearest_every || nearby.session != session) {
    Vector blend{};
    map(blend) = kSessionShare * map(direction_of(large(query.session()))) +
                 (1 - kSessionShare) * map(direction_of(large(query.taste())));
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

void Ranking::learn(Listener& listener, Ranker& ranker, std::ptrdiff_t target, Lesson lesson,
                    const Tuning& tuning) {
  std::vector<float>* const own = tuning.personal ? &listener.offsets : nullptr;
  ranker.linear().learn(features_, linear_, target, lesson, own, tuning);
  if (!tuning.network || lesson.shared <= 0) return;
  Eigen::VectorXf d_scores = (scores_.array() - scores_.maxCoeff()).exp();
  d_scores /= d_scores.sum();
  d_scores[target] -= 1;
  d_scores *= lesson.reward;
  ranker.network().learn(features_, situation_, d_scores, lesson.shared);
}

std::ptrdiff_t Ranking::find(ItemId item) const {
  const auto found = std::find(ids_.begin(), ids_.end(), item);
  return found == ids_.end() ? -1 : found - ids_.begin();
}

void Ranking::make_room() {
  const auto rows = static_cast<Eigen::Index>(candidates_.size());
  const auto columns = static_cast<Eigen::Index>(column_layout().names.size());
  Features& features = features_;
  if (features.rows() < rows || features.cols() != columns) features.resize(rows, columns);
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
    float* const row = features_.row(static_cast<Eigen::Index>(i)).data();
    for (std::size_t s = 0; s < n; ++s) {
      row[s] = logs[s];
      row[n + s] = relative[s];
      row[2 * n + s] = relative[s] * trusted[s];
    }
  }
}

// If there are many proposals, those stay that the ranker would put first by the sources alone, and
// the first of each source: else it could not be learned that it was right. Describing costs most
// of a ranking's time.
void Ranking::choose(const LinearStage& ranker, std::size_t max) {
  const auto common = static_cast<Eigen::Index>(3 * sources().size());
  if (candidates_.size() > max) {
    const auto rows = static_cast<Eigen::Index>(candidates_.size());
    scores_.noalias() = features_.topLeftCorner(rows, common) * ranker.weights().head(common);
    put_firsts_first();
    std::vector<bool> kept(candidates_.size());
    for (const std::size_t i : largest(scores_, max)) kept[i] = true;
    Eigen::Index to = 0;
    for (Eigen::Index i = 0; i < rows; ++i) {
      if (!kept[static_cast<std::size_t>(i)]) continue;
      if (to != i) features_.row(to).head(common) = features_.row(i).head(common);
      ++to;
    }
    candidates_.keep(kept);
  }
  ids_.clear();
  for (std::size_t i = 0; i < candidates_.size(); ++i) ids_.push_back(candidates_.id(i));
}

void Ranking::put_firsts_first() {
  std::array<std::size_t, Listener::kSourcesMax> firsts{};
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    for (std::size_t s = 0; s < sources().size(); ++s) {
      if (relative(i, s) < kFirst || firsts[s] == kFirstsKept) continue;
      ++firsts[s];
      scores_[static_cast<Eigen::Index>(i)] = std::numeric_limits<float>::max();
    }
  }
}

// The sources' own columns.
void Ranking::describe(const Query& query, const Tuning& tuning) {
  const ColumnLayout& layout = column_layout();
  const auto rows = static_cast<Eigen::Index>(candidates_.size());
  Features& features = features_;
  features.topRows(rows).rightCols(features.cols() - layout.own.front()).setZero();
  for (const Candidate& candidate : candidates_.all()) query.models().fetch(candidate.slot);
  for (std::size_t s = 0; s < sources().size(); ++s) {
    if (is_off(tuning, s) || !sources()[s]->describe) continue;
    for (Eigen::Index row = 0; row < rows; ++row) {
      sources()[s]->describe(query, candidates_[static_cast<std::size_t>(row)], s,
                             &features(row, layout.own[s]));
    }
  }
}

bool Ranking::before(std::size_t a, std::size_t b) const {
  const float x = scores_[static_cast<Eigen::Index>(a)];
  const float y = scores_[static_cast<Eigen::Index>(b)];
  if (x != y) return x > y;
  return ids_[a] < ids_[b];
}

std::int32_t Ranking::place(std::ptrdiff_t candidate) const {
  const auto target = static_cast<std::size_t>(candidate);
  std::int32_t place = 1;
  for (std::size_t i = 0; i < size(); ++i) place += before(i, target) ? 1 : 0;
  return place;
}

std::vector<std::size_t> Ranking::best(std::size_t k) const {
  k = std::min(k, size());
  std::vector<std::size_t> order = largest(scores_, k);
  std::sort(order.begin(), order.end(),
            [this](std::size_t a, std::size_t b) { return before(a, b); });
  return order;
}

float Ranking::relative(std::size_t candidate, std::size_t source) const {
  return features_(static_cast<Eigen::Index>(candidate), column_layout().relative(source));
}

}  // namespace segue
