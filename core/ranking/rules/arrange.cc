#include "core/ranking/rules/arrange.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/ranking/rules/asked.h"
#include "core/ranking/rules/barred.h"
#include "core/ranking/rules/composed_few.h"
#include "core/ranking/rules/exploration.h"
#include "core/ranking/rules/likeness.h"
#include "core/ranking/rules/set_back.h"

namespace segue {
namespace {

// So many times a list's length are arranged; what ranks lower can only be explored.
constexpr std::size_t kPoolLists = 3;
// So many tracks of an artist in a row make the next one wanted; or such a share of them ever.
constexpr std::size_t kRunBegun = 2;
constexpr float kStayer = 0.5F;
// While the player goes on by itself: tracks of an artist in a row, and the part of a list that one
// artist may have.
constexpr std::size_t kRunByItself = 2;
constexpr std::size_t kPartByItself = 4;

// A track that may be placed.
struct Choice {
  std::size_t candidate = 0;
  float relevance = 0;  // 0 to 1, by score, of those that may be placed
  float likest = 0;     // to what is placed already
  Sketch sketch;
  bool placed = false;
};

struct Dials {
  float diversity = 0;
  double exploration = 0;
};

// A request says how adventurous; else the settings do. Half adventurous explores as set.
Dials dials_of(const Query& query, const Tuning& tuning) {
  const auto& request = query.listener().request;
  if (!request || request->adventurous < 0) {
    return {static_cast<float>(tuning.diversity), tuning.exploration};
  }
  return {request->adventurous,
          std::min(1.0, 2 * static_cast<double>(request->adventurous) * tuning.exploration)};
}

// By place, from 1 for the first to 0, and how much it was asked for: all of a genre come before
// all of others, each in the ranking's order; so does what goes with a track to be like.
void what_was_asked_first(const Asked& asked, const Ranking& ranking,
                          std::vector<std::size_t>& order) {
  std::vector<std::pair<float, std::size_t>> valued;
  valued.reserve(order.size());
  const auto size = static_cast<float>(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const float place = 1 - static_cast<float>(i) / size;
    valued.emplace_back(place + asked(ranking.candidates()[order[i]].slot), order[i]);
  }
  std::stable_sort(valued.begin(), valued.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::ranges::transform(valued, order.begin(), [](const auto& each) { return each.second; });
}

// To whom nothing is known to matter yet the ranker has nothing to say: what most listeners play of
// late comes first: a track counts its plays of late, but no more of them than it has listeners.
void what_many_play_first(const Query& query, const Ranking& ranking,
                          std::vector<std::size_t>& order) {
  const ItemModels& models = query.models();
  const auto heat = [&](std::size_t i) {
    const ItemModels::Model& model = models[ranking.candidates()[i].slot];
    return std::min(models.plays_trend(model, query.now()), model.listeners);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return heat(a) > heat(b); });
}

// All candidates that are not barred, the best `pool` of them in order.
std::vector<std::size_t> allowed(const Query& query, const Ranking& ranking, std::size_t pool) {
  const Barred barred(query);
  const Asked asked(query);
  const std::size_t all = ranking.candidates().size();
  const bool newcomer = query.listener().listens == 0 && query.context().empty();
  const bool any_made = ranking.candidates().any_made();
  if (barred.empty() && asked.empty() && !newcomer && !any_made) return ranking.best(pool);
  std::vector<std::size_t> order = ranking.best(all);
  std::erase_if(
      order, [&](std::size_t i) { return barred(query.models()[ranking.candidates()[i].slot]); });
  if (newcomer) what_many_play_first(query, ranking, order);
  if (!asked.empty()) what_was_asked_first(asked, ranking, order);
  keep_few_composed(query, ranking, pool / kPoolLists, order);
  if (order.size() > pool) order.resize(pool);
  return order;
}

std::vector<Choice> choices_of(const Query& query, const Ranking& ranking,
                               const std::vector<std::size_t>& order, bool compared) {
  std::vector<Choice> choices;
  choices.reserve(order.size());
  for (const std::size_t i : order) {
    const ItemModels::Slot slot = ranking.candidates()[i].slot;
    Choice& choice = choices.emplace_back();
    choice.candidate = i;
    choice.sketch.artist = query.models()[slot].artist.value;
    if (compared) choice.sketch = sketch_of(query.models(), slot);
  }
  if (!compared) return choices;
  // By place, not by score: what just played was set back, whatever it scores.
  const auto size = static_cast<float>(choices.size());
  for (std::size_t i = 0; i < choices.size(); ++i) {
    choices[i].relevance = 1 - static_cast<float>(i) / size;
  }
  return choices;
}

// The artist the listener is staying with, as one does with an album: by what they do now, or by
// habit. While the player goes on by itself they stay with none.
std::uint64_t stayed_with(const Query& query) {
  if (query.context().empty() || !query.context().front().in_session) return 0;
  if (!query.context().front().chosen) return 0;
  const bool stays = query.artist_run() >= kRunBegun || query.listener().stay_share > kStayer;
  return stays ? query.context().front().artist.value : 0;
}

// How much of a list one artist may have while there is another.
struct ArtistLimits {
  std::size_t in_a_row = 0;
  std::size_t in_all = 0;
  std::uint64_t stayed_with = 0;  // without limits: the artist the listener stays with; 0: none
  // The row that a list goes on with: it is its first track that a player plays next.
  std::uint64_t before = 0;
  std::size_t before_in_a_row = 0;
};

// No listener chose an artist's share of a list that the player plays by itself.
ArtistLimits limits_of(const Query& query, const Tuning& tuning) {
  const auto k = static_cast<std::size_t>(tuning.k);
  const auto in_a_row = static_cast<std::size_t>(tuning.artist_run_max);
  if (!plays_by_itself(query)) {
    return {.in_a_row = in_a_row, .in_all = k, .stayed_with = stayed_with(query)};
  }
  ArtistLimits limits{.in_a_row = std::min(in_a_row, kRunByItself),
                      .in_all = std::max(kRunByItself, k / kPartByItself)};
  for (const Query::Past& past : query.context()) {
    if (limits.before_in_a_row == 0) limits.before = past.artist.value;
    if (!past.in_session || past.artist.value != limits.before) break;
    ++limits.before_in_a_row;
  }
  return limits;
}

// Fills places from the choices, which come best first.
class Placing {
 public:
  Placing(std::vector<Choice> choices, float diversity, ArtistLimits limits)
      : choices_(std::move(choices)),
        diversity_(diversity),
        limits_(limits),
        run_artist_(limits.before),
        run_(limits.before_in_a_row) {}

  // The best choice that is left, or null.
  Choice* next();
  void place(Choice& choice);
  // Something else takes a place: a track that may be one of the choices left.
  void interrupt(std::size_t candidate);

 private:
  bool may_follow(const Choice& choice) const {
    const std::uint64_t artist = choice.sketch.artist;
    if (artist == 0 || artist == limits_.stayed_with) return true;
    if (artist == run_artist_ && run_ >= limits_.in_a_row) return false;
    return std::count(artists_.begin(), artists_.end(), artist) <
           static_cast<std::ptrdiff_t>(limits_.in_all);
  }
  float value(const Choice& choice) const {
    return (1 - diversity_) * choice.relevance - diversity_ * choice.likest;
  }

  std::vector<Choice> choices_;
  float diversity_;
  ArtistLimits limits_;
  std::vector<std::uint64_t> artists_;  // of the places filled
  std::uint64_t run_artist_ = 0;
  std::size_t run_ = 0;
  std::size_t first_left_ = 0;
};

Choice* Placing::next() {
  while (first_left_ < choices_.size() && choices_[first_left_].placed) ++first_left_;
  Choice* best = nullptr;
  Choice* best_of_run = nullptr;
  for (std::size_t i = first_left_; i < choices_.size(); ++i) {
    Choice& choice = choices_[i];
    if (choice.placed) continue;
    Choice*& kept = may_follow(choice) ? best : best_of_run;
    if (kept == nullptr || (diversity_ > 0 && value(choice) > value(*kept))) kept = &choice;
    if (diversity_ == 0 && best != nullptr) break;
  }
  return best != nullptr ? best : best_of_run;
}

void Placing::place(Choice& choice) {
  choice.placed = true;
  run_ = choice.sketch.artist == run_artist_ ? run_ + 1 : 1;
  run_artist_ = choice.sketch.artist;
  artists_.push_back(choice.sketch.artist);
  if (diversity_ == 0) return;
  for (std::size_t i = first_left_; i < choices_.size(); ++i) {
    Choice& left = choices_[i];
    if (!left.placed) left.likest = std::max(left.likest, likeness(left.sketch, choice.sketch));
  }
}

void Placing::interrupt(std::size_t candidate) {
  run_ = 0;
  for (Choice& choice : choices_) choice.placed = choice.placed || choice.candidate == candidate;
}

}  // namespace

std::vector<Placed> arrange(const Query& query, const Ranking& ranking, const Tuning& tuning,
                            std::uint64_t seed) {
  const Dials dials = dials_of(query, tuning);
  const auto k = static_cast<std::size_t>(tuning.k);
  std::vector<std::size_t> order = allowed(query, ranking, kPoolLists * k);
  const std::vector<std::size_t> shown(
      order.begin(), order.begin() + static_cast<std::ptrdiff_t>(std::min(k, order.size())));
  Exploration exploration(query, ranking, dials.exploration, shown, seed);
  set_back(query, ranking, tuning, order);
  Placing placing(choices_of(query, ranking, order, dials.diversity > 0), dials.diversity,
                  limits_of(query, tuning));
  std::vector<bool> placed(ranking.size());
  std::vector<Placed> list;
  while (list.size() < k) {
    std::optional<Placed> next;
    if (exploration.takes(list.size())) next = exploration.draw(placed);
    if (next) {
      placing.interrupt(next->candidate);
    } else {
      Choice* const choice = placing.next();
      if (choice == nullptr) break;
      placing.place(*choice);
      next = Placed{choice->candidate, exploration.kept(list.size())};
    }
    placed[next->candidate] = true;
    list.push_back(*next);
  }
  put_no_composed_first(query, ranking, list);
  return list;
}

}  // namespace segue
