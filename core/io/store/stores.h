#pragma once

#include <memory>

#include "core/io/store/file_store.h"
#include "core/music_config.h"

namespace segue::io {

// Whether the settings say where composed files are kept.
bool names_store(const StoreConfig& config);

// The store that they name, a folder or a bucket of S3. Throws SettingsError for settings that
// contradict each other, std::runtime_error where the folder cannot be made or the bucket refuses
// us; a server that is only away is logged. Requires: names_store(config).
std::unique_ptr<FileStore> opened_store(const StoreConfig& config);

}  // namespace segue::io
