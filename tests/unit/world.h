#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/item/catalog.h"
#include "core/item/learn.h"
#include "core/step.h"

namespace segue::test {

inline constexpr Micros kNoon = 1'795'262'400 * kSecond;  // 2026-11-21T12:00:00Z

// A play's end as an app reports it; what a test cares about is changed on the returned event.
inline Event ended(EventType type, std::string_view track, std::string_view artist, Micros at) {
  Event event;
  event.type = type;
  event.user_id = "ada";
  event.track = track_id(track);
  event.track_name = track;
  event.artist = artist_id(artist);
  event.artist_name = artist;
  event.time = at;
  event.device_time = at;
  event.received = at;
  return event;
}

inline Event completed(std::string_view track, std::string_view artist, Micros at) {
  return ended(EventType::playback_completed, track, artist, at);
}
inline Event skipped(std::string_view track, std::string_view artist, Micros at) {
  return ended(EventType::playback_skipped, track, artist, at);
}
inline Event started(std::string_view track, std::string_view artist, Micros at) {
  return ended(EventType::playback_started, track, artist, at);
}

inline Event in_private(Event event) {
  event.private_session = true;
  return event;
}

// The catalogue's entry of a track; empty is unknown.
inline CatalogEntry entry(std::string track, std::string title, std::string artist = {},
                          std::string artist_name = {}) {
  CatalogEntry said;
  said.track_id = std::move(track);
  said.title = std::move(title);
  said.artist_id = std::move(artist);
  said.artist = std::move(artist_name);
  return said;
}

// The wire ids of a list, first first.
inline std::vector<std::string> tracks_of(const Recommendation& list) {
  std::vector<std::string> tracks;
  for (const RecommendedTrack& item : list.items) tracks.push_back(item.track_id);
  return tracks;
}

// One recommender and one trainer in lock step, without a broker: what an event teaches of items
// stands in the models before the next event. Offsets are given in the order of the calls.
class World {
 public:
  explicit World(const Tuning& tuning = {}) : tuning_(tuning), models_(tuning) {}

  Effects play(Event event) {
    event.offset = next_offset_++;
    OwnModels models{models_};
    Effects effects =
        step_held(listeners_[event.user_id], ranker_, event, models, tuning_, memory_);
    for (const ItemSignal& signal : effects.signals) teach(signal);
    return effects;
  }
  // Plays tracks to their end, one every three minutes from a time on.
  Effects play_all(const std::vector<std::pair<std::string, std::string>>& tracks, Micros from) {
    Effects last;
    for (const auto& [track, artist] : tracks) {
      last = play(completed(track, artist, from));
      from += 3 * kMinute;
    }
    return last;
  }
  void teach(const ItemSignal& signal) {
    for (const ItemId id : items_of(signal)) {
      Item& item = items_[id];
      learn(item, signal, tuning_);
      if (is_gone(item)) {
        models_.remove(id);
        items_.erase(id);
      } else {
        models_.put(model_of(item));
      }
    }
  }

  Listener& listener(const std::string& name = "ada") { return listeners_[name]; }
  const std::map<std::string, Listener>& listeners() const { return listeners_; }
  const Item* item(ItemId id) const {
    const auto found = items_.find(id);
    return found == items_.end() ? nullptr : &found->second;
  }
  ItemModels& models() { return models_; }
  Ranker& ranker() { return ranker_; }
  const Tuning& tuning() const { return tuning_; }

 private:
  Tuning tuning_;
  ItemModels models_;
  Ranker ranker_;
  RankingMemory memory_;
  std::map<std::string, Listener> listeners_;
  std::map<ItemId, Item> items_;
  std::int64_t next_offset_ = 0;
};

}  // namespace segue::test
