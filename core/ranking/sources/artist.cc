#include <algorithm>
#include <array>
#include <cmath>

#include "core/math/approximate.h"
#include "core/ranking/sources/source.h"

namespace segue {
namespace {

constexpr std::array<std::string_view, 12> kColumns = {
    "same_as_last",    "same_x_run",           "same_x_stay", "session_share",
    "log_plays",       "artist_share",         "new_artist",  "same_x_artist_stay",
    "share_of_artist", "same_x_session_stays", "returning",   "before_last"};
// Artists of the context beyond the latest count less than 1/distance says: who changes the artist
// has reasons.
constexpr float kEarlierArtist = 0.3F;
constexpr std::size_t kArtistsAsked = 4;
constexpr std::size_t kTracksOfEarlier = 20;

// Tracks of the artists of the context, by their share of the artist's fading plays.
void propose(const Query& query, std::size_t source, Candidates& candidates) {
  const auto context = query.context();
  std::array<ItemModels::Slot, kArtistsAsked> asked{};
  std::size_t asked_size = 0;
  for (std::size_t i = 0; i < context.size() && asked_size < kArtistsAsked; ++i) {
    const ItemModels::Slot slot = context[i].artist_slot;
    const auto end = asked.begin() + static_cast<std::ptrdiff_t>(asked_size);
    if (slot == ItemModels::kNone || std::find(asked.begin(), end, slot) != end) continue;
    const bool latest = asked_size == 0;
    asked[asked_size++] = slot;
    const ItemModels::Model& artist = query.models()[slot];
    const float weight =
        (latest ? 1 : kEarlierArtist * context[i].weight) / (artist.follows_total + 2);
    const std::size_t tracks =
        latest ? artist.links.size() : std::min(artist.links.size(), kTracksOfEarlier);
    for (std::size_t j = 0; j < tracks; ++j) {
      candidates.add(artist.links[j].slot, source, artist.links[j].follows * weight, i);
    }
  }
}

void describe(const Query& query, const Candidate& candidate, std::size_t, float* columns) {
  const ItemModels::Model& track = query.models()[candidate.slot];
  const ArtistId artist = track.artist;
  if (!artist || query.context().empty()) return;
  const bool artist_known = track.artist_slot != ItemModels::kNone;
  if (artist_known) {
    columns[8] =
        exp2_about(std::min(0.0F, track.log2_plays - query.models()[track.artist_slot].log2_plays));
  }
  const Query::KnownArtist& known = query.known(artist);
  if (artist == query.context().front().artist) {
    const auto run = static_cast<float>(query.artist_run());
    columns[0] = 1;
    columns[1] = 0.5F * log1p_about(run);
    columns[2] = query.listener().stay_share;
    if (artist_known) columns[7] = query.models()[track.artist_slot].stay;
    columns[9] = query.stays();
  } else if (known.here) {  // so there is a track before the latest
    columns[10] = query.returns();
    const Query::Past& before = query.context()[1];
    columns[11] = before.in_session && before.artist == artist ? 1.0F : 0.0F;
  }
  columns[3] = known.session;
  columns[4] = 0.4F * log1p_about(known.plays);
  columns[5] = known.share;
  columns[6] = known.plays > 0 ? 0.0F : 1.0F;
}

std::string_view because(const Query& query, const Candidate& candidate, std::size_t,
                         Texts& texts) {
  const ItemModels::Model& track = query.models()[candidate.slot];
  if (track.artist_slot == ItemModels::kNone) return "The artist is not known";
  const ItemModels::Model& artist = query.models()[track.artist_slot];
  if (query.known(track.artist).plays > 0) {
    return with_title(texts, "Because you like ", artist, "Because you like this artist");
  }
  return with_title(texts, "By ", artist, "By this artist");
}

}  // namespace

const Source kArtist{.name = "artist",
                     .propose = propose,
                     .columns = kColumns,
                     .describe = describe,
                     .because = because};

}  // namespace segue
