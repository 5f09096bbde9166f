#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/generation/label/ai_music.h"
#include "core/generation/trials.h"
#include "core/time.h"

namespace segue {

// Where the next music comes from. The names travel in jobs, decisions and metrics.
enum class Course : std::uint8_t {
  search,     // the catalogue
  reuse,      // a track that was composed for the same wish
  repurpose,  // a new track after one that was composed for nearly the same wish
  generate,   // a new track
};
std::string_view name_of(Course choice);

// Why. The names travel as well.
enum class Rule : std::uint8_t {
  setting,    // the listener does not want composed music
  budget,     // nothing may be composed now, though it would be
  unknown,    // what was asked for is nothing that the composer can make
  request,    // the listener asked for a track to be composed, or accepted the offer
  fits,       // the catalogue is good enough
  no_match,   // nothing in the catalogue is what was asked for
  skips,      // the catalogue fits badly, and the listener skips
  exhausted,  // the catalogue fits badly, and the listener has just heard the best of it
  otherwise,  // the catalogue fits badly, but nothing says that the listener minds
  forced,     // drawn against the rules, to learn what the other choice is worth
};
inline constexpr std::size_t kRules = 10;
std::string_view name_of(Rule rule);

// The inputs of a decision. All of it follows from the listener, the event and the models, but for
// the generators' lag.
struct Signals {
  AiMusic setting;
  bool requested = false;  // the event asks for a composed track, or accepts an offer
  bool wish = false;       // a request for a kind of music stands
  // How well the best tracks of the list, after all hard rules, meet what was asked for and how
  // sure the ranking is of them: 0 to 1. The same for those that are new to the listener.
  float fit = 1;
  float unheard_fit = 1;
  float match = 1;                // of it the part of what was asked for alone; 1 where nothing was
  float heard_share = 0;          // of the 100 best candidates, played within 14 days: 0 to 1
  std::uint32_t early_skips = 0;  // in a row, up to now
  // To the wish from the nearest track that was ever composed: 0 the same, 1 nothing like it.
  float distance = 1;
  bool known = true;        // the composer can make it
  float budget = 0;         // tracks that may be composed for this listener now
  float global_budget = 0;  // and for all of them
  // How long the oldest job has been waiting for a generator; none: it is not known.
  std::optional<float> lag_s = {};
  bool composing = false;  // the latest decision for this listener was to compose
  bool operator==(const Signals&) const = default;
};

// Fits at which decisions turn, from the fits of real requests.
struct Bars {
  float high = 1;   // from here on the catalogue is good enough
  float low = 0;    // below it composing wins, if anything says that the listener minds
  float leave = 0;  // from here on it ends, once begun: above `low`, so that choices do not flicker
  bool operator==(const Bars&) const = default;
};

struct DecisionRules {
  double high_quantile = 0.5;
  double low_quantile = 0.1;
  double leave_quantile = 0.2;
  double forced_share = 0.02;    // each way
  std::uint32_t skips_min = 2;   // early ones in a row
  float heard_share_min = 0.8F;  // of the best 100
  float same_distance = 0.05F;   // up to here a composed track is what was asked for
  float near_distance = 0.25F;   // up to here it can be varied
  float lag_halves_s = 60;       // so much lag halves the bar below which composing wins
};

// A choice and all that it was made from: what is published of it, and what a job carries.
struct Decision {
  Course choice = Course::search;
  Rule rule = Rule::fits;
  Course unforced = Course::search;  // by the rules alone
  double propensity = 1;             // how likely this choice was to be made
  Signals signals;
  Bars bars;
  bool operator==(const Decision&) const = default;
};

// `draw` is from 0 to 1 and follows from the event, so that a replay decides alike. A choice is
// forced only where both were possible: never against the listener's setting, a request of theirs
// or a budget. Pure.
Decision decide(const Signals& signals, const Bars& bars, const DecisionRules& rules, double draw);

// A number from 0 to 1, below 1, that follows from a hash.
double draw_of(std::uint64_t hash);

// Quantiles of a stream of numbers from 0 to 1 in bounded memory: counts in equal bins, halved when
// there are many, so that what was long ago fades. Before anything came all numbers are as likely.
class Quantiles {
 public:
  static constexpr std::size_t kBins = 64;
  static constexpr std::uint32_t kHalvedAt = 8'192;

  Quantiles();
  void add(float value);
  // For a share from 0 to 1, interpolated within a bin.
  float at(double quantile) const;

 private:
  std::array<std::uint16_t, kBins> counts_{};
  std::uint32_t all_ = 0;
};

Bars bars_of(const Quantiles& fits, const DecisionRules& rules);

// How many may be had now: filled up by time, to `size` at most. Time is that of events, so that a
// replay finds the same; time that runs backwards fills nothing.
struct TokenBucket {
  float tokens = 0;
  Micros filled = 0;  // 0: never, it is full

  void fill(Micros now, double per_hour, double size);
  // False, and nothing changes, if there is less than one.
  bool take();
  bool operator==(const TokenBucket&) const = default;
};

// The knowledge that decisions of one thread have of all its listeners: how well requests were met,
// how many tracks may be composed for all of them, and the trials that are under way. Begins afresh
// with the process: the bars then stand as if all fits were as likely, and the bucket is full.
struct DecisionMemory {
  Quantiles fits;
  TokenBucket budget;
  Trials trials;
};

}  // namespace segue
