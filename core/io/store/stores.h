#pragma once

#include <memory>

#include "core/io/store/file_store.h"
#include "core/music_config.h"

namespace segue::io {

// Whether the settings say where composed files are kept.
bool names_store(const StoreConfig& config);

// The store that they name. Throws std::runtime_error where it cannot be used. Requires:
// names_store(config).
std::unique_ptr<FileStore> opened_store(const StoreConfig& config);

}  // namespace segue::io
