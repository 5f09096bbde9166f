#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/math/vector.h"

namespace segue {

struct TrackChanges;
class TrackSnapshot;

// Which tracks point the way a vector points (cosine), among up to `capacity` tracks. What was put
// long ago stands in an immutable snapshot (inverted lists, Sivic & Zisserman 2003), searched
// approximately; what is newer in a short list of changes, searched exactly, which also hides what
// it replaces. A change is seen by the next search. When the changes grow long, a rebuild makes a
// snapshot with them, aside, on a thread of the caller's:
//
//   with the writer's lock   auto rebuild = index.begin_rebuild();   // O(1)
//   with no lock             rebuild->run();
//   with the writer's lock   index.swap(*rebuild);                   // O(1)
//   with no lock             rebuild.reset();                        // frees the older snapshot
//
// Changes made meanwhile are searched exactly too, however many: a search then takes longer (about
// 10 ns a change), never misses. Memory: 264 bytes a track in the snapshot, as much for each
// change, of which there are at most two a track; twice the snapshot while a rebuild runs, three
// times when it trains its lists again. Threads: `nearest` and the counts may run together; every
// other call alone. The caller locks.
class TrackIndex {
 public:
  using Slot = std::uint32_t;
  static constexpr Slot kNone = 0xFFFFFFFF;
  static constexpr std::size_t kNearestMax = 1'000;

  struct Near {
    Slot slot = kNone;
    float similarity = 0;  // cosine, -1 to 1 but for rounding to 3 digits
    bool operator==(const Near&) const = default;
  };

  // One rebuild: holds what it needs, so the index may change while it runs.
  class Rebuild {
   public:
    // Takes from milliseconds (10,000 tracks) to seconds (1,000,000), on one thread. Deterministic.
    void run();

   private:
    friend class TrackIndex;
    std::shared_ptr<const TrackSnapshot> before_;
    std::shared_ptr<const TrackChanges> changes_;
    std::shared_ptr<const TrackSnapshot> made_;
  };

  // Tracks held at most; at least 1.
  explicit TrackIndex(std::size_t capacity);
  ~TrackIndex();
  // A copy shares the snapshot, and a rebuild that runs: it may be swapped into both.
  TrackIndex(const TrackIndex& other);
  TrackIndex& operator=(const TrackIndex& other);
  TrackIndex(TrackIndex&&) noexcept;
  TrackIndex& operator=(TrackIndex&&) noexcept;

  // The slot's vector is this from now on. False if there is no room for another track. A vector
  // without a direction (all 0, or not finite) removes the slot instead.
  bool put(Slot slot, VectorView vector);
  void remove(Slot slot);
  bool holds(Slot slot) const { return slot < id_of_.size() && id_of_[slot] != kNone; }
  // Every slot gets the number that `moved` has in its place; kNone removes it. Requires: no two
  // slots move to one, and `moved` covers every slot that was put.
  void renumber(std::span<const Slot> moved);
  void clear();

  // The n tracks most similar to the query, best first, ties by slot; fewer if there are fewer.
  // Finds at least 9 of 10 that an exact search finds (n = 100, on vectors like those held or the
  // sum of two). A query without a direction finds nothing. At most kNearestMax.
  void nearest(VectorView query, std::size_t n, std::vector<Near>& out) const;

  // Whether so much has changed that a rebuild should begin.
  bool rebuild_due() const;
  // Whether a search spends most of its time where it should, not on changes.
  bool keeps_up() const;
  // Nothing if it is too early, or another has begun and was not swapped. What was begun must be
  // swapped, else no other begins.
  std::optional<Rebuild> begin_rebuild();
  // Takes the new snapshot and leaves the older to be freed with the rebuild. Requires: it has run.
  // One begun before `clear` changes nothing.
  void swap(Rebuild& rebuild);

  std::size_t size() const { return size_; }
  // Changes that a search scans one by one.
  std::size_t changes() const;
  // The share of the snapshot that a search scans, 0 to 1; 0 without a snapshot.
  double scanned_share() const;

 private:
  using Id = std::uint32_t;  // of a track in here: dense, kept when slots are renumbered

  Id id_for(Slot slot);
  float* change(Id id, bool gone);

  std::size_t capacity_;
  std::size_t size_ = 0;
  std::vector<Id> id_of_;      // by slot
  std::vector<Slot> slot_of_;  // by id; kNone if free
  std::vector<Id> free_;
  std::vector<std::uint32_t> changed_in_;  // by id: the generation of changes that has it last
  std::vector<std::uint32_t> row_of_;      // by id: its place there
  std::shared_ptr<TrackChanges> fresh_;
  std::shared_ptr<const TrackChanges> frozen_;  // in a rebuild
  std::shared_ptr<const TrackSnapshot> snapshot_;
};

}  // namespace segue
