#include <algorithm>
#include <array>

#include "core/ranking/sources/source.h"

namespace segue {
namespace {

constexpr std::array<std::string_view, 4> kColumns = {"unplayed", "same_genre", "same_mood",
                                                      "same_kind_as_last"};
constexpr std::size_t kArtistsAsked = 3;
constexpr std::size_t kKindsAsked = 3;
constexpr std::size_t kOfEach = 6;
constexpr std::size_t kOfAskedFor = 40;

// From another place each time, so that each is shown to somebody.
std::size_t turn_of(const Query& query) {
  return static_cast<std::size_t>(query.listener().listens * 31 + query.listener().session.value);
}

template <class Slots>
void add_some(const Query& query, const Slots& slots, std::size_t source, float raw,
              std::size_t from, Candidates& candidates) {
  const std::size_t n = slots.size();
  std::size_t added = 0;
  const std::size_t turn = turn_of(query);
  for (std::size_t i = 0; i < n && added < kOfEach; ++i) {
    const ItemModels::Slot slot = slots[(turn + i) % n];
    if (query.models()[slot].listeners > 0) continue;  // played since: others know it now
    if (candidates.add(slot, source, raw, from) != nullptr) ++added;
  }
}

template <class Add>
void add_genres_heard(const Query& query, Add add) {
  std::array<std::uint32_t, kKindsAsked> seen{};
  const auto context = query.context();
  for (std::size_t i = 0; i < std::min(context.size(), kKindsAsked); ++i) {
    if (context[i].slot == ItemModels::kNone) continue;
    const std::uint32_t genre = query.models()[context[i].slot].genre;
    if (genre == 0 || std::ranges::find(seen, genre) != seen.end()) continue;
    seen[i] = genre;
    add(query.models().of_genre(genre));
  }
}

// Tracks that the listener asked for by name, whether others have played them or not.
void propose_asked(const Query& query, std::size_t source, Candidates& candidates) {
  const auto& request = query.listener().request;
  if (!request) return;
  const auto add = [&](std::span<const ItemModels::Slot> all) {
    std::size_t added = 0;
    for (std::size_t i = 0; i < all.size() && added < kOfAskedFor; ++i) {
      const ItemModels::Slot slot = all[(turn_of(query) + i) % all.size()];
      if (candidates.add(slot, source, 1) != nullptr) ++added;
    }
  };
  if (request->genre != 0) add(query.models().of_genre(request->genre));
  if (request->mood != 0) add(query.models().of_mood(request->mood));
  if (query.filtered() == nullptr || request->genre != 0) return;
  // Most of what other sources have does not get through: these are asked for many.
  const Filter& filter = query.filtered()->filter();
  for (const std::uint32_t genre : filter.genres) add(query.models().of_genre(genre));
  if (filter.genres.empty()) add_genres_heard(query, add);
}

// Tracks that were never played yet, of the artists and of the kinds of music in the context: only
// the catalogue can propose it.
void propose(const Query& query, std::size_t source, Candidates& candidates) {
  propose_asked(query, source, candidates);
  const auto context = query.context();
  const ItemModels& models = query.models();
  for (std::size_t i = 0; i < std::min(context.size(), kArtistsAsked); ++i) {
    if (context[i].artist_slot == ItemModels::kNone) continue;
    if (i > 0 && context[i].artist_slot == context[i - 1].artist_slot) continue;
    add_some(query, models[context[i].artist_slot].unplayed, source, context[i].weight, i,
             candidates);
  }
  for (std::size_t i = 0; i < std::min(context.size(), kKindsAsked); ++i) {
    if (context[i].slot == ItemModels::kNone) continue;
    const ItemModels::Model& track = models[context[i].slot];
    add_some(query, models.shelf(track.genre, track.mood), source, 0.5F * context[i].weight, i,
             candidates);
  }
}

void describe(const Query& query, const Candidate& candidate, std::size_t, float* columns) {
  const ItemModels::Model& track = query.models()[candidate.slot];
  columns[0] = track.listeners == 0 ? 1.0F : 0.0F;
  if (track.genre == 0 && track.mood == 0) return;
  float all = 0;
  for (const Query::Past& past : query.context()) {
    if (past.slot == ItemModels::kNone) continue;
    const ItemModels::Model& other = query.models()[past.slot];
    all += past.weight;
    if (other.genre == track.genre) columns[1] += past.weight;
    if (other.mood == track.mood) columns[2] += past.weight;
    if (&past == query.context().data()) {
      columns[3] = other.genre == track.genre && other.mood == track.mood ? 1.0F : 0.0F;
    }
  }
  if (all <= 0) return;
  columns[1] /= all;
  columns[2] /= all;
}

std::string_view because(const Query& query, const Candidate& candidate, std::size_t source,
                         Texts& texts) {
  const ItemModels::Model& track = query.models()[candidate.slot];
  const auto& request = query.listener().request;
  if (request && request->genre != 0 && track.genre == request->genre) return "The genre you chose";
  if (request && request->mood != 0 && track.mood == request->mood) return "The mood you chose";
  if (request && std::ranges::binary_search(request->filter.genres, track.genre)) {
    return "A genre you chose";
  }
  if (track.listeners > 0 || candidate.raw[source] == 0) return "More of what you are hearing";
  if (query.context().empty()) return "Not played by anybody yet";
  const Query::Past& past = query.context()[candidate.from[source]];
  if (track.artist_slot != ItemModels::kNone && track.artist_slot == past.artist_slot) {
    return with_title(texts, "New from ", query.models()[track.artist_slot],
                      "New from an artist you are hearing");
  }
  return "New, and like what you are hearing";
}

}  // namespace

const Source kCatalogue{.name = "catalogue",
                        .gain = 5,
                        .prior_log = 0.2F,
                        .prior_relative = 0,
                        .propose = propose,
                        .columns = kColumns,
                        .describe = describe,
                        .because = because};

}  // namespace segue
