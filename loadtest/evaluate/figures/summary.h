#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loadtest/evaluate/evaluation.h"
#include "loadtest/evaluate/figures/bootstrap.h"

namespace segue {

// The groups that figures are split by, with their names for people and for machines.
struct NamedGroup {
  Group group;
  std::string_view text;
  std::string_view json;
};
inline constexpr std::array kGroups = {
    NamedGroup{kAnyListen, "all", "all"},
    NamedGroup{kNewToListener, "new to listener", "new_to_listener"},
    NamedGroup{kRepeat, "repeats", "repeats"},
    NamedGroup{kFirstListens, "first 5 listens", "first_listens"},
    NamedGroup{kFirstThree, "first 3 listens", "first_three"},
    NamedGroup{kRareTrack, "rare tracks", "rare_tracks"},
    // Without a catalogue a hit here would be foresight.
    NamedGroup{kUnseenTrack, "never played yet", "unseen_tracks"}};

// The kinds of targets, in the order of `Kind`.
struct NamedKind {
  std::string_view text;
  std::string_view json;
};
inline constexpr std::array<NamedKind, kKinds> kKindNames = {
    NamedKind{"repeat", "repeat"},
    NamedKind{"new, by the latest track's artist", "last_artist"},
    NamedKind{"new, by another artist of the session", "session_artist"},
    NamedKind{"new, by an artist heard before", "known_artist"},
    NamedKind{"new, by another artist", "other"},
    NamedKind{"never played, by the latest track's artist", "unseen_last_artist"},
    NamedKind{"never played, by another artist", "unseen"}};

// Why listens that count were missed: shares of the misses; 0 where there were none.
struct Misses {
  std::uint64_t all = 0;
  double never_played = 0;  // by anyone before, and not proposed
  double not_proposed = 0;  // played before, but by no source
  double ranked_below = 0;  // a candidate, but not among the first kDepth
};

// Where the mix's hits end.
struct Ends {
  std::array<Quality, kKinds> quality;  // by kind
  Misses misses;
};
Ends ends_of(const Evaluated& result);

// One model's results, reduced to figures.
struct LaneSummary {
  std::string name;
  std::array<Quality, kGroups.size()> quality;  // by position in kGroups
  std::array<Estimates, kGroups.size()> sure;
  std::uint64_t tracks_shown = 0;
  double coverage = 0;
  double gini = 0;
  double popularity_lift = 0;
  std::optional<double> diversity;

  const Quality& all() const { return quality.front(); }
};

struct Summary {
  std::vector<LaneSummary> lanes;  // the mix first, then the baselines
  std::uint64_t events = 0;
  std::uint64_t listeners = 0;
  std::uint64_t tracks = 0;
  std::uint64_t items = 0;
  double unseen_share = 0;  // of the targets: never played by anyone before
  Ends ends;
  Costs costs;

  const LaneSummary& mix() const { return lanes.front(); }
};

Summary summary_of(const Evaluated& result);

// The mix's figure over a baseline's; 0 where that has none.
double ratio(double mix, double baseline);

}  // namespace segue
