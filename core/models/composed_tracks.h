#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "core/generation/wish/wish.h"
#include "core/ids.h"

namespace segue {

// The catalogue's composed tracks and the wishes that they were composed for; past kMax the one
// that came first is forgotten. Readers and the one writer are kept apart by the caller.
class ComposedTracks {
 public:
  static constexpr std::size_t kMax = 1'024;

  struct Track {
    ItemId id;
    WishPlace wish;
  };

  // A wish that cannot be read forgets the track.
  void put(ItemId track, std::string_view wish);
  void remove(ItemId track);
  // Latest last.
  std::span<const Track> all() const { return all_; }

 private:
  std::vector<Track> all_;
};

}  // namespace segue
