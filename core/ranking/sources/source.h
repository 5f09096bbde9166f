#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/list/texts.h"
#include "core/ranking/candidates.h"
#include "core/ranking/query.h"

namespace segue {

// A way to think of tracks: it proposes candidates with a raw score, describes each candidate in
// columns that the ranker weighs, and says in words why. A source is one file in this folder and
// one line in sources.cc. Its functions are pure.
//
// Every source has three columns: `scale * log(1 + gain * raw)`, raw relative to the ranking's
// largest, and that times how well the source did for this listener lately. `columns` are its own,
// on top.
struct Source {
  std::string_view name;  // on the wire; never renamed
  float scale = 0.25F;
  float gain = 50;
  // Weights a new partition starts from, of the three columns that every source has.
  float prior_log = 1;
  float prior_relative = 0.5F;
  void (*propose)(const Query&, std::size_t source, Candidates&) = nullptr;
  bool from_context = true;  // proposes because of what is being heard
  bool when_few = false;     // is asked only if those before it, from the context, propose few
  std::span<const std::string_view> columns = {};
  std::span<const float> priors = {};  // weights to start from of its own columns; empty: 0
  // Writes columns.size() numbers, about -1 to 1. Null: it has none. `source` is its own place
  // among `sources`, in this and the others.
  void (*describe)(const Query&, const Candidate&, std::size_t source, float* columns) = nullptr;
  // "Played after Blue in Green", as it stands or put together in the last. Called for published
  // tracks only.
  std::string_view (*because)(const Query&, const Candidate&, std::size_t source, Texts&) = nullptr;
};

// The words before the item's title, and it; or else the other words: no id is shown to a reader.
std::string_view with_title(Texts& texts, std::string_view before, const ItemModels::Model& item,
                            std::string_view otherwise);
// The same with a track in the context.
std::string_view with_title(Texts& texts, std::string_view before, const Query& query,
                            const Query::Past& past, std::string_view otherwise);

extern const Source kNext;
extern const Source kFollows;
extern const Source kRepeats;
extern const Source kArtist;
extern const Source kTrending;
extern const Source kSkips;
extern const Source kTogether;
extern const Source kArtists;
extern const Source kOwn;
extern const Source kNearest;
extern const Source kCatalogue;
extern const Source kAgreement;
extern const Source kSessions;

// All of them. Their order is their position in a listener's source_credit: new ones go last.
std::span<const Source* const> sources();

}  // namespace segue
