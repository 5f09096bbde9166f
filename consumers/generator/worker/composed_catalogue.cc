#include "consumers/generator/worker/composed_catalogue.h"

#include <chrono>

#include "core/event/topics.h"
#include "core/generation/job.h"
#include "core/io/kafka/kafka_source.h"
#include "core/io/store/file_store.h"

namespace segue::generator {
namespace {

constexpr std::string_view kAudioPath = "/v1/audio/";
constexpr std::size_t kBurst = 256;
constexpr std::chrono::milliseconds kWait{100};

}  // namespace

std::string audio_url_of(std::string_view store_key) {
  return std::string(kAudioPath).append(store_key);
}

std::string_view store_key_of(std::string_view audio_url) {
  if (!audio_url.starts_with(kAudioPath)) return {};
  const std::string_view key = audio_url.substr(kAudioPath.size());
  return io::is_store_key(key) ? key : std::string_view{};
}

void ComposedCatalogue::take(const Record& record) {
  if (!record.key || !is_composed_id(*record.key)) return;
  std::optional<CatalogEntry> entry;
  if (record.value) {
    auto read = decode_catalog(*record.value);
    if (!read || read->track_id != *record.key) return;
    entry = std::move(*read);
  }
  const std::lock_guard lock(mutex_);
  remove(*record.key);
  if (!entry || by_id_.size() >= kHeldMax) return;
  if (!entry->wish.empty()) by_wish_[entry->wish] = entry->track_id;
  if (const auto file = store_key_of(entry->audio_url); !file.empty())
    by_file_[std::string(file)] = entry->track_id;
  by_id_.emplace(*record.key, std::move(*entry));
}

// Another track of the same wish may have come since: that one stays.
void ComposedCatalogue::remove(const std::string& track_id) {
  const auto known = by_id_.find(track_id);
  if (known == by_id_.end()) return;
  const auto forget = [&](auto& ids, std::string_view key) {
    const auto at = ids.find(key);
    if (at != ids.end() && at->second == track_id) ids.erase(at);
  };
  forget(by_wish_, known->second.wish);
  forget(by_file_, store_key_of(known->second.audio_url));
  by_id_.erase(known);
}

std::optional<CatalogEntry> ComposedCatalogue::for_wish(std::string_view wish) const {
  const std::lock_guard lock(mutex_);
  const auto id = by_wish_.find(wish);
  if (wish.empty() || id == by_wish_.end()) return std::nullopt;
  return by_id_.at(id->second);
}

std::optional<std::string> ComposedCatalogue::of_file(std::string_view store_key) const {
  const std::lock_guard lock(mutex_);
  const auto id = by_file_.find(store_key);
  if (id == by_file_.end()) return std::nullopt;
  return id->second;
}

std::size_t ComposedCatalogue::held() const {
  const std::lock_guard lock(mutex_);
  return by_id_.size();
}

CatalogueTail::CatalogueTail(const KafkaConfig& kafka, ComposedCatalogue& tracks,
                             io::Health& health)
    : kafka_(kafka), tracks_(tracks), health_(health) {
  health_.set("catalogue", false, "not read yet");
}

void CatalogueTail::run(const std::atomic<bool>& stop) {
  io::KafkaTail tail(kafka_, {std::string(topic::kCatalog)}, io::KafkaTail::From::start);
  while (!stop) {
    for (const io::KafkaTail::Tailed& tailed : tail.poll(kBurst, kWait)) {
      tracks_.take(tailed.record);
    }
    if (caught_up_) continue;
    caught_up_ = tail.caught_up();
    health_.set("catalogue", caught_up_,
                caught_up_ ? "read" : std::to_string(tail.behind()) + " records to come");
  }
}

}  // namespace segue::generator
