#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "deploy/admin/reshard/move.h"

namespace segue::admin {

// The content of a state by kind, however it is spread over partitions.
struct Digest {
  struct Kind {
    std::uint64_t keys = 0;
    std::uint64_t hash = 0;  // XXH3-64 of the sorted XXH3-64 of each key and its value
    bool operator==(const Kind&) const = default;
  };
  Kind listeners, lists, items, jobs;
  // Keys of any kind that end by themselves, as those of erased listeners and ended jobs: counted,
  // in no hash, for some may end while others are read.
  std::uint64_t fading = 0;
  // Compares what stays.
  bool operator==(const Digest& other) const {
    return listeners == other.listeners && lists == other.lists && items == other.items &&
           jobs == other.jobs;
  }
};
// Reads all of it; eight bytes of memory a key. Throws as RedisKeys does.
Digest digest_of(const RedisConfig& redis, Progress& progress, const std::string& what);

// Removes all keys of partitions under the prefix.
void wipe(const RedisConfig& redis, Progress& progress);
// Copies listeners, lists, items and ends of jobs to where they belong.
void copy_keys(const Move& move, Progress& progress);

// The values that each partition keeps once, put together and taken apart: rankers, items to be
// broadcast, open jobs. Claims the partitions it reads, so that no worker writes them any more, and
// gives those it writes their first positions. Publishes the rankers' lessons.
struct Shared {
  std::uint64_t learned = 0;  // events, by all rankers
  std::uint64_t pending = 0;  // items whose models are to be broadcast
  std::uint64_t open_jobs = 0;
  bool operator==(const Shared&) const = default;
};
Shared move_shared(const Move& move);
// The same as it stands now.
Shared shared_of(const Config& config, const std::map<std::string, std::int32_t>& partitions);
// Hands back what `move_shared` claimed.
void release_old(const Move& move);

// Copies what readers keep, and the jobs that wait, into the new topics. Returns how many records.
std::uint64_t copy_records(const Move& move, Progress& progress);

}  // namespace segue::admin
