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

// Adds to what is known of one in a list that begins with the strongest, and moves it to its place;
// a new one takes the place of the last when the list is full.
template <class T, class Same, class Add>
void strengthen(std::vector<T>& all, std::size_t max, const T& fresh, Same same, Add add) {
  auto at = std::find_if(all.begin(), all.end(), same);
  if (at == all.end()) {
    if (all.size() < max) {
      all.push_back(fresh);
    } else {
      all.back() = fresh;
    }
    at = all.end() - 1;
  }
  add(*at);
  const auto before = [](const T& a, const T& b) { return stronger(a, b); };
  std::rotate(std::upper_bound(all.begin(), at, *at, before), at, at + 1);
}

void strengthen(Item& item, const Neighbour& more) {
  strengthen(
      item.neighbours, Item::kNeighboursMax, Neighbour{.track = more.track},
      [&](const Neighbour& n) { return n.track == more.track; },
      [&](Neighbour& n) {
        n.follows += more.follows;
        n.next += more.next;
        n.together += more.together;
        if (more.next > 0) n.before = more.before;
      });
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
    strengthen(item, {.track = as_track(other), .together = 1});
    item.together_total += 1;
  }
}

void learn_follower(Item& item, const ItemSignal& signal) {
  const float weight = 1.0F / static_cast<float>(signal.distance);
  const float next = signal.distance == 1 ? 1.0F : 0.0F;
  const TrackId before = signal.before.empty() ? TrackId{} : as_track(signal.before.front());
  strengthen(item, {.track = as_track(signal.other),
                    .follows = weight,
                    .next = next,
                    .together = 1,
                    .before = mark_of(before)});
  item.follows_total += weight;
  item.next_total += next;
  item.together_total += 1;
}

void learn_related(Item& item, ArtistId artist, float weight) {
  item.related_total += weight;
  strengthen(
      item.related, Item::kRelatedMax, RelatedArtist{.artist = artist},
      [&](const RelatedArtist& r) { return r.artist == artist; },
      [&](RelatedArtist& r) { r.weight += weight; });
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
      strengthen(item, {.track = as_track(signal.other), .follows = 1});
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
