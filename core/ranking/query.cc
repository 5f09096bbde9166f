#include "core/ranking/query.h"

#include <algorithm>
#include <cmath>

namespace segue {
namespace {

constexpr double kTasteHalfLifeS = 60 * 86'400.0;
constexpr std::uint32_t kEarlierSessionMax = 4;
// The session before still says a little at the start of a new one.
constexpr float kEarlierSessionWeight = 0.3F;
// So many listens' worth of doubt before a source is trusted for a listener.
constexpr float kTrustDoubt = 0.7F;
// A wish says more than the track heard last, which weighs 1.
constexpr float kSeedWeight = 2;
// A session's first move, before it was made: how likely it stays, how likely it returns.
constexpr float kStaysUsual = 0.4F;
constexpr float kReturnsUsual = 0.1F;

}  // namespace

float faded(float count, Micros last, Micros now) {
  const double age = seconds_of(now - last);
  if (age < 3'600) return count;
  return count * static_cast<float>(std::exp2(-age / kTasteHalfLifeS));
}

float trust(const Listener& listener, std::size_t source) {
  return listener.source_credit[source] / (listener.credit_seen + kTrustDoubt);
}

Query::Query(const Listener& listener, const ItemModels& models, ListenerId whose)
    : listener_(listener), models_(models), whose_(whose) {
  float distance = 1;
  const std::uint32_t here = listener.context_in_session;
  const bool playing = listener.playing && (listener.playing->chosen || here == 0);
  const bool fresh = !playing && here == 0;
  if (fresh) add_seeds();
  if (playing) add(*listener.playing, 1 / distance++, true);
  const float earlier = kEarlierSessionWeight / static_cast<float>(here + 1);
  for (std::uint32_t i = 0; i < listener.context.size(); ++i) {
    if (i >= here + kEarlierSessionMax) break;
    const bool in_session = i < here;
    add(listener.context[i], in_session ? 1 / distance++ : earlier, in_session);
  }
  if (!fresh) add_seeds();
  while (artist_run_ < context_size_ && context_[artist_run_].in_session &&
         context_[artist_run_].chosen && context_[artist_run_].artist == context_[0].artist) {
    ++artist_run_;
  }
  look_back();
  point();
  know_artists();
  if (listener.request && !listener.request->filter.empty()) filtered_.emplace(listener);
}

void Query::look_back() {
  float moves = 1;
  stays_ = kStaysUsual;
  returns_ = kReturnsUsual;
  for (std::size_t i = 0; i + 1 < context_size_ && context_[i + 1].in_session; ++i) {
    const ArtistId to = context_[i].artist;
    const ArtistId from = context_[i + 1].artist;
    if (!to || !from || !context_[i].chosen) continue;
    ++moves;
    if (to == from) {
      ++stays_;
    } else if (comes_back(i)) {
      ++returns_;
    }
  }
  stays_ /= moves;
  returns_ /= moves;
}

// Whether the session had the artist of this place earlier, with others in between.
bool Query::comes_back(std::size_t i) const {
  return std::any_of(
      context().begin() + static_cast<std::ptrdiff_t>(i) + 2, context().end(),
      [&](const Past& past) { return past.in_session && past.artist == context_[i].artist; });
}

void Query::know_artists() {
  float all = 1;
  for (const ArtistTaste& taste : listener_.artists) {
    const float plays = std::max(0.0F, faded(taste.plays, taste.last, now()));
    all += plays;
    if (taste.artist) place_of(taste.artist).plays = plays;
  }
  for (const ArtistTaste& taste : listener_.artists) {
    if (taste.artist) place_of(taste.artist).share = place_of(taste.artist).plays / all;
  }
  for (const Past& past : context()) {
    if (!past.artist) continue;
    KnownArtist& known = place_of(past.artist);
    known.session += past.weight / context_weight_;
    known.here = known.here || past.in_session;
  }
  for (const SkippedTrack& skip : listener_.skips) {
    if (skip.artist) place_of(skip.artist).skips += skip.weight;
  }
}

// The artist's place in the table, taken if it was free.
Query::KnownArtist& Query::place_of(ArtistId artist) {
  std::size_t at = artist.value % kKnownSlots;
  while (known_[at].artist && known_[at].artist != artist) at = (at + 1) % kKnownSlots;
  known_[at].artist = artist;
  return known_[at];
}

const Query::KnownArtist& Query::known(ArtistId artist) const {
  static constexpr KnownArtist kUnknown;
  if (!artist) return kUnknown;
  std::size_t at = artist.value % kKnownSlots;
  while (known_[at].artist && known_[at].artist != artist) at = (at + 1) % kKnownSlots;
  return known_[at];
}

void Query::point() {
  Vector session{};
  for (const Past& past : context()) {
    if (past.slot == ItemModels::kNone) continue;
    const SmallVector& vector = models_[past.slot].vector;
    if (is_known(vector)) map(session) += past.weight / vector.length * map(large(vector));
  }
  if (listener_.request) {
    for (const Seed& seed : listener_.request->seeds) {
      const ItemModels::Slot slot = seed.weight < 0 ? slot_of(seed) : ItemModels::kNone;
      if (slot == ItemModels::kNone || !is_known(models_[slot].vector)) continue;
      const SmallVector& vector = models_[slot].vector;
      map(session) += kSeedWeight * seed.weight / vector.length * map(large(vector));
    }
  }
  session_ = small(session);
  taste_ = small(listener_.vector);
}

ItemModels::Slot Query::slot_of(const Seed& seed) const {
  return models_.find(seed.track ? item_of(seed.track) : item_of(seed.artist));
}

// Requires: the heaviest seeds come first.
void Query::add_seeds() {
  if (!listener_.request) return;
  const Request& request = *listener_.request;
  if (request.seed) add_seed(request.seed, {}, kSeedWeight);
  for (std::size_t i = 0; i < std::min(request.seeds.size(), kSeedsMax); ++i) {
    const Seed& seed = request.seeds[i];
    if (seed.weight > 0) add_seed(seed.track, seed.artist, kSeedWeight * seed.weight);
  }
}

void Query::add_seed(TrackId track, ArtistId artist, float weight) {
  const ItemModels::Slot slot = track ? models_.find(item_of(track)) : ItemModels::kNone;
  if (slot != ItemModels::kNone) artist = models_[slot].artist;
  add({track, artist}, weight, false);
}

void Query::add(const HeardTrack& heard, float weight, bool in_session) {
  context_[context_size_++] = {
      .track = heard.track,
      .artist = heard.artist,
      .slot = heard.track ? models_.find(item_of(heard.track)) : ItemModels::kNone,
      .artist_slot = heard.artist ? models_.find(item_of(heard.artist)) : ItemModels::kNone,
      .weight = weight,
      .in_session = in_session,
      .chosen = heard.chosen};
  context_weight_ += weight;
}

const Repeat* Query::latest_repeat() const {
  if (context_size_ == 0) return nullptr;
  const auto& repeats = listener_.repeats;
  const auto found = std::find_if(repeats.begin(), repeats.end(), [&](const Repeat& repeat) {
    return repeat.track == context_[0].track;
  });
  return found == repeats.end() ? nullptr : &*found;
}

float Query::skips_of(TrackId track) const {
  float weight = 0;
  for (const SkippedTrack& skip : listener_.skips) weight += skip.track == track ? skip.weight : 0;
  return weight;
}

}  // namespace segue
