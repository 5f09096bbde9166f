#include "core/io/store/stores.h"

#include <string>
#include <utility>

#include "core/check.h"
#include "core/io/log.h"
#include "core/io/metrics/store_metrics.h"
#include "core/io/settings/settings.h"
#include "core/io/store/folder_store.h"
#include "core/io/store/measured_store.h"
#include "core/io/store/s3_store.h"

namespace segue::io {
namespace {

std::unique_ptr<FileStore> opened_bucket(const StoreConfig& config, GiveUp stopping) {
  auto store = std::make_unique<S3Store>(config, std::move(stopping));
  try {
    store->look();
  } catch (const S3Away& away) {
    log::warn("Composed files cannot be kept or read yet.", {{"error", std::string(away.what())}});
  }
  return store;
}

}  // namespace

bool names_store(const StoreConfig& config) {
  const bool half = !config.s3_endpoint.empty() || !config.s3_access_key.empty() ||
                    !config.s3_secret_key.empty() || !config.s3_ca.empty() ||
                    config.s3_prefix != StoreConfig{}.s3_prefix;
  if (half && config.s3_bucket.empty()) {
    throw SettingsError("store.s3_* are given without store.s3_bucket, which says to use them");
  }
  return !config.folder.empty() || !config.s3_bucket.empty();
}

std::unique_ptr<FileStore> opened_store(const StoreConfig& config, StoreMetrics& metrics,
                                        GiveUp stopping) {
  SEGUE_CHECK(names_store(config));
  const auto bytes_max = static_cast<std::uint64_t>(config.bytes_max);
  std::unique_ptr<FileStore> store;
  if (config.s3_bucket.empty()) {
    store = std::make_unique<FolderStore>(config.folder, bytes_max);
  } else {
    store = opened_bucket(config, std::move(stopping));
  }
  return std::make_unique<MeasuredStore>(std::move(store), bytes_max, metrics);
}

}  // namespace segue::io
