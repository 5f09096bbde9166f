#include "core/composing/fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace segue {
namespace {

// Tracks of a list that decide how well it fits: what is heard next.
constexpr std::size_t kFirst = 5;
constexpr std::ptrdiff_t kBest = 100;
constexpr Micros kLately = 14 * kDay;

// The share of what was asked for that the catalogue says of a track. What it never says of any
// track, a tempo say, none is known to have.
float match_of(const Request& request, const ItemModels::Model& track) {
  const Wished& wished = request.wished;
  int asked = 0;
  int met = 0;
  const auto ask = [&](bool said, bool found) {
    asked += said ? 1 : 0;
    met += said && found ? 1 : 0;
  };
  ask(request.genre != 0, request.genre == track.genre);
  ask(request.mood != 0, request.mood == track.mood);
  ask(wished.tempo_bpm.has_value(), false);
  ask(!wished.key.empty(), false);
  ask(wished.seconds.has_value(), false);
  ask(!wished.instruments.empty(), false);
  ask(wished.energy.has_value(), false);
  return asked == 0 ? 1 : static_cast<float>(met) / static_cast<float>(asked);
}

// How likely the ranking holds each candidate to be the next listen: the softmax that it learns by.
class Chances {
 public:
  explicit Chances(const Ranking& ranking) {
    if (ranking.size() == 0) return;
    const auto rows = static_cast<Eigen::Index>(ranking.size());
    chances_ = (ranking.scores().head(rows).array() - ranking.scores().head(rows).maxCoeff()).exp();
    chances_ /= chances_.sum();
  }
  float of(std::size_t candidate) const { return chances_[static_cast<Eigen::Index>(candidate)]; }

 private:
  Eigen::ArrayXf chances_;
};

// Mean match of the first few, times how likely one of them is chosen.
class Sum {
 public:
  void add(float match, float chance) {
    if (size_ == kFirst) return;
    ++size_;
    match_ += match;
    chance_ += chance;
  }
  float match() const { return size_ == 0 ? 0 : match_ / static_cast<float>(size_); }
  float fit() const { return match() * std::min(chance_, 1.0F); }

 private:
  std::size_t size_ = 0;
  float match_ = 0;
  float chance_ = 0;
};

bool was_heard_lately(const Listener& listener, const Candidate& candidate) {
  if (candidate.repeat < 0) return false;
  const auto at = static_cast<std::size_t>(candidate.repeat);
  return listener.repeats[at].last >= listener.time - kLately;
}

bool has_just_played(const Query& query, const Candidate& candidate) {
  const auto context = query.context();
  return !context.empty() && context.front().in_session && context.front().slot == candidate.slot;
}

template <std::size_t N, class Name>
std::string most_of(const std::array<float, N>& weights, Name name) {
  const auto most = std::max_element(weights.begin(), weights.end());
  return *most > 0 ? std::string(name(static_cast<std::size_t>(most - weights.begin())))
                   : std::string();
}

template <std::size_t N, class Word>
void weigh(std::array<float, N>& weights, std::uint32_t kind, float weight) {
  static const std::array<std::uint32_t, N> kHashes = [] {
    std::array<std::uint32_t, N> hashes{};
    for (std::size_t i = 0; i < N; ++i) hashes[i] = kind_hash(name_of(static_cast<Word>(i)));
    return hashes;
  }();
  const auto found = std::find(kHashes.begin(), kHashes.end(), kind);
  if (found != kHashes.end()) weights[static_cast<std::size_t>(found - kHashes.begin())] += weight;
}

}  // namespace

Fit fit_of(const Occasion& at) {
  const Chances chances(at.ranking);
  const Request nothing;
  const Request& request = at.query.listener().request ? *at.query.listener().request : nothing;
  Sum all;
  Sum unheard;
  for (const Placed& placed : at.list) {
    const Candidate& candidate = at.ranking.candidates()[placed.candidate];
    // Below the first place it is no answer to what comes next, however likely it is.
    if (&placed != &at.list.front() && has_just_played(at.query, candidate)) continue;
    const float match = match_of(request, at.query.models()[candidate.slot]);
    all.add(match, chances.of(placed.candidate));
    if (candidate.repeat < 0) unheard.add(match, chances.of(placed.candidate));
  }
  return {.all = all.fit(), .unheard = unheard.fit(), .match = all.match()};
}

float heard_share(const Occasion& at) {
  const auto all = static_cast<std::ptrdiff_t>(at.ranking.size());
  const auto few = std::min<std::ptrdiff_t>(kBest, all);
  if (few == 0) return 0;
  // In no order: sorting them is dearer than finding them.
  std::vector<std::pair<float, std::size_t>> best;
  best.reserve(at.ranking.size());
  for (const float score : at.ranking.scores().head(all)) best.emplace_back(-score, best.size());
  std::nth_element(best.begin(), best.begin() + few, best.end());
  const auto heard = std::count_if(best.begin(), best.begin() + few, [&](const auto& one) {
    return was_heard_lately(at.query.listener(), at.ranking.candidates()[one.second]);
  });
  return static_cast<float>(heard) / static_cast<float>(few);
}

bool has_heard_list(const Occasion& at, float share) {
  const auto heard = std::ranges::count_if(at.list, [&](const Placed& placed) {
    return was_heard_lately(at.query.listener(), at.ranking.candidates()[placed.candidate]);
  });
  return !at.list.empty() &&
         static_cast<float>(heard) >= share * static_cast<float>(at.list.size());
}

Wished wished_by_taste(const Query& query) {
  std::array<float, kGenres> genres{};
  std::array<float, kMoods> moods{};
  for (const Query::Past& past : query.context()) {
    if (past.slot == ItemModels::kNone) continue;
    const ItemModels::Model& track = query.models()[past.slot];
    weigh<kGenres, Genre>(genres, track.genre, past.weight);
    weigh<kMoods, Mood>(moods, track.mood, past.weight);
  }
  Wished wished;
  wished.genre = most_of(genres, [](std::size_t i) { return name_of(static_cast<Genre>(i)); });
  wished.mood = most_of(moods, [](std::size_t i) { return name_of(static_cast<Mood>(i)); });
  return wished;
}

}  // namespace segue
