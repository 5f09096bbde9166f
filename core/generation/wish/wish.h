#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/generation/wish/specification.h"
#include "core/result.h"

namespace segue {

// The text by which a track that was composed for this wish is found again: `same_wish` of what was
// said, what was not said being the same for all. Errors: as `checked`.
Result<std::string> wish_of(const Wished& wished);

// A wish as a listener reads it: "calm jazz at 60 bpm in F# minor with piano". What was not said
// is left out; "music" where neither genre nor mood was.
std::string phrase_of(const Wished& wished);

// Where a wish stands among all wishes: `same_wish` in numbers, quick to compare.
struct WishPlace {
  Genre genre = Genre::ambient;
  Mood mood = Mood::calm;
  Key key = {};
  std::int16_t tempo = 0;         // in steps of about 6 %
  std::int16_t length = 0;        // in steps of about 12 %
  std::int16_t energy = 0;        // in fifths
  std::uint64_t instruments = 0;  // one bit each
  bool operator==(const WishPlace&) const = default;
};

// None: it is no text that `same_wish` wrote.
std::optional<WishPlace> place_of(std::string_view wish);

// How unlike two wishes are: 0 one track meets both, 1 they have nothing in common. Another genre
// is nothing in common.
float distance(const WishPlace& a, const WishPlace& b);

}  // namespace segue
