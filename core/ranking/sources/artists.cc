#include <algorithm>
#include <array>
#include <cmath>

#include "core/ranking/sources/source.h"

namespace segue {
namespace {

constexpr std::size_t kArtistsProposed = 6;
constexpr std::size_t kTracksOfEach = 10;
constexpr std::size_t kContextAsked = 5;

struct Wanted {
  ItemModels::Slot artist = ItemModels::kNone;
  float weight = 0;
  std::size_t from = 0;
};

// Sums by artist in a small open list: six of the context's last five with up to 24 relations each.
class WantedArtists {
 public:
  void add(ItemModels::Slot artist, float weight, std::size_t from) {
    const auto end = all_.begin() + static_cast<std::ptrdiff_t>(size_);
    const auto found =
        std::find_if(all_.begin(), end, [&](const Wanted& w) { return w.artist == artist; });
    if (found != end) {
      found->weight += weight;
    } else if (size_ < all_.size()) {
      all_[size_++] = {artist, weight, from};
    }
  }
  std::span<const Wanted> best(std::size_t n) {
    const auto end = all_.begin() + static_cast<std::ptrdiff_t>(size_);
    n = std::min(n, size_);
    std::partial_sort(all_.begin(), all_.begin() + static_cast<std::ptrdiff_t>(n), end,
                      [](const Wanted& a, const Wanted& b) {
                        return a.weight != b.weight ? a.weight > b.weight : a.artist < b.artist;
                      });
    return {all_.data(), n};
  }

 private:
  std::array<Wanted, 128> all_;
  std::size_t size_ = 0;
};

// The best tracks of artists heard in the sessions of the context's artists:
// sum over d <= 5 of w_d A[artist d][artist] / (total + 2), times the track's share of the artist.
void propose(const Query& query, std::size_t source, Candidates& candidates) {
  const auto context = query.context();
  WantedArtists wanted;
  for (std::size_t i = 0; i < std::min(context.size(), kContextAsked); ++i) {
    if (context[i].artist_slot == ItemModels::kNone) continue;
    const ItemModels::Model& artist = query.models()[context[i].artist_slot];
    const float weight = context[i].weight / (artist.related_total + 2);
    for (const ItemModels::Related& related : artist.related) {
      wanted.add(related.slot, related.weight * weight, i);
    }
  }
  for (const Wanted& one : wanted.best(kArtistsProposed)) {
    const ItemModels::Model& artist = query.models()[one.artist];
    const float weight = one.weight / (artist.follows_total + 2);
    const std::size_t tracks = std::min(artist.links.size(), kTracksOfEach);
    for (std::size_t j = 0; j < tracks; ++j) {
      candidates.add(artist.links[j].slot, source, artist.links[j].follows * weight, one.from);
    }
  }
}

std::string_view because(const Query& query, const Candidate& candidate, std::size_t source,
                         Texts& texts) {
  const Query::Past& past = query.context()[candidate.from[source]];
  const ItemModels::Model& artist = query.models()[past.artist_slot];
  if (query.models().is_common(past.artist_slot)) {
    return with_title(texts, "For listeners of ", artist, "For listeners of an artist you play");
  }
  return with_title(texts, "Heard with ", artist, "Heard with an artist you play");
}

}  // namespace

const Source kArtists{.name = "artists",
                      .prior_log = 0.3F,
                      .prior_relative = 0.2F,
                      .propose = propose,
                      .because = because};

}  // namespace segue
