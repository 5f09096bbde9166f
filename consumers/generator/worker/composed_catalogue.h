#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/config.h"
#include "core/event/event.h"
#include "core/io/health_server.h"
#include "core/item/catalog.h"

namespace segue::generator {

// Where players find a kept file; the gateway signs it on the way to one.
std::string audio_url_of(std::string_view store_key);
// Empty: it is no such address.
std::string_view store_key_of(std::string_view audio_url);

// The composed tracks that the catalogue has. Thread-safe.
class ComposedCatalogue {
 public:
  // A store of 20 GB holds a hundredth of it. Past it a track is not held: it is made again for the
  // same wish, and outlives its file.
  static constexpr std::size_t kHeldMax = 200'000;

  // Takes a record of segue.catalog.v1 over; what is no composed track's is passed over.
  void take(const Record& record);
  // The latest that was composed for this wish (`GenerationJob::wish`).
  std::optional<CatalogEntry> for_wish(std::string_view wish) const;
  // The id of the track whose sound lies under this key.
  std::optional<std::string> of_file(std::string_view store_key) const;
  std::size_t held() const;

 private:
  void remove(const std::string& track_id);

  mutable std::mutex mutex_;
  std::unordered_map<std::string, CatalogEntry> by_id_;
  std::map<std::string, std::string, std::less<>> by_wish_;  // to ids
  std::map<std::string, std::string, std::less<>> by_file_;
};

// Keeps them as the catalogue says, until `stop`. One thread.
class CatalogueTail {
 public:
  CatalogueTail(const KafkaConfig& kafka, ComposedCatalogue& tracks, io::Health& health);
  // Throws std::runtime_error when Kafka is lost for good.
  void run(const std::atomic<bool>& stop);
  // True once what was there at the start has been read. Thread-safe.
  bool caught_up() const { return caught_up_; }

 private:
  const KafkaConfig& kafka_;
  ComposedCatalogue& tracks_;
  io::Health& health_;
  std::atomic<bool> caught_up_ = false;
};

}  // namespace segue::generator
