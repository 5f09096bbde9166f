#include "loadtest/evaluate/run/stream.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <unordered_set>
#include <utility>

#include "loadtest/evaluate/run/one_session.h"

namespace segue {
namespace {

// The simulator never ends by itself.
constexpr std::int64_t kSimulatedEvents = 60'000;

struct Left {
  Skipped of_listens;
  Skipped of_catalogue;
};

// Calls f(draft) for the events that are evaluated, until it returns false.
template <class F>
Left each(const EvaluateConfig& config, F&& f) {
  const Stream stream = open_stream(config);
  const auto most = static_cast<std::uint64_t>(config.events_max);
  std::uint64_t events = 0;
  while (most == 0 || events++ < most) {
    const auto draft = stream.listening->next();
    if (!draft || !f(*draft)) break;
  }
  return {.of_listens = stream.listening->skipped(), .of_catalogue = stream.catalog_skipped};
}

// Each track once, in an order that says nothing of when it is played.
std::vector<CatalogEntry> tracks_of(const std::string& listens, const std::string& format,
                                    Skipped& skipped) {
  const auto listening = open_listens(listens, format);
  std::unordered_set<std::string> known;
  std::vector<CatalogEntry> catalog;
  while (auto draft = listening->next()) {
    if (!known.insert(draft->track_id).second) continue;
    catalog.push_back({.track_id = draft->track_id,
                       .title = {},
                       .artist_id = draft->artist_id,
                       .artist = {},
                       .album = {},
                       .tags = {},
                       .mood = {},
                       .genre = {}});
  }
  skipped = listening->skipped();
  std::ranges::sort(catalog, {},
                    [](const CatalogEntry& entry) { return track_id(entry.track_id); });
  return catalog;
}

bool by_listener(const EvaluateConfig& config) {
  if (config.sessions_by == "listener") return true;
  if (config.sessions_by == "file") return false;
  throw std::runtime_error("evaluate.sessions_by: expected file or listener, not \"" +
                           config.sessions_by + "\"");
}

std::uint64_t part(double share, std::uint64_t all) {
  return static_cast<std::uint64_t>(share * static_cast<double>(all));
}

}  // namespace

Stream open_stream(const EvaluateConfig& config) {
  const bool one_session = by_listener(config);
  if (!config.listens.empty()) {
    Stream stream{open_listens(config.listens, config.format), {}, {}};
    if (one_session) stream.listening = std::make_unique<OneSession>(std::move(stream.listening));
    if (!config.catalogue.empty())
      stream.catalog = tracks_of(config.catalogue, config.format, stream.catalog_skipped);
    return stream;
  }
  Simulation simulation;
  simulation.seed = static_cast<std::uint64_t>(config.seed);
  simulation.events_max = config.events_max > 0 ? config.events_max : kSimulatedEvents;
  return {simulate(simulation), catalog_of(simulation), {}};
}

Extent measure(const EvaluateConfig& config, bool (*stopping)()) {
  Extent extent;
  std::uint64_t sessions = 0;
  const Left left = each(config, [&](const EventDraft& draft) {
    ++extent.events;
    sessions += draft.seq == 1 ? 1 : 0;
    return !stopping();
  });
  extent.skipped = left.of_listens;
  extent.catalogue_skipped = left.of_catalogue;
  if (extent.events == 0)
    throw std::runtime_error("there is nothing to evaluate: no listen was read");
  if (config.listens.empty() || (config.format != "sessions" && !by_listener(config))) {
    extent.scored_from = part(config.scored_from, extent.events);
    return extent;
  }
  const std::uint64_t first = part(config.scored_from, sessions);
  std::uint64_t begun = 0;
  each(config, [&](const EventDraft& draft) {
    begun += draft.seq == 1 ? 1 : 0;
    if (begun > first || stopping()) return false;
    ++extent.scored_from;
    return true;
  });
  return extent;
}

}  // namespace segue
