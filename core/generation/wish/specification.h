#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/generation/wish/vocabulary.h"
#include "core/result.h"

namespace segue {

// Bounds of what can be asked for.
inline constexpr float kSecondsMin = 5;
inline constexpr float kSecondsMax = 600;
inline constexpr int kTempoMin = 40;  // quarter notes a minute
inline constexpr int kTempoMax = 220;
inline constexpr std::size_t kInstrumentsMax = 6;
inline constexpr std::size_t kSpecificationBytesMax = 4096;

// A wish as said: empty and nothing mean "not said".
struct Wished {
  std::string genre = {};
  std::string mood = {};
  std::optional<int> tempo_bpm = {};
  std::string key = {};
  std::optional<float> seconds = {};
  std::vector<std::string> instruments = {};
  std::optional<float> energy = {};
  std::uint64_t seed = 0;
  bool operator==(const Wished&) const = default;
};

// One piece to compose, complete and free of contradictions: the same specification makes the same
// notes. Only `checked` and `decode_specification` make one that `compose` accepts.
struct Specification {
  Genre genre = Genre::ambient;
  Mood mood = Mood::calm;
  int tempo_bpm = 70;  // kTempoMin to kTempoMax; the piece may bend it by 1 %
  Key key = {};
  float seconds = 60;                     // kSecondsMin to kSecondsMax, in tenths
  std::vector<InstrumentId> instruments;  // 1 to kInstrumentsMax, each once, in the order said
  float energy = 0.5F;                    // 0 (still) to 1 (as loud and dense as the genre gets)
  std::uint64_t seed = 0;
  bool operator==(const Specification&) const = default;
};

// Completes a wish and checks it. What was not said follows from genre, mood and seed alone.
// Errors: bad_field, one line that names the field, the reason and a remedy.
Result<Specification> checked(const Wished& wished);

// Compact JSON; the seed is text, since 64 bits do not fit a number of JavaScript.
std::string encode(const Specification& specification);

// Reads a wish: the fields of `encode`, each of which may be missing. Strict: an unknown field, a
// field said twice or one of the wrong kind is an error, since what is ignored would make another
// piece than was wished. Errors: malformed, too_large, too_deep, bad_field.
Result<Wished> decode_wished(std::string_view json);
// `decode_wished`, then `checked`.
Result<Specification> decode_specification(std::string_view json);

// The same for pieces that would satisfy the same wish: without the seed, tempo in steps of about
// 6 %, length in steps of about 12 %, energy in fifths, instruments in any order. At most 300 bytes
// of small letters, digits and `|,.`; the words of a listener do not stand in it.
std::string same_wish(const Specification& specification);

}  // namespace segue
