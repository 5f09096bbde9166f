#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/tuning.h"

namespace segue {

// Assigns listeners to one of two models that run side by side.
enum class Variant : std::uint8_t { control, trial };
inline constexpr std::size_t kVariants = 2;
inline constexpr std::string_view kControlName = "control";

// A trial of another tuning on a share of the listeners. All recommenders must be given the same.
struct Experiment {
  static constexpr std::size_t kNameBytesMax = 40;

  std::string name;  // of the trial: [a-z0-9_-], not "control"; empty: no experiment runs
  double share = 0;  // of the listeners who get the trial, 0 to 1
  Tuning trial;      // theirs; the others keep the usual one

  bool runs() const { return !name.empty(); }
  // "control" or the experiment's name; valid as long as the experiment.
  std::string_view name_of(Variant variant) const {
    return variant == Variant::control ? kControlName : std::string_view(name);
  }
};

// A variant's listeners fall into this many buckets. Listens of one listener resemble each other,
// buckets of many listeners hardly do: how far buckets differ says how sure a comparison is.
inline constexpr std::size_t kBuckets = 32;

struct Assignment {
  Variant variant = Variant::control;
  std::uint8_t bucket = 0;  // below kBuckets
  std::uint64_t hash = 0;   // of the listener in this experiment
};

// The listener's place in the experiment, by a hash (XXH3) of their id that the experiment's name
// salts: the same for every event and process, and drawn again under another name. While no
// experiment runs it is the control.
Assignment assign(const Experiment& experiment, std::string_view user_id);

}  // namespace segue
