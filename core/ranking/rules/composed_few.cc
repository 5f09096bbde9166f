#include "core/ranking/rules/composed_few.h"

#include <algorithm>

namespace segue {
namespace {

// One place, or play, in this many.
constexpr std::size_t kOneIn = 5;
// Listens that make a listener known.
constexpr std::uint64_t kKnownListens = 10;

}  // namespace

bool asks_for_composed(const Query& query) {
  return query.filtered() != nullptr && query.filtered()->filter().kind == Filter::Kind::composed;
}

bool is_newcomer(const Listener& listener) { return listener.listens < kKnownListens; }

std::size_t composed_places(const Listener& listener, std::size_t k) {
  const std::size_t plays = listener.composed.session_plays + 1;
  const std::size_t listens = std::max<std::size_t>(listener.session_listens + 1, kOneIn);
  return plays * kOneIn <= listens ? k / kOneIn : 0;
}

void keep_few_composed(const Query& query, const Ranking& ranking, std::size_t k,
                       std::vector<std::size_t>& order) {
  const ItemModels& models = query.models();
  if (!ranking.candidates().any_made() || asks_for_composed(query)) return;
  const std::vector<TrackId>& heard = query.listener().composed.heard;
  std::size_t left = composed_places(query.listener(), k);
  std::erase_if(order, [&](std::size_t i) {
    const ItemModels::Slot slot = ranking.candidates()[i].slot;
    if (models.made(slot) == 0) return false;
    const bool again = std::ranges::find(heard, as_track(models[slot].id)) != heard.end();
    if (again || left == 0) return true;
    --left;
    return false;
  });
}

void put_no_composed_first(const Query& query, const Ranking& ranking, std::vector<Placed>& list) {
  const ItemModels& models = query.models();
  if (!ranking.candidates().any_made() || !is_newcomer(query.listener())) return;
  if (asks_for_composed(query)) return;
  const auto found = std::ranges::find_if(list, [&](const Placed& placed) {
    return models.made(ranking.candidates()[placed.candidate].slot) == 0;
  });
  if (found == list.end()) return list.clear();
  std::rotate(list.begin(), found, found + 1);
}

}  // namespace segue
