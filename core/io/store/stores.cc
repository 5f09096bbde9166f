#include "core/io/store/stores.h"

#include <string>

#include "core/check.h"
#include "core/io/log.h"
#include "core/io/settings/settings.h"
#include "core/io/store/folder_store.h"
#include "core/io/store/s3_store.h"

namespace segue::io {
namespace {

std::unique_ptr<FileStore> opened_bucket(const StoreConfig& config) {
  auto store = std::make_unique<S3Store>(config);
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
                    !config.s3_secret_key.empty() || !config.s3_ca.empty();
  if (half && config.s3_bucket.empty()) {
    throw SettingsError("store.s3_* are given without store.s3_bucket, which says to use them");
  }
  return !config.folder.empty() || !config.s3_bucket.empty();
}

std::unique_ptr<FileStore> opened_store(const StoreConfig& config) {
  SEGUE_CHECK(names_store(config));
  if (!config.s3_bucket.empty()) return opened_bucket(config);
  return std::make_unique<FolderStore>(config.folder, static_cast<std::uint64_t>(config.bytes_max));
}

}  // namespace segue::io
