#pragma once

#include "core/composing/consider.h"

// How well a list is what its listener wants.
namespace segue {

struct Fit {
  float all = 0;      // Signals::fit
  float unheard = 0;  // Signals::unheard_fit
  float match = 1;    // Signals::match
};
Fit fit_of(const Occasion& at);

// The share of the 100 best candidates that the listener played within 14 days: 0 to 1.
float heard_share(const Occasion& at);
// Whether so large a share of the list itself was: quickly found, where the other has to sort.
bool has_heard_list(const Occasion& at, float share);

// The session's kind of music, where the listener did not say it: the composer's genre and mood
// that most of its tracks have. Nothing is said where they have none.
Wished wished_by_taste(const Query& query);

}  // namespace segue
