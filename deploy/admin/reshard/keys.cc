#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "core/event/topics.h"
#include "core/ids.h"
#include "core/io/program.h"
#include "core/io/redis/redis_keys.h"
#include "deploy/admin/reshard/state.h"

namespace segue::admin {
namespace {

// "sg:{segue.events.v1/3}:u:ada" taken apart.
struct Placed {
  std::string_view topic;
  std::int32_t partition = 0;
  char kind = 0;        // u, r, i or j; 0: what the partition keeps once
  std::string_view id;  // what its place follows from
};

[[noreturn]] void unknown(std::string_view key) {
  // Never the id: it may be a listener's.
  throw std::runtime_error("Redis holds a key of a kind that this build does not know, in " +
                           std::string(key.substr(0, key.find('}') + 1)) +
                           ": use the build that wrote it.");
}

Placed placed(std::string_view key) {
  constexpr std::string_view kBegin = "sg:{";
  const std::size_t close = key.find("}:");
  const std::size_t slash = key.rfind('/', close);
  if (!key.starts_with(kBegin) || close == std::string_view::npos ||
      slash == std::string_view::npos) {
    unknown(key);
  }
  Placed place{.topic = key.substr(kBegin.size(), slash - kBegin.size()), .id = {}};
  std::from_chars(key.data() + slash + 1, key.data() + close, place.partition);
  const std::string_view rest = key.substr(close + 2);
  if (rest == "ckpt" || rest == "shared") return place;
  if (rest.size() < 2 || rest[1] != ':') unknown(key);
  place.kind = rest[0];
  place.id = rest.substr(2);
  const std::string_view kinds = place.topic == topic::kEvents           ? "ur"
                                 : place.topic == topic::kItemSignals    ? "i"
                                 : place.topic == topic::kGenerationJobs ? "j"
                                                                         : "";
  if (kinds.find(place.kind) == std::string_view::npos) unknown(key);
  return place;
}

void stop_if_asked() {
  if (io::Program::stopping()) {
    throw std::runtime_error("Interrupted: the state stays where it was; run it again.");
  }
}

// The keys among these that hold something of one listener, item or job.
std::vector<std::string> owned(std::span<const std::string> keys) {
  std::vector<std::string> of_one;
  for (const std::string& key : keys) {
    if (placed(key).kind != 0) of_one.push_back(key);
  }
  return of_one;
}

Digest::Kind kind_of(std::vector<std::uint64_t>& hashes) {
  std::ranges::sort(hashes);
  // A scan may give a key twice.
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  return {.keys = hashes.size(),
          .hash = XXH3_64bits(hashes.data(), hashes.size() * sizeof hashes[0])};
}

}  // namespace

Digest digest_of(const RedisConfig& redis, Progress& progress, const std::string& what) {
  io::RedisKeys keys(redis);
  std::vector<std::uint64_t> listeners;
  std::vector<std::uint64_t> lists;
  std::vector<std::uint64_t> items;
  std::vector<std::uint64_t> jobs;
  std::uint64_t fading = 0;
  std::uint64_t done = 0;
  keys.each([&](std::span<const std::string> some) {
    stop_if_asked();
    for (const io::RedisKeys::Entry& entry : keys.read(owned(some))) {
      ++done;
      if (entry.ttl_ms >= 0) {
        ++fading;
        continue;
      }
      const Placed place = placed(entry.key);
      const std::uint64_t id = XXH3_64bits(place.id.data(), place.id.size());
      const std::uint64_t hash = XXH3_64bits_withSeed(entry.value.data(), entry.value.size(), id);
      auto& hashes = place.kind == 'u'   ? listeners
                     : place.kind == 'r' ? lists
                     : place.kind == 'i' ? items
                                         : jobs;
      hashes.push_back(hash);
    }
    progress.show(what, done, false);
  });
  progress.show(what, done, true);
  return {.listeners = kind_of(listeners),
          .lists = kind_of(lists),
          .items = kind_of(items),
          .jobs = kind_of(jobs),
          .fading = fading};
}

void wipe(const RedisConfig& redis, Progress& progress) {
  io::RedisKeys keys(redis);
  std::uint64_t done = 0;
  keys.each([&](std::span<const std::string> some) {
    stop_if_asked();
    keys.remove(some);
    progress.show("keys of an earlier attempt removed", done += some.size(), false);
  });
  if (done > 0) progress.show("keys of an earlier attempt removed", done, true);
}

void copy_keys(const Move& move, Progress& progress) {
  io::RedisKeys from(move.from.redis);
  io::RedisKeys to(move.to.redis);
  std::uint64_t done = 0;
  from.each([&](std::span<const std::string> some) {
    stop_if_asked();
    std::vector<io::RedisKeys::Entry> entries = from.read(owned(some));
    for (io::RedisKeys::Entry& entry : entries) {
      const Placed place = placed(entry.key);
      const std::int32_t partitions = move.will_be.at(std::string(place.topic));
      std::string key = "sg:{";
      key.append(place.topic).append("/");
      key.append(std::to_string(partition_of(place.id, partitions))).append("}:");
      key.append(1, place.kind).append(":").append(place.id);
      entry.key = std::move(key);
    }
    to.write(entries);
    progress.show("keys copied", done += entries.size(), false);
  });
  progress.show("keys copied", done, true);
}

}  // namespace segue::admin
