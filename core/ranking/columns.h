#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace segue {

// The description of a candidate: the three columns that every source has, all sources' logarithms
// first, then all that are relative, then all that are trusted; after them the sources' own
// columns, one source after the other. One table for features, reasons and stored weights.
struct ColumnLayout {
  std::vector<std::string> names;  // "<source>.<column>", in order
  std::vector<Eigen::Index> own;   // by source: the first of its own columns

  Eigen::Index log(std::size_t s) const { return static_cast<Eigen::Index>(s); }
  Eigen::Index relative(std::size_t s) const { return log(own.size() + s); }
  Eigen::Index trusted(std::size_t s) const { return log(2 * own.size() + s); }
};
const ColumnLayout& column_layout();

// Weights are stored with these, so that a build with other columns keeps those it knows.
inline constexpr std::size_t kColumnsMax = 1'024;
std::uint32_t column_hash(std::string_view name);
std::uint32_t column_layout_hash();

}  // namespace segue
