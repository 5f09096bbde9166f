#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "loadtest/evaluate/evaluation.h"

namespace segue {

// The stream in so many windows of equally many events.
inline constexpr std::size_t kWindows = 40;

struct Curve {
  std::string name;
  std::vector<Quality> windows;  // kWindows
};
// How each model did over the stream, all that was predicted and kept. Requires: at least one lane.
std::vector<Curve> curves_of(const Evaluated& result);

// HR@20 and MRR@20 of each curve as an SVG that needs nothing else, for light and dark pages.
// `caption` says what the stream is; any text.
std::string svg_of(const std::vector<Curve>& curves, std::uint64_t events,
                   std::string_view caption);

}  // namespace segue
