#pragma once

#include <memory>

#include "core/io/store/file_store.h"

namespace segue::io {

class StoreMetrics;

// Counts and times what is asked of another store, and changes nothing of it.
class MeasuredStore final : public FileStore {
 public:
  // `metrics` outlives this.
  MeasuredStore(std::unique_ptr<FileStore> store, std::uint64_t bytes_max, StoreMetrics& metrics);

  std::string put(std::string_view bytes, std::string_view ending) override;
  std::optional<std::string> get(std::string_view key) override;
  bool has(std::string_view key) override;
  std::unique_ptr<StoredFile> open(std::string_view key) override;
  void count_as_played(std::string_view key) override { store_->count_as_played(key); }
  Reading reading() const override { return store_->reading(); }
  void join(const std::vector<std::string>& keys) override;
  void remove(std::string_view key) override;
  std::vector<std::string> make_room(std::uint64_t bytes,
                                     const BeforeRemoval& before = {}) override;
  std::optional<Held> held() const override { return store_->held(); }

 private:
  const std::unique_ptr<FileStore> store_;
  StoreMetrics& metrics_;
};

}  // namespace segue::io
