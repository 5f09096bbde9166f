#include "consumers/player/listeners_names.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace segue::player {
namespace {

// Finds names; one for each list.
class Names {
 public:
  Names(const HeldCatalog& catalogue, std::span<const Item> items) : catalogue_(catalogue) {
    for (const Item& item : items) items_[item.id.value] = &item;
  }

  // Its text; empty: nothing is known of it.
  std::string_view id_of(TrackId track) const {
    if (const CatalogEntry* entry = catalogue_.find(track)) return entry->track_id;
    const Item* item = find(item_of(track));
    return item != nullptr ? item->name : std::string_view{};
  }

  // The name of a track or an artist, for readers; empty: none.
  std::string_view title_of(ItemId id) const {
    const CatalogEntry* entry = catalogue_.find(as_track(id));
    if (entry != nullptr && !entry->title.empty()) return entry->title;
    const HeldCatalog::Artist* artist = catalogue_.find(as_artist(id));
    if (artist != nullptr && !artist->name.empty()) return artist->name;
    const Item* item = find(id);
    return item != nullptr ? item->title : std::string_view{};
  }

 private:
  const Item* find(ItemId id) const {
    const auto found = items_.find(id.value);
    return found == items_.end() ? nullptr : found->second;
  }

  const HeldCatalog& catalogue_;
  std::unordered_map<std::uint64_t, const Item*> items_;
};

// Whether a name is gone.
bool name(Snapshot::Track& track, const Names& names) {
  bool gone = false;
  if (track.sent) {
    track.track_id = names.id_of(track.sent);
    if (track.titled) track.title = names.title_of(item_of(track.sent));
    if (track.by) track.artist = names.title_of(item_of(track.by));
    gone = track.track_id.empty() || (track.titled && track.title.empty()) ||
           (track.by && track.artist.empty());
  }
  if (!track.reason_of) return gone;
  const std::string_view end = names.title_of(track.reason_of);
  if (end.empty()) {
    track.reason.clear();
  } else {
    track.reason += end;
  }
  return gone || end.empty();
}

}  // namespace

std::vector<ItemId> unnamed(const Snapshot& list, const HeldCatalog& catalogue) {
  const Names names(catalogue, {});
  std::vector<ItemId> all;
  for (const Snapshot::Track& track : list.tracks) {
    const ItemId item = item_of(track.sent);
    const bool known = !track.titled || !names.title_of(item).empty();
    if (item && !(known && !names.id_of(track.sent).empty())) all.push_back(item);
    for (const ItemId named : {item_of(track.by), track.reason_of}) {
      if (named && names.title_of(named).empty()) all.push_back(named);
    }
  }
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

std::size_t give_names(Snapshot& list, const HeldCatalog& catalogue, std::span<const Item> items) {
  const Names names(catalogue, items);
  std::size_t gone = 0;
  for (Snapshot::Track& track : list.tracks) {
    if (name(track, names)) ++gone;
  }
  std::erase_if(list.tracks, [](const Snapshot::Track& track) { return track.track_id.empty(); });
  return gone;
}

}  // namespace segue::player
