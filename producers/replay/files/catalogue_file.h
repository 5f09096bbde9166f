#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/item/catalog.h"
#include "core/result.h"
#include "producers/replay/files/rows.h"

namespace segue {

// Reads a file of tracks, plain or gzip, a track a row: JSON lines as in
// schemas/catalog-entry.v1.json, or CSV whose header names fields of it in any order (tags
// separated by semicolons). Rows that cannot be used are left out, with the reason, up to 1 % of
// them. One thread.
class CatalogueFile {
 public:
  // Throws std::runtime_error for a file that cannot be read or is of another kind.
  explicit CatalogueFile(const std::string& path);

  // The next track; none at the end. Throws as Rows::next does.
  std::optional<CatalogEntry> next();
  const Skipped& skipped() const { return rows_.skipped(); }
  double progress() const { return rows_.progress(); }

 private:
  Result<CatalogEntry> read(std::string_view row) const;

  Rows rows_;
  std::vector<std::string> columns_;  // empty: JSON lines
  std::string first_;                 // of JSON lines, where the first line is a row
};

}  // namespace segue
