#include "core/io/store/stores.h"

#include "core/check.h"
#include "core/io/store/folder_store.h"

namespace segue::io {

bool names_store(const StoreConfig& config) { return !config.folder.empty(); }

std::unique_ptr<FileStore> opened_store(const StoreConfig& config) {
  SEGUE_CHECK(names_store(config));
  return std::make_unique<FolderStore>(config.folder, static_cast<std::uint64_t>(config.bytes_max));
}

}  // namespace segue::io
