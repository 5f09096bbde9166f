#pragma once

#include <cstdint>

namespace segue {

// The models' tuning. Plain numbers: the core reads no configuration.
struct Tuning {
  std::int64_t k = 20;
  std::int64_t candidates_max = 300;
  double follow_half_life_days = 60;
  double trend_half_life_days = 14;
  double ranker_rate = 0.02;
  bool network = true;              // the ranker's second stage
  bool personal = true;             // every listener's own weights
  std::int64_t nearest = 10;        // tracks proposed as nearest; 0: none are looked for
  std::int64_t nearest_every = 16;  // rankings of a session that one search serves
  std::uint64_t sources_off = 0;    // by position in sources(): for ablations, no setting
  bool without_composed = false;    // nothing that a machine made is ranked: to learn, no setting
  std::int64_t models_held_max = 1'000'000;
  double diversity = 0;               // 0: by score alone, 1: by being unlike the rest alone
  std::int64_t artist_run_max = 5;    // tracks of one artist in a row in a list
  std::int64_t cool_down_tracks = 1;  // so many last tracks of the session step back; 0: none
  // A track that a loaded catalogue does not have is offered to others from so many listeners on;
  // so many have to agree on an artist that the catalogue has.
  std::int64_t listeners_min = 3;
  bool catalogue_only = false;  // it is never offered
  double exploration = 0.02;    // share of a list's places, from the fourth on
  // Tracks that may be composed: for one listener, at once and an hour; for all listeners
  // of a worker's thread, an hour.
  double composed_at_once = 3;
  double composed_an_hour = 6;
  double composed_an_hour_all = 600;
};

}  // namespace segue
