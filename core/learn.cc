#include "core/learn.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"

namespace segue {
namespace {

constexpr double kDaySeconds = 86'400;
// Below this nothing fades visibly, and an item that is hot need not fade for each of its plays.
constexpr Micros kFadeStep = 10 * kMinute;
// Who was heard before says less of who comes next than the other way round.
constexpr float kBackwards = 0.3F;

float kept(Micros span, double half_life_days) {
  return static_cast<float>(std::exp2(-seconds_of(span) / (half_life_days * kDaySeconds)));
}

// Brings what fades to the time of the signal. Signals may come a little out of order: time only
// moves forward.
void fade(Item& item, Micros now, const Tuning& tuning) {
  const Micros span = now - item.time;
  if (span < kFadeStep && item.time != 0) return;
  if (item.time != 0) {
    item.plays_day *= kept(span, 1);
    item.plays_trend *= kept(span, tuning.trend_half_life_days);
    const float keep = kept(span, tuning.follow_half_life_days);
    item.follows_total *= keep;
    item.next_total *= keep;
    item.together_total *= keep;
    item.related_total *= keep;
    for (Neighbour& neighbour : item.neighbours) {
      neighbour.follows *= keep;
      neighbour.next *= keep;
      neighbour.together *= keep;
    }
    for (RelatedArtist& related : item.related) related.weight *= keep;
  }
  item.time = now;
}

// The neighbour of that track; a new one takes the place of the weakest when the list is full.
Neighbour& neighbour_of(Item& item, TrackId track) {
  const auto found = std::find_if(item.neighbours.begin(), item.neighbours.end(),
                                  [&](const Neighbour& n) { return n.track == track; });
  if (found != item.neighbours.end()) return *found;
  if (item.neighbours.size() < Item::kNeighboursMax) {
    return item.neighbours.emplace_back(Neighbour{.track = track});
  }
  const auto weakest = std::min_element(item.neighbours.begin(), item.neighbours.end(),
                                        [](const Neighbour& a, const Neighbour& b) {
                                          const float x = strength(a);
                                          const float y = strength(b);
                                          return x != y ? x < y : a.track < b.track;
                                        });
  *weakest = Neighbour{.track = track};
  return *weakest;
}

void learn_vector(Item& item, const Vector& listener) {
  if (!is_known(item.vector)) item.vector = start_of(item.id.value);
  if (is_known(listener)) learn_liking(item.vector, listener);
}

void learn_play(Item& item, const ItemSignal& signal) {
  item.name = signal.name;
  ++item.plays;
  item.plays_day += 1;
  item.plays_trend += 1;
  if (signal.first) ++item.listeners;
  learn_vector(item, signal.listener);
}

void learn_company(Item& item, const std::vector<ItemId>& before) {
  for (const ItemId other : before) {
    neighbour_of(item, as_track(other)).together += 1;
    item.together_total += 1;
  }
}

void learn_follower(Item& item, const ItemSignal& signal) {
  const float weight = 1.0F / static_cast<float>(signal.distance);
  const float next = signal.distance == 1 ? 1.0F : 0.0F;
  Neighbour& neighbour = neighbour_of(item, as_track(signal.other));
  neighbour.follows += weight;
  neighbour.next += next;
  neighbour.together += 1;
  item.follows_total += weight;
  item.next_total += next;
  item.together_total += 1;
}

void learn_related(Item& item, ArtistId artist, float weight) {
  item.related_total += weight;
  const auto found = std::find_if(item.related.begin(), item.related.end(),
                                  [&](const RelatedArtist& r) { return r.artist == artist; });
  if (found != item.related.end()) {
    found->weight += weight;
  } else if (item.related.size() < Item::kRelatedMax) {
    item.related.push_back({artist, weight});
  } else {
    *std::min_element(item.related.begin(), item.related.end(),
                      [](const RelatedArtist& a, const RelatedArtist& b) {
                        return a.weight != b.weight ? a.weight < b.weight : a.artist < b.artist;
                      }) = {artist, weight};
  }
}

}  // namespace

void learn(Item& item, const ItemSignal& signal, const Tuning& tuning) {
  if (!item.id) item.id = signal.item;
  SEGUE_CHECK(item.id == signal.item);
  if (item.signals == 0) item.first = signal.time;
  fade(item, signal.time, tuning);
  ++item.signals;
  switch (signal.kind) {
    case SignalKind::played:
      item.artist = ArtistId{signal.other.value};
      learn_play(item, signal);
      learn_company(item, signal.before);
      break;
    case SignalKind::skipped:
      item.artist = ArtistId{signal.other.value};
      item.name = signal.name;
      ++item.skips;
      break;
    case SignalKind::followed:
      learn_follower(item, signal);
      break;
    case SignalKind::of_artist:
      item.kind = ItemKind::artist;
      learn_play(item, signal);
      neighbour_of(item, as_track(signal.other)).follows += 1;
      item.follows_total += 1;
      for (std::size_t i = 0; i < signal.before.size(); ++i) {
        learn_related(item, as_artist(signal.before[i]), kBackwards / static_cast<float>(i + 1));
      }
      break;
    case SignalKind::led_to:
      item.kind = ItemKind::artist;
      learn_related(item, as_artist(signal.other), 1.0F / static_cast<float>(signal.distance));
      break;
  }
}

}  // namespace segue
