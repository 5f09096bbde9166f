#include "loadtest/evaluate/baselines/personal_repeat.h"

#include <algorithm>
#include <cmath>

namespace segue::baseline {
namespace {

// No listener hears a track twice in less; it keeps the power finite.
constexpr double kAgeMinS = 1;

}  // namespace

void PersonalRepeat::rank(const Moment& moment, std::vector<Track>& list) {
  for (const Heard& heard : at(listeners_, moment.listener)) {
    double level = 0;
    for (const Micros time : heard.times)
      level += 1 / std::sqrt(std::max(kAgeMinS, seconds_of(moment.now - time)));
    tally_.add(heard.track, static_cast<float>(level));
  }
  tally_.take_best(list);
}

void PersonalRepeat::hear(const Moment& before, Track track) {
  auto& all = at(listeners_, before.listener);
  auto known = std::ranges::find(all, track, &Heard::track);
  if (known == all.end()) {
    if (all.size() < kTracksMax) {
      known = all.emplace(known);
    } else {
      known = std::ranges::min_element(all, {}, [](const Heard& h) { return h.times.back(); });
    }
    *known = {.track = track, .times = {}};
  }
  if (known->times.size() == kTimesMax) known->times.erase(known->times.begin());
  known->times.push_back(before.now);
}

}  // namespace segue::baseline
