#pragma once

#include <memory>

#include "core/io/store/file_store.h"
#include "core/io/store/s3_request.h"
#include "core/music_config.h"

namespace segue::io {

class StoreMetrics;

// Whether the settings say where composed files are kept.
bool names_store(const StoreConfig& config);

// The store that they name, a folder or a bucket of S3, which counts in `metrics`; these outlive
// it. `stopping`: whether the program stops; empty: never. Throws SettingsError for settings that
// contradict each other, std::runtime_error where the folder cannot be made or the bucket refuses
// us; a server that is only away is logged. Requires: names_store(config).
std::unique_ptr<FileStore> opened_store(const StoreConfig& config, StoreMetrics& metrics,
                                        GiveUp stopping = {});

}  // namespace segue::io
