#include "tests/scenarios/stage.h"

#include <utility>

namespace segue::scenarios {

void Stage::receive(const Record& record) {
  Heard& heard = heard_[record.key.value_or("")];
  heard.refreshed = false;
  heard.signals.clear();
  heard.score.reset();
  heard.job.reset();
  const Result<Event> event = decoder_.decode(record);
  if (!event) {
    heard.outcome = Outcome::dead_letter;
    heard.dead_letter = event.error();
    return;
  }
  remember(*event);
  Effects effects = world_.play(*event);
  heard.outcome = effects.outcome;
  heard.dead_letter = std::move(effects.dead_letter);
  heard.signals = std::move(effects.signals);
  heard.score = effects.score;
  heard.job = std::move(effects.job);
  heard.refreshed = effects.recommendation.has_value();
  if (!heard.refreshed) return;
  heard.before = std::move(heard.list);
  heard.list = std::move(effects.recommendation);
}

void Stage::enrich(const CatalogEntry& entry) {
  names_[item_of(track_id(entry.track_id))] = entry.track_id;
  if (!entry.artist_id.empty()) names_[item_of(artist_id(entry.artist_id))] = entry.artist_id;
  world_.models().enrich(entry);
}

void Stage::take_down(const std::string& track) { world_.models().take_down(track_id(track)); }

const Heard* Stage::heard(const std::string& listener) const {
  const auto found = heard_.find(listener);
  return found == heard_.end() ? nullptr : &found->second;
}

std::string Stage::name_of(ItemId item) const {
  const auto found = names_.find(item);
  return found == names_.end() ? "an unnamed track" : found->second;
}

void Stage::remember(const Event& event) {
  if (event.track) names_[item_of(event.track)] = event.track_name;
  if (event.artist) names_[item_of(event.artist)] = event.artist_name;
}

}  // namespace segue::scenarios
