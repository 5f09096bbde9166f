#include "core/ranking/columns.h"

#include "core/ids.h"
#include "core/ranking/sources/source.h"

namespace segue {
namespace {

ColumnLayout make_layout() {
  ColumnLayout layout;
  const auto add = [&](std::size_t source, std::string_view column) {
    layout.names.push_back(std::string(sources()[source]->name) + "." + std::string(column));
  };
  for (const std::string_view common : {"log", "relative", "trusted"}) {
    for (std::size_t s = 0; s < sources().size(); ++s) add(s, common);
  }
  for (std::size_t s = 0; s < sources().size(); ++s) {
    layout.own.push_back(static_cast<Eigen::Index>(layout.names.size()));
    for (const std::string_view column : sources()[s]->columns) add(s, column);
  }
  return layout;
}

std::uint32_t hash_all() {
  std::string all;
  for (const std::string& name : column_layout().names) all += name + "\n";
  return column_hash(all);
}

}  // namespace

const ColumnLayout& column_layout() {
  static const ColumnLayout kLayout = make_layout();
  return kLayout;
}

std::uint32_t column_hash(std::string_view name) {
  return static_cast<std::uint32_t>(track_id(name).value);
}

std::uint32_t column_layout_hash() {
  static const std::uint32_t kHash = hash_all();
  return kHash;
}

}  // namespace segue
