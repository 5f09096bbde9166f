#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/io/store/file_store.h"
#include "core/io/store/inventory.h"
#include "core/io/store/s3_client.h"

namespace segue::io {

// A store in a bucket of S3, below store.s3_prefix:
//
//   files/5f1c....flac                a file; its time says when it was last put
//   with/5f1c....flac/a0b1....mp3     nothing in it: the second is of the first one's piece
//   played/5f1c....flac               nothing in it: its time says when it was last played
//
// so that listing says all that has to be known. Several processes may share it. What each of
// them takes the store to hold is from its last listing and its own files since, so together they
// may pass `bytes_max` for minutes by what the others put. There is no lock: two that make room at
// once choose the same pieces, and remove no more than one would. A file that was put again since
// the listing stays, unless that happens between the two requests that look at it and remove it:
// then it is lost, and is made again when it is next asked for.
class S3Store final : public FileStore {
 public:
  // `stopping`: whether the program stops; empty: never. Throws SettingsError.
  explicit S3Store(const StoreConfig& config, GiveUp stopping = {});

  // Whether the bucket is there and we may read it. Throws S3Refused, S3Away.
  void look();

  std::string put(std::string_view bytes, std::string_view ending) override;
  std::optional<std::string> get(std::string_view key) override;
  // Throws where the server is away: then for a while at once.
  bool has(std::string_view key) override;
  std::unique_ptr<StoredFile> open(std::string_view key) override;
  void count_as_played(std::string_view key) override;
  Reading reading() const override { return {.piece_bytes = 256 * 1024, .threads = 8}; }
  void join(const std::vector<std::string>& keys) override;
  void remove(std::string_view key) override;
  std::vector<std::string> make_room(std::uint64_t bytes,
                                     const BeforeRemoval& before = {}) override;
  std::optional<Held> held() const override;

 private:
  struct Listed;
  Listed listed();
  template <class Take>
  void each_below(std::string_view room, Take take);
  std::string file_of(std::string_view key) const;
  std::string mark_of(std::string_view key) const;
  std::string links_of(std::string_view key) const;
  bool is_as_listed(const std::string& key, const Listed& found);
  void remove_file(const std::string& key, const std::vector<std::string>& with);

  const std::string prefix_;
  const std::uint64_t bytes_max_;
  const std::shared_ptr<S3Client> client_;  // files that are open use it, too

  std::mutex making_room_;
  mutable std::mutex mutex_;  // of all below; never held while a server is waited for
  Held held_;
  std::chrono::steady_clock::time_point listed_until_{};  // when it is to be listed again
  std::chrono::steady_clock::time_point away_until_{};
  std::unordered_map<std::string, std::chrono::steady_clock::time_point> played_;
};

}  // namespace segue::io
