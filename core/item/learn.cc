#include "core/item/learn.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "core/words/fold.h"

namespace segue {
namespace {

constexpr double kDaySeconds = 86'400;
// Below this nothing fades visibly, and an item that is hot need not fade for each of its plays.
constexpr Micros kFadeStep = 10 * kMinute;
// An artist heard before says less of the one who comes next than the other way round.
constexpr float kBackwards = 0.3F;
// A neighbour that counts less takes no place from one that counts more.
constexpr float kTellingMin = 1.0F / 64;
// A session is as good as another, so a play that counts little does not name one.
constexpr float kSessionMin = 0.25F;

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

// The artist's identity is what most listeners say, each asked when they first hold the track
// (majority vote of Boyer and Moore, 1981). A listener who says it again is not counted again.
void learn_artist(Item& item, ArtistId said) {
  if (!said) return;
  if (item.artist_said == 0) item.artist = said;
  if (item.artist == said) {
    item.artist_said = static_cast<std::uint8_t>(std::min(item.artist_said + 1, 255));
  } else {
    --item.artist_said;
  }
}

// True if the listener did not hold the item before, as far as that is known.
bool hold(Item& item, const ItemSignal& signal) {
  if (item.common) return signal.first;
  if (!signal.who) {  // of an older build
    item.common = item.listeners > 1;
    return signal.first;
  }
  if (std::find(item.holders.begin(), item.holders.end(), signal.who) != item.holders.end()) {
    return false;
  }
  item.holders.push_back(signal.who);
  if (item.holders.size() < Item::kHoldersMax) return true;
  item.common = true;
  item.holders = {};
  return true;
}

bool is_same(const std::string& a, const std::string& b) {
  return a == b || folded(a) == folded(b);
}

// One more voice for another title (majority vote of Boyer and Moore, 1981); returns whether those
// who say this one are more by now than those who call the item as it is called.
bool say_otherwise(Item& item, const std::string& title) {
  const auto said = static_cast<std::uint32_t>(track_id(folded(title)).value);
  if (item.others_said == 0) item.other_title = said;
  if (item.other_title != said) {
    --item.others_said;
    return false;
  }
  if (item.others_said < UINT8_MAX) ++item.others_said;
  return item.others_said > item.tellers.size();
}

void forget_title(Item& item) {
  item.title = {};
  item.others_said = 0;
  item.other_title = 0;
}

// An item's name is that of the first who said so and remembers it, until more of those who first
// hold it call it otherwise, all the same. A listener who says something else than before counts
// for neither.
void learn_title(Item& item, const ItemSignal& signal, bool first_held) {
  if (signal.title.empty() || !signal.who || item.title_common) return;
  const bool repeats = std::erase(item.tellers, signal.who) > 0;
  if (!item.tellers.empty() && !is_same(signal.title, item.title)) {
    const bool counts = first_held && !repeats && signal.weight >= kTellingMin;
    if (!counts || !say_otherwise(item, signal.title)) return;
    item.tellers.clear();
  }
  if (item.tellers.empty()) {
    forget_title(item);
    item.title = signal.title;
  }
  item.tellers.push_back(signal.who);
  if (item.tellers.size() < Item::kHoldersMax) return;
  item.title_common = true;
  item.tellers = {};
}

void forget_teller(Item& item, ListenerMark who) {
  if (std::erase(item.tellers, who) == 0 || !item.tellers.empty()) return;
  forget_title(item);
}

// The latest session of each listener: one who begins many takes no other's place.
void learn_session(Item& item, const ItemSignal& signal) {
  if (!signal.session || signal.weight < kSessionMin) return;
  auto& all = item.sessions;
  if (std::find(all.begin(), all.end(), signal.session) != all.end()) return;
  std::erase_if(all, [&](SessionMark one) { return same_listener(one, signal.session); });
  if (all.size() == Item::kSessionsMax) all.pop_back();
  all.insert(all.begin(), signal.session);
}

void leave(Item& item, ListenerMark who, SessionMark session) {
  forget_teller(item, who);
  if (session) {
    std::erase_if(item.sessions, [&](SessionMark one) { return same_listener(one, session); });
  }
  if (item.common) return;
  std::erase(item.holders, who);
  if (item.holders.empty()) item = Item{};
}

void learn_vector(Item& item, const ItemSignal& signal) {
  if (!is_known(item.vector)) item.vector = start_of(item.id.value);
  if (is_known(signal.listener)) learn_liking(item.vector, signal.listener, signal.weight);
}

// A listen that comes late counts for what is left of it by now.
float left_of(const Item& item, const ItemSignal& signal, double half_life_days) {
  const Micros late = item.time - signal.time;
  return late < kFadeStep ? signal.weight : signal.weight * kept(late, half_life_days);
}

void learn_play(Item& item, const ItemSignal& signal, const Tuning& tuning) {
  if (item.name.empty()) item.name = signal.name;
  ++item.plays;
  item.weighted_plays += signal.weight;
  item.plays_day += left_of(item, signal, 1);
  item.plays_trend += left_of(item, signal, tuning.trend_half_life_days);
  if (signal.first) ++item.listeners;
  learn_vector(item, signal);
}

void learn_company(Item& item, const ItemSignal& signal) {
  if (signal.weight < kTellingMin) return;
  for (const ItemId other : signal.before) {
    strengthen(item, {.track = as_track(other), .together = signal.weight});
    item.together_total += signal.weight;
  }
}

void learn_follower(Item& item, const ItemSignal& signal) {
  if (signal.weight < kTellingMin) return;
  const float weight = signal.weight / static_cast<float>(signal.distance);
  const float next = signal.distance == 1 ? signal.weight : 0.0F;
  const TrackId before = signal.before.empty() ? TrackId{} : as_track(signal.before.front());
  strengthen(item, {.track = as_track(signal.other),
                    .follows = weight,
                    .next = next,
                    .together = signal.weight,
                    .before = mark_of(before)});
  item.follows_total += weight;
  item.next_total += next;
  item.together_total += signal.weight;
}

void learn_related(Item& item, ArtistId artist, float weight) {
  item.related_total += weight;
  strengthen(
      item.related, Item::kRelatedMax, RelatedArtist{.artist = artist},
      [&](const RelatedArtist& r) { return r.artist == artist; },
      [&](RelatedArtist& r) { r.weight += weight; });
}

void learn_listening(Item& item, const ItemSignal& signal, const Tuning& tuning) {
  if (signal.weight < kTellingMin) return;
  const float follows = left_of(item, signal, tuning.follow_half_life_days);
  strengthen(item, {.track = as_track(signal.other), .follows = follows});
  item.follows_total += follows;
  for (std::size_t i = 0; i < signal.before.size(); ++i) {
    const float weight = signal.weight * kBackwards / static_cast<float>(i + 1);
    learn_related(item, as_artist(signal.before[i]), weight);
  }
}

bool makes_item(SignalKind kind) {
  return kind == SignalKind::played || kind == SignalKind::of_artist;
}

ItemKind kind_of(SignalKind kind) {
  return kind == SignalKind::of_artist || kind == SignalKind::led_to ? ItemKind::artist
                                                                     : ItemKind::track;
}

// Two texts can have one hash, and an attacker finds them.
bool is_another(const Item& item, const ItemSignal& signal) {
  return item.kind != kind_of(signal.kind) ||
         (!item.name.empty() && !signal.name.empty() && item.name != signal.name);
}

}  // namespace

Learned learn(Item& item, const ItemSignal& signal, const Tuning& tuning) {
  const bool fresh = is_gone(item);
  if (fresh && !makes_item(signal.kind)) return Learned::ignored;
  if (signal.kind == SignalKind::left) {
    leave(item, signal.who, signal.session);
    return Learned::taught;
  }
  if (fresh) {
    item.id = signal.item;
    item.kind = kind_of(signal.kind);
    item.first = signal.time;
  } else if (is_another(item, signal)) {
    return Learned::refused;
  }
  SEGUE_CHECK(item.id == signal.item);
  fade(item, signal.time, tuning);
  ++item.signals;
  switch (signal.kind) {
    case SignalKind::played: {
      learn_play(item, signal, tuning);
      const bool first_held = hold(item, signal);
      if (first_held || !item.artist) learn_artist(item, ArtistId{signal.other.value});
      learn_title(item, signal, first_held);
      learn_company(item, signal);
      learn_session(item, signal);
      break;
    }
    case SignalKind::skipped:
      ++item.skips;
      break;
    case SignalKind::followed:
      learn_follower(item, signal);
      break;
    case SignalKind::of_artist:
      learn_play(item, signal, tuning);
      learn_title(item, signal, hold(item, signal));
      learn_listening(item, signal, tuning);
      break;
    case SignalKind::led_to:
      learn_related(item, as_artist(signal.other),
                    signal.weight / static_cast<float>(signal.distance));
      break;
    case SignalKind::left:
      break;
  }
  return Learned::taught;
}

}  // namespace segue
