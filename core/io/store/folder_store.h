#pragma once

#include <mutex>
#include <string>

#include "core/io/store/file_store.h"

namespace segue::io {

// A store in a folder: FOLDER/5f/5f1c....flac, and 5f1c....flac.with beside it, which names the
// other files of its piece. Several processes may share it: they put and make room in turn. A
// file's time of change says when it was last played, to the hour.
class FolderStore final : public FileStore {
 public:
  // Makes the folder, and removes what a crash left half written more than an hour ago.
  FolderStore(std::string folder, std::uint64_t bytes_max);

  std::string put(std::string_view bytes, std::string_view ending) override;
  std::optional<std::string> get(std::string_view key) override;
  bool has(std::string_view key) override;
  std::unique_ptr<StoredFile> open(std::string_view key) override;
  void count_as_played(std::string_view key) override;
  Reading reading() const override { return {.piece_bytes = 64 * 1024, .threads = 2}; }
  void join(const std::vector<std::string>& keys) override;
  void remove(std::string_view key) override;
  std::vector<std::string> make_room(std::uint64_t bytes,
                                     const BeforeRemoval& before = {}) override;
  std::optional<Held> held() const override;

  // Where a key's file lies. Requires: `is_store_key(key)`.
  std::string path_of(std::string_view key) const;

 private:
  const std::string folder_;
  const std::uint64_t bytes_max_;
  mutable std::mutex making_room_;
  std::optional<Held> held_;  // under making_room_
};

}  // namespace segue::io
