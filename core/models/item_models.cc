#include "core/models/item_models.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/generation/job.h"
#include "core/words/printed.h"

namespace segue {
namespace {

// Forward decay in half-lives since 1970: multiplied, which divides once.
constexpr double kPerDay = 1.0 / static_cast<double>(kDay);
constexpr double kLog2Floor = -3;
constexpr double kLog2Ceiling = 40;  // a listener's clock may be far behind a model's
constexpr std::size_t kColdSample = 16;
constexpr std::size_t kSlotsPerModel = 4;
// How often listeners stay with an artist of whom little is known, and how much must be known.
constexpr float kStayUsual = 0.4F;
constexpr float kStayDoubt = 2;
// So many plays until a track's own vector counts as much as its artist's.
constexpr float kArtistTrust = 3;
// Listens within a half-life that each of a few listeners may bring a track into what is trending.
constexpr float kHeatOfListener = 2;

double heat_of(float plays, Micros at, double half_lives_per_us) {
  if (plays <= 0) return -1e18;
  return std::log2(static_cast<double>(plays)) + static_cast<double>(at) * half_lives_per_us;
}

// Slots that moved, and those that are gone.
void follow(std::vector<ItemModels::Slot>& slots, const std::vector<ItemModels::Slot>& moved) {
  for (ItemModels::Slot& slot : slots) slot = moved[slot];
  std::erase(slots, ItemModels::kNone);
}

float bounded(double log2_plays) {
  return static_cast<float>(std::clamp(log2_plays, kLog2Floor, kLog2Ceiling));
}

}  // namespace

ItemModels::ItemModels(const Tuning& tuning)
    : trend_per_us_(kPerDay / tuning.trend_half_life_days),
      held_max_(static_cast<std::size_t>(tuning.models_held_max)),
      listeners_min_(static_cast<std::uint8_t>(tuning.listeners_min)),
      catalogue_only_(tuning.catalogue_only),
      sessions_(held_max_),
      index_(held_max_) {}

ItemModels::Slot ItemModels::find(ItemId item) const {
  const auto found = by_id_.find(item.value);
  return found == by_id_.end() ? kNone : found->second;
}

float ItemModels::log2_plays_day(const Model& model, Micros now) const {
  return bounded(model.heat_day - static_cast<double>(now) * kPerDay);
}

float ItemModels::log2_plays_trend(const Model& model, Micros now) const {
  return bounded(model.heat_trend - static_cast<double>(now) * trend_per_us_);
}

float ItemModels::plays_trend(const Model& model, Micros now) const {
  return std::exp2(log2_plays_trend(model, now));
}

bool ItemModels::put(const ItemModel& model) {
  // Room for the item, its artist and all its neighbours, so that no slot moves while they are put.
  const std::size_t slots = model.neighbours.size() + model.related.size() + 2;
  if (slots_.size() + slots > kSlotsPerModel * held_max_) compact();
  const Slot slot = intern(model.id);
  if (slot == kNone) return true;
  if (is_another(slot, model)) return false;
  if (!slots_[slot].held) make_room();
  if (model.artist) intern(item_of(model.artist));  // before the neighbours take the last slots
  const float stayed = link(model);
  Model& held = slots_[slot];
  const bool fresh = !held.held;
  if (fresh) {
    ++held_;
  } else if (held.kind == ItemKind::track) {
    --tracks_held_;
  }
  held.held = true;
  held.kind = model.kind;
  if (held.kind == ItemKind::track) ++tracks_held_;
  held.holders = model.holders;
  held.said = model.artist;
  held.artist_said = model.artist_said;
  // Few listeners make nothing hot, however often they play it, and one who forgets it and hears it
  // again is still one. Of a model of an older build it is not known who they are.
  const bool few = model.holders > 0 && model.holders < Item::kHoldersMax;
  const float heat_max =
      few ? kHeatOfListener * static_cast<float>(model.holders) : std::numeric_limits<float>::max();
  held.log2_plays = static_cast<float>(
      std::max(kLog2Floor, std::log2(static_cast<double>(std::max(model.weighted_plays, 0.01F)))));
  held.heat_day = heat_of(std::min(model.plays_day, heat_max), model.time, kPerDay);
  held.heat_trend = heat_of(std::min(model.plays_trend, heat_max), model.time, trend_per_us_);
  held.follows_total = model.follows_total;
  held.next_total = model.next_total;
  held.together_total = model.together_total;
  held.related_total = model.related_total;
  held.stay = (stayed + kStayDoubt * kStayUsual) / (model.related_total + kStayDoubt);
  held.listeners = static_cast<float>(few ? std::min<std::uint64_t>(model.listeners, model.holders)
                                          : model.listeners);
  held.first = model.first;
  held.time = model.time;
  held.links.assign(links_.begin(), links_.end());
  held.related.assign(related_.begin(), related_.end());
  if (!held.in_catalogue || held.name.empty()) held.name = model.name;
  if (!held.title_fixed) {
    held.title = model.title;
    held.title_said = model.title_said;
  }
  believe(slot);
  settle_title(slot);
  place_vector(slot, model.vector, model.weighted_plays);
  meet_sessions(slot, model.sessions);
  settle(slot);
  shelve_by_kind(slot);
  if (fresh && slots_[slot].kind == ItemKind::artist) believe_tracks_of(slot);
  return true;
}

// Fills links_ and related_ with the model's neighbours as slots; returns how much of an artist's
// related plays are their own.
float ItemModels::link(const ItemModel& model) {
  links_.clear();
  for (const Neighbour& neighbour : model.neighbours) {
    const Slot to = intern(item_of(neighbour.track));
    if (to == kNone) continue;
    links_.push_back({to, neighbour.follows, neighbour.next, neighbour.together, neighbour.before});
  }
  related_.clear();
  float stayed = 0;
  for (const RelatedArtist& other : model.related) {
    if (item_of(other.artist) == model.id) {
      stayed = other.weight;
      continue;
    }
    const Slot to = intern(item_of(other.artist));
    if (to != kNone) related_.push_back({to, other.weight});
  }
  return stayed;
}

// Marks are latest first. The oldest is entered first, so that it is the first to be forgotten.
void ItemModels::meet_sessions(Slot slot, const std::vector<SessionMark>& marks) {
  std::vector<SessionLog::Number>& sessions = slots_[slot].sessions;
  sessions.resize(marks.size());
  for (std::size_t i = marks.size(); i-- > 0;) sessions[i] = sessions_.enter(marks[i], slot);
}

bool ItemModels::is_another(Slot slot, const ItemModel& model) const {
  const Model& held = slots_[slot];
  if (!held.in_catalogue || held.name.empty()) return false;
  return held.name != model.name || held.kind != model.kind;
}

// A track's artist is the catalogue's, if it says one; else its listeners', but one alone is not
// believed of an artist whom the catalogue has: their name is worth something.
void ItemModels::believe(Slot slot) {
  if (slots_[slot].kind != ItemKind::track) return;
  if (!slots_[slot].artist_fixed) {
    const ArtistId said = slots_[slot].said;
    const Slot theirs = said ? find(item_of(said)) : kNone;
    const bool worth = theirs != kNone && slots_[theirs].in_catalogue;
    const bool believed = !worth || slots_[slot].artist_said >= listeners_min_;
    slots_[slot].artist = believed ? said : ArtistId{};
  }
  const ArtistId artist = slots_[slot].artist;
  slots_[slot].artist_slot = artist ? intern(item_of(artist)) : kNone;
}

// Listeners' name for a track of the catalogue, or of one of its artists, is believed once several
// say it, and so is the name of a common one. An id made of names has no other title.
bool ItemModels::believes_title(Slot slot) const {
  const Model& model = slots_[slot];
  if (model.title_fixed) return true;
  const bool of_catalogue =
      model.in_catalogue || (model.artist_slot != kNone && slots_[model.artist_slot].in_catalogue);
  if (!of_catalogue && (!is_common(slot) || is_made_id(model.name))) return true;
  return model.title_said >= listeners_min_;
}

void ItemModels::settle_title(Slot slot) {
  if (!believes_title(slot)) slots_[slot].title.clear();
}

// By the catalogue; empty: it does not say.
void ItemModels::call(Slot slot, std::string_view title) {
  Model& model = slots_[slot];
  std::string shown = display_text(title);
  if (model.title_fixed || !shown.empty()) {
    model.title_fixed = !shown.empty();
    model.title = std::move(shown);
    model.title_said = 0;
  }
  settle_title(slot);
}

// Tracks that were put before it was known that the catalogue has the artist.
void ItemModels::believe_tracks_of(Slot artist) {
  if (!slots_[artist].in_catalogue) return;
  for (const Link& link : slots_[artist].links) {
    const Model& track = slots_[link.slot];
    if (track.held && !track.artist_fixed && item_of(track.said) == slots_[artist].id) {
      believe(link.slot);
      settle_title(link.slot);
    }
  }
}

// A track's vector is trusted as its plays grow; before, it stands where its artist does.
void ItemModels::place_vector(Slot slot, const Vector& own, float plays) {
  Model& model = slots_[slot];
  Vector vector = own;
  if (model.kind == ItemKind::track && model.artist_slot != kNone &&
      is_known(slots_[model.artist_slot].vector)) {
    const float trust = plays / (plays + kArtistTrust);
    const Vector artist = large(slots_[model.artist_slot].vector);
    map(vector) = trust * map(own) + (1 - trust) * map(artist);
  }
  const SmallVector before = std::exchange(model.vector, small(vector));
  // Most broadcasts change what follows a track, not where it stands.
  if (index_.holds(slot) && model.vector != before) index_.put(slot, vector);
}

// Whether and where the slot is offered, after anything of it changed.
void ItemModels::settle(Slot slot) {
  const Model& model = slots_[slot];
  offers_[slot] = offer_of(model);
  if (offers_[slot] != Offer::to_all) {
    // A track that is taken down may come back: it stays in the index.
    drop_from_trending(slot);
    if (model.held && !model.taken_down && index_.holds(slot)) index_.remove(slot);
    return;
  }
  rank_trending(slot);
  if (is_known(model.vector) && !index_.holds(slot)) index_.put(slot, large(model.vector));
}

ItemModels::Offer ItemModels::offer_of(const Model& model) const {
  if (!model.held || model.kind != ItemKind::track || model.taken_down || model.name.empty()) {
    return Offer::to_none;
  }
  if (!model.in_catalogue && (take_downs_given_up_ || is_composed_id(model.name))) {
    return Offer::to_none;
  }
  if (!has_catalogue() || catalogue_given_up_ || model.in_catalogue) return Offer::to_all;
  if (catalogue_only_) return Offer::to_none;
  return model.holders >= listeners_min_ ? Offer::to_all : Offer::to_who_heard_it;
}

bool ItemModels::knows(TrackId track) const {
  const Slot slot = find(item_of(track));
  return slot != kNone && slots_[slot].held;
}

void ItemModels::introduce(TrackId track, std::string_view name, ArtistId artist, Micros now,
                           Called called) {
  if (!track || knows(track)) return;
  put({.id = item_of(track),
       .name = std::string(name),
       .artist = artist,
       .first = now,
       .time = now,
       .neighbours = {},
       .related = {},
       .title = std::string(called.track),
       .title_said = 1});
  const Slot slot = called.artist.empty() ? kNone : find(item_of(artist));
  if (slot == kNone || slots_[slot].held || slots_[slot].in_catalogue) return;
  if (slots_[slot].title.empty()) slots_[slot].title = called.artist;
}

void ItemModels::remove(ItemId item) {
  const Slot slot = find(item);
  if (slot != kNone) let_go(slot);
}

void ItemModels::enrich(const CatalogEntry& entry) {
  const TrackId track = track_id(entry.track_id);
  const ArtistId artist = entry.artist_id.empty() ? ArtistId{} : artist_id(entry.artist_id);
  enter_catalogue(item_of(track), is_composed_id(entry.track_id));
  taken_down_.erase(track.value);
  if (const Slot known = find(item_of(track)); known != kNone) slots_[known].taken_down = false;
  put_label(track, entry);
  // The catalogue may be far larger than what is played: it does not take the last slots.
  const bool room = slots_.size() < kSlotsPerModel / 2 * held_max_;
  if (!room && find(item_of(track)) == kNone) return;
  // Half of the room is for what is played. Room for the track and its artist, so that no slot is
  // renumbered while they are put.
  const bool held = held_ < held_max_ / 2;
  if (held && slots_.size() + 3 > kSlotsPerModel * held_max_) compact();
  const Slot slot = intern(item_of(track));
  if (slot == kNone) return;
  name_by_catalogue(slot, entry.track_id);
  if (artist) fix_artist(slot, artist, entry);
  if (held) introduce(track, entry.track_id, artist, 0);
  call(slot, entry.title);
  slots_[slot].is_explicit = entry.is_explicit;
  slots_[slot].genre = kind_hash(entry.genre);
  slots_[slot].mood = kind_hash(entry.mood);
  slots_[slot].duration_ms = entry.duration_ms;
  slots_[slot].year = static_cast<std::uint16_t>(entry.year);
  settle(slot);
  if (slots_[slot].held && slots_[slot].listeners == 0) shelve(slot);
  shelve_by_kind(slot);
}

void ItemModels::fix_artist(Slot slot, ArtistId artist, const CatalogEntry& entry) {
  slots_[slot].artist_fixed = true;
  slots_[slot].artist = artist;
  const Slot theirs = intern(item_of(artist));
  slots_[slot].artist_slot = theirs;
  if (theirs == kNone) return;
  const bool fresh = !std::exchange(slots_[theirs].in_catalogue, true);
  if (catalogue_artists_.size() < kCatalogueMax * held_max_)
    catalogue_artists_.insert(artist.value);
  name_by_catalogue(theirs, entry.artist_id);
  slots_[theirs].kind = ItemKind::artist;
  if (!entry.artist.empty() || !slots_[theirs].title_fixed) call(theirs, entry.artist);
  if (fresh) believe_tracks_of(theirs);
}

// Lessons under another text of the same hash are not of this item.
void ItemModels::name_by_catalogue(Slot slot, const std::string& name) {
  if (slots_[slot].held && slots_[slot].name != name) let_go(slot);
  slots_[slot].name = name;
}

void ItemModels::enter_catalogue(ItemId track, bool composed) {
  if (catalogue_.size() >= kCatalogueMax * held_max_ && !catalogue_.contains(track.value)) {
    catalogue_given_up_ = true;
    return;
  }
  const bool had = has_catalogue();
  catalogue_.insert(track.value);
  if (composed) composed_entries_.insert(track.value);
  if (const Slot slot = find(track); slot != kNone) slots_[slot].in_catalogue = true;
  if (has_catalogue() == had) return;
  for (Slot slot = 0; slot < slots_.size(); ++slot) settle(slot);
}

void ItemModels::leave_catalogue(ItemId track) {
  if (const Slot slot = find(track); slot != kNone) {
    slots_[slot].in_catalogue = false;
    slots_[slot].artist_fixed = false;
    slots_[slot].title_fixed = false;
  }
  const bool had = has_catalogue();
  composed_entries_.erase(track.value);
  if (catalogue_.erase(track.value) == 0 || has_catalogue() == had) return;
  for (Slot slot = 0; slot < slots_.size(); ++slot) settle(slot);
}

void ItemModels::take_down(TrackId track) {
  composed_.remove(item_of(track));
  leave_catalogue(item_of(track));
  if (taken_down_.size() < kCatalogueMax * held_max_) {
    taken_down_.insert(track.value);
  } else if (!std::exchange(take_downs_given_up_, true)) {
    for (Slot slot = 0; slot < slots_.size(); ++slot) settle(slot);
  }
  const Slot slot = find(item_of(track));
  if (slot == kNone) return;
  slots_[slot].taken_down = true;
  settle(slot);
}

ItemModels::Slot ItemModels::intern(ItemId item) {
  const auto found = by_id_.find(item.value);
  if (found != by_id_.end()) return found->second;
  if (slots_.size() >= kSlotsPerModel * held_max_) return kNone;
  const auto slot = static_cast<Slot>(slots_.size());
  slots_.emplace_back().id = item;
  slots_.back().in_catalogue =
      catalogue_.contains(item.value) || catalogue_artists_.contains(item.value);
  slots_.back().taken_down = taken_down_.contains(item.value);
  if (const auto label = labels_.find(item.value); label != labels_.end()) {
    slots_.back().made = parts_made(label->second);
  }
  offers_.push_back(Offer::to_none);
  by_id_.emplace(item.value, slot);
  return slot;
}

// Keeps `trending_` sorted by heat: the slot's old place is left, its new one is found. Heat of all
// fades alike, so no other place changes.
void ItemModels::rank_trending(Slot slot) {
  if (slots_[slot].kind != ItemKind::track || slots_[slot].taken_down) return;
  drop_from_trending(slot);
  const auto hotter = [&](Slot a, Slot b) {
    const double x = slots_[a].heat_trend;
    const double y = slots_[b].heat_trend;
    return x != y ? x > y : slots_[a].id < slots_[b].id;
  };
  if (trending_.size() == kTrendingMax && !hotter(slot, trending_.back())) return;
  trending_.insert(std::upper_bound(trending_.begin(), trending_.end(), slot, hotter), slot);
  if (trending_.size() > kTrendingMax) trending_.pop_back();
}

void ItemModels::drop_from_trending(Slot slot) {
  const auto found = std::find(trending_.begin(), trending_.end(), slot);
  if (found != trending_.end()) trending_.erase(found);
}

// Forgets the slots that hold no model: ids only met as neighbours or in the catalogue, and models
// let go. What is linked to them loses the link until it is broadcast again.
void ItemModels::compact() {
  std::vector<Slot> moved(slots_.size(), kNone);
  std::vector<Model> kept;
  kept.reserve(held_);
  for (std::size_t old = 0; old < slots_.size(); ++old) {
    if (!slots_[old].held) continue;
    moved[old] = static_cast<Slot>(kept.size());
    kept.push_back(std::move(slots_[old]));
  }
  by_id_.clear();
  for (std::size_t slot = 0; slot < kept.size(); ++slot) {
    Model& model = kept[slot];
    by_id_.emplace(model.id.value, static_cast<Slot>(slot));
    if (model.artist_slot != kNone) model.artist_slot = moved[model.artist_slot];
    for (Link& link : model.links) link.slot = moved[link.slot];
    for (Related& related : model.related) related.slot = moved[related.slot];
    std::erase_if(model.links, [](const Link& link) { return link.slot == kNone; });
    std::erase_if(model.related, [](const Related& related) { return related.slot == kNone; });
    follow(model.unplayed, moved);
  }
  for (Slot& slot : trending_) slot = moved[slot];
  for (auto& [kind, slots] : shelves_) follow(slots, moved);
  for (auto& [kind, slots] : kinds_) follow(slots, moved);
  slots_ = std::move(kept);
  offers_.resize(slots_.size());
  for (Slot slot = 0; slot < slots_.size(); ++slot) offers_[slot] = offer_of(slots_[slot]);
  index_.renumber(moved);
  sessions_.renumber(moved);
  clock_ = 0;
}

// Second-chance would need a bit on every read; the coldest of the next few does as well.
void ItemModels::make_room() {
  if (held_ < held_max_) return;
  Slot coldest = kNone;
  for (std::size_t seen = 0, looked = 0; seen < kColdSample && looked < slots_.size(); ++looked) {
    clock_ = (clock_ + 1) % slots_.size();
    const auto slot = static_cast<Slot>(clock_);
    if (!slots_[slot].held) continue;
    ++seen;
    if (coldest == kNone || slots_[slot].heat_trend < slots_[coldest].heat_trend) coldest = slot;
  }
  if (coldest != kNone) let_go(coldest);
}

void ItemModels::let_go(Slot slot) {
  Model& model = slots_[slot];
  if (!model.title_fixed) model.title = {};
  if (!model.held) return;
  drop_from_trending(slot);
  index_.remove(slot);
  model.held = false;
  model.links = {};
  model.related = {};
  model.unplayed = {};
  model.sessions = {};
  if (!model.in_catalogue) model.name = {};
  offers_[slot] = Offer::to_none;
  --held_;
  if (model.kind == ItemKind::track) --tracks_held_;
}

}  // namespace segue
