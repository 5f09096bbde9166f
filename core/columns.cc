#include "core/columns.h"

#include "core/ids.h"
#include "core/sources/source.h"

namespace segue {
namespace {

ColumnLayout make_layout() {
  ColumnLayout layout;
  for (std::size_t i = 0; i < sources().size(); ++i) {
    const Source& source = *sources()[i];
    const std::string prefix = std::string(source.name) + ".";
    layout.first.push_back(static_cast<Eigen::Index>(layout.names.size()));
    for (const std::string_view common : {"log", "relative", "trusted"}) {
      layout.names.push_back(prefix + std::string(common));
    }
    for (const std::string_view own : source.columns) {
      layout.names.push_back(prefix + std::string(own));
    }
    layout.source.resize(layout.names.size(), i);
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
