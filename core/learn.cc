#include "core/learn.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"

namespace segue {
namespace {

constexpr double kDaySeconds = 86'400;
// Below this nothing fades visibly, and an item that is hot need not fade for each of its plays.
constexpr Micros kFadeStep = 10 * kMinute;

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
    for (Neighbour& neighbour : item.neighbours) {
      neighbour.follows *= keep;
      neighbour.next *= keep;
    }
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
                                          const float x = a.follows + a.next;
                                          const float y = b.follows + b.next;
                                          return x != y ? x < y : a.track < b.track;
                                        });
  *weakest = Neighbour{.track = track};
  return *weakest;
}

void learn_play(Item& item, const ItemSignal& signal) {
  item.name = signal.name;
  ++item.plays;
  item.plays_day += 1;
  item.plays_trend += 1;
}

void learn_follower(Item& item, const ItemSignal& signal) {
  const float weight = 1.0F / static_cast<float>(signal.distance);
  const float next = signal.distance == 1 ? 1.0F : 0.0F;
  Neighbour& neighbour = neighbour_of(item, as_track(signal.other));
  neighbour.follows += weight;
  neighbour.next += next;
  item.follows_total += weight;
  item.next_total += next;
}

}  // namespace

void learn(Item& item, const ItemSignal& signal, const Tuning& tuning) {
  if (!item.id) item.id = signal.item;
  SEGUE_CHECK(item.id == signal.item);
  fade(item, signal.time, tuning);
  ++item.signals;
  switch (signal.kind) {
    case SignalKind::played:
      item.artist = ArtistId{signal.other.value};
      learn_play(item, signal);
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
      break;
  }
}

}  // namespace segue
