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

// What one model showed, reduced to figures.
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
  Costs costs;

  const LaneSummary& mix() const { return lanes.front(); }
};

Summary summary_of(const Evaluated& result);

// The mix's figure over a baseline's; 0 where that has none.
double ratio(double mix, double baseline);

}  // namespace segue
