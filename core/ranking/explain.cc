#include "core/ranking/explain.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/ranking/columns.h"
#include "core/ranking/rules/composed_few.h"
#include "core/ranking/sources/source.h"

namespace segue {
namespace {

// As many as a listener reads; a list of twenty tracks would carry two hundred. The others' and the
// network's come after them.
constexpr std::size_t kNamedMax = kReasonsMax - 2;

using Parts = std::array<float, Listener::kSourcesMax>;  // by source

// Each source's contribution to a candidate's linear score, under these weights.
Parts parts_of(const Ranking& ranking, const Eigen::VectorXf& weights, std::size_t candidate,
               Eigen::VectorXf& products) {
  const ColumnLayout& layout = column_layout();
  const std::span<const Source* const> all = sources();
  const auto row = ranking.features().row(static_cast<Eigen::Index>(candidate));
  products = row.transpose().cwiseProduct(weights);
  Parts parts{};
  for (std::size_t s = 0; s < all.size(); ++s) {
    parts[s] = products[layout.log(s)] + products[layout.relative(s)] + products[layout.trusted(s)];
    const auto own = static_cast<Eigen::Index>(all[s]->columns.size());
    if (own > 0) parts[s] += products.segment(layout.own[s], own).sum();
  }
  return parts;
}

std::string_view makers_of(const Disclosure& label) {
  return label.composed == Degree::none ? "Made with AI: " : "Composed by AI: ";
}

RecommendedTrack described(const Query& query, ItemModels::Slot slot) {
  const ItemModels::Model& model = query.models()[slot];
  RecommendedTrack track{.track = as_track(model.id),
                         .track_id = model.name,
                         .artist_id = {},
                         .title = model.title,
                         .artist = {},
                         .in_catalogue = model.in_catalogue && model.title_fixed,
                         .ai = {},
                         .score = 0,
                         .propensity = 1,
                         .source = {},
                         .reasons = {}};
  if (model.artist_slot != ItemModels::kNone) {
    track.artist_id = query.models()[model.artist_slot].name;
    track.artist = query.models()[model.artist_slot].title;
    if (query.models().believes_title(model.artist_slot)) {
      track.by = as_artist(query.models()[model.artist_slot].id);
    }
  }
  track.titled = query.models().believes_title(slot);
  if (const Disclosure* label = query.models().label(slot)) track.ai = *label;
  return track;
}

// The strongest in the order of their parts, the largest first, then all others together.
void give_reasons(const Query& query, const Candidate& candidate, const Parts& parts,
                  RecommendedTrack& track, Texts& texts) {
  const std::span<const Source* const> all = sources();
  std::array<std::size_t, Listener::kSourcesMax> sources_used;
  std::size_t size = 0;
  for (std::size_t s = 0; s < all.size(); ++s) {
    if (parts[s] != 0) sources_used[size++] = s;
  }
  const auto begin = sources_used.begin();
  const auto shown = begin + static_cast<std::ptrdiff_t>(std::min(size, kNamedMax));
  const auto end = begin + static_cast<std::ptrdiff_t>(size);
  const auto by_size = [&](std::size_t a, std::size_t b) {
    const float x = std::abs(parts[a]);
    const float y = std::abs(parts[b]);
    return x != y ? x > y : a < b;
  };
  const auto by_part = [&](std::size_t a, std::size_t b) {
    return parts[a] != parts[b] ? parts[a] > parts[b] : a < b;
  };
  std::partial_sort(begin, shown, end, by_size);
  std::sort(begin, shown, by_part);
  for (auto s = begin; s != shown; ++s) {
    const Source& source = *all[*s];
    track.reasons.push_back({source.name, source.because(query, candidate, *s, texts), parts[*s]});
  }
  float rest = 0;
  for (auto s = shown; s != end; ++s) rest += parts[*s];
  if (shown != end) track.reasons.push_back({kOthersName, "And smaller reasons", rest});
  if (size > 0) track.source = track.reasons.front().source;
  // Whatever the reason, it says what made the track.
  if (!track.ai || track.reasons.empty()) return;
  TrackReason& first = track.reasons.front();
  first.text = texts.prefixed(makers_of(*track.ai), first.text);
}

// At least one where the listener asks for it.
std::size_t places_for(const Listener& listener, bool asked, std::size_t k) {
  return std::max<std::size_t>(composed_places(listener, k), asked ? 1 : 0);
}

}  // namespace

void place_composed(const Query& query, ItemModels::Slot slot, std::string_view wish, bool asked,
                    std::size_t k, Explained& list) {
  const Listener& listener = query.listener();
  const ItemModels& models = query.models();
  if (!listener.composed.setting.allows(models.made(slot))) return;
  auto& items = list.items;
  const TrackId track = as_track(models[slot].id);
  const bool others = std::ranges::any_of(
      items, [&](const RecommendedTrack& item) { return item.track != track && !item.ai; });
  const std::size_t at = is_newcomer(listener) && !asks_for_composed(query) ? 1 : 0;
  const std::size_t places = places_for(listener, asked, k);
  if ((at > 0 && !others) || places == 0) return;
  std::erase_if(items, [&](const RecommendedTrack& item) { return item.track == track; });
  auto left = static_cast<std::ptrdiff_t>(places) - 1;
  std::erase_if(items, [&](const RecommendedTrack& item) { return item.ai && --left < 0; });
  RecommendedTrack composed = described(query, slot);
  composed.score = items.empty() ? 0 : items[std::min(at, items.size() - 1)].score;
  composed.source = kComposedName;
  composed.reasons.push_back(
      {kComposedName, list.texts->joined("Composed by AI for ", wish), composed.score});
  items.insert(items.begin() + static_cast<std::ptrdiff_t>(at), std::move(composed));
  if (items.size() > k) items.resize(k);
}

Explained explain(const Query& query, const Ranker& ranker, const Ranking& ranking,
                  std::span<const Placed> list) {
  Eigen::VectorXf weights = ranker.linear().weights();
  if (ranking.personal()) {
    weights += Eigen::Map<const Eigen::VectorXf>(query.listener().offsets.data(), weights.size());
  }
  Explained explained;
  explained.items.reserve(list.size());
  const auto texts = std::make_shared<Texts>();
  Eigen::VectorXf products;  // scratch
  Parts all{};
  for (const Placed& placed : list) {
    const auto row = static_cast<Eigen::Index>(placed.candidate);
    const Candidate& candidate = ranking.candidates()[placed.candidate];
    const Parts parts = parts_of(ranking, weights, placed.candidate, products);
    for (std::size_t s = 0; s < parts.size(); ++s) all[s] += std::max(0.0F, parts[s]);
    RecommendedTrack& track = explained.items.emplace_back(described(query, candidate.slot));
    track.score = ranking.scores()[row];
    track.propensity = placed.propensity;
    give_reasons(query, candidate, parts, track, *texts);
    // Last, whatever its size: it says that the mix fits, not why.
    const float refined = track.score - ranking.linear()[row];
    if (refined != 0) {
      track.reasons.push_back({kNetworkName, "How well it all fits now", refined});
    }
  }
  explained.texts = texts;
  float sum = 0;
  for (const float part : all) sum += part;
  for (std::size_t s = 0; s < sources().size(); ++s) {
    explained.mix.emplace_back(sources()[s]->name, sum > 0 ? all[s] / sum : 0);
  }
  return explained;
}

}  // namespace segue
