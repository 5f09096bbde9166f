#include "core/models/track_index.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "core/models/track_snapshot.h"

namespace segue {
namespace {

// Changes that make a rebuild worth its work: below the first, scanning them costs less than
// knowing where to search; above, that share of all bounds what they add to a search.
constexpr std::size_t kChangesMin = 1'024;
constexpr std::size_t kChangesShare = 32;
// So many times that are a burden: as much as a search scans of a snapshot.
constexpr std::size_t kBurden = 8;

std::size_t changes_worth_a_rebuild(std::size_t tracks) {
  return std::max(kChangesMin, tracks / kChangesShare);
}

// Length 1; nothing without a direction. Numbers too large or too small to be squared count as
// none.
std::optional<Vector> direction(VectorView vector) {
  const float square = dot(vector, vector);
  if (!std::isnormal(square)) return std::nullopt;
  const float scale = 1 / std::sqrt(square);
  Vector unit;
  for (std::size_t d = 0; d < kDimensions; ++d) unit[d] = vector[d] * scale;
  return unit;
}

}  // namespace

TrackIndex::TrackIndex(std::size_t capacity) : capacity_(capacity) {
  SEGUE_CHECK(capacity > 0 && capacity < kNone);
  fresh_ = std::make_shared<TrackChanges>(1);
}

TrackIndex::~TrackIndex() = default;
TrackIndex::TrackIndex(const TrackIndex& other)
    : capacity_(other.capacity_),
      size_(other.size_),
      id_of_(other.id_of_),
      slot_of_(other.slot_of_),
      free_(other.free_),
      changed_in_(other.changed_in_),
      row_of_(other.row_of_),
      fresh_(std::make_shared<TrackChanges>(*other.fresh_)),
      frozen_(other.frozen_),
      snapshot_(other.snapshot_) {}
TrackIndex& TrackIndex::operator=(const TrackIndex& other) { return *this = TrackIndex(other); }
TrackIndex::TrackIndex(TrackIndex&&) noexcept = default;
TrackIndex& TrackIndex::operator=(TrackIndex&&) noexcept = default;

bool TrackIndex::put(Slot slot, VectorView vector) {
  const std::optional<Vector> unit = direction(vector);
  if (!unit) {
    remove(slot);
    return true;
  }
  const Id id = id_for(slot);
  if (id == kNone) return false;
  std::copy(unit->begin(), unit->end(), change(id, false));
  return true;
}

void TrackIndex::remove(Slot slot) {
  if (slot >= id_of_.size() || id_of_[slot] == kNone) return;
  const Id id = id_of_[slot];
  change(id, true);
  id_of_[slot] = kNone;
  slot_of_[id] = kNone;
  free_.push_back(id);
  --size_;
}

void TrackIndex::renumber(std::span<const Slot> moved) {
  for (Slot slot = 0; slot < id_of_.size(); ++slot) {
    if (id_of_[slot] != kNone && moved[slot] == kNone) remove(slot);
  }
  id_of_.clear();
  for (Id id = 0; id < slot_of_.size(); ++id) {
    if (slot_of_[id] == kNone) continue;
    const Slot to = moved[slot_of_[id]];
    if (to >= id_of_.size()) id_of_.resize(to + 1, kNone);
    SEGUE_CHECK(id_of_[to] == kNone);
    id_of_[to] = id;
    slot_of_[id] = to;
  }
}

void TrackIndex::clear() { *this = TrackIndex(capacity_); }

void TrackIndex::nearest(VectorView query, std::size_t n, std::vector<Near>& out) const {
  out.clear();
  const std::optional<Vector> unit = direction(query);
  n = std::min({n, size_, kNearestMax});
  if (!unit || n == 0) return;
  Best best(n);
  const auto scan = [&](const TrackChanges& changes) {
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const Id id = changes.ids[i];
      if (changes.gone[i] || changed_in_[id] != changes.generation) continue;
      const float similarity = dot(unit->data(), changes.row(i));
      if (best.wants(similarity)) best.offer(similarity, slot_of_[id]);
    }
  };
  scan(*fresh_);
  if (frozen_) scan(*frozen_);
  if (snapshot_) snapshot_->search(*unit, changed_in_, slot_of_, best);
  for (const Best::Found& found : best.sorted()) out.push_back({found.key, found.similarity});
}

bool TrackIndex::rebuild_due() const {
  return !frozen_ && fresh_->size() >= changes_worth_a_rebuild(size_);
}

bool TrackIndex::keeps_up() const { return changes() < kBurden * changes_worth_a_rebuild(size_); }

std::optional<TrackIndex::Rebuild> TrackIndex::begin_rebuild() {
  if (!rebuild_due()) return std::nullopt;
  auto next = std::make_shared<TrackChanges>(fresh_->generation + 1);
  next->reserve(fresh_->size());
  frozen_ = std::exchange(fresh_, std::move(next));
  Rebuild rebuild;
  rebuild.before_ = snapshot_;
  rebuild.changes_ = frozen_;
  return rebuild;
}

void TrackIndex::Rebuild::run() {
  made_ = std::make_shared<const TrackSnapshot>(before_.get(), *changes_);
}

void TrackIndex::swap(Rebuild& rebuild) {
  SEGUE_CHECK(rebuild.made_);
  if (rebuild.changes_ != frozen_) return;
  snapshot_ = rebuild.made_;  // the older is held by the rebuild, and so are the changes
  frozen_.reset();
}

std::size_t TrackIndex::changes() const { return fresh_->size() + (frozen_ ? frozen_->size() : 0); }

double TrackIndex::scanned_share() const { return snapshot_ ? snapshot_->scanned_share() : 0; }

// The slot's id, a new one if it has none; kNone if there is no room.
TrackIndex::Id TrackIndex::id_for(Slot slot) {
  if (slot < id_of_.size() && id_of_[slot] != kNone) return id_of_[slot];
  if (size_ == capacity_) return kNone;
  if (slot >= id_of_.size()) id_of_.resize(slot + 1, kNone);
  Id id = static_cast<Id>(slot_of_.size());
  if (free_.empty()) {
    slot_of_.push_back(slot);
    changed_in_.push_back(0);
    row_of_.push_back(0);
  } else {
    id = free_.back();
    free_.pop_back();
    slot_of_[id] = slot;
  }
  id_of_[slot] = id;
  ++size_;
  return id;
}

// The id's entry among the fresh changes, to be written.
float* TrackIndex::change(Id id, bool gone) {
  TrackChanges& changes = *fresh_;
  if (changed_in_[id] != changes.generation) {
    changed_in_[id] = changes.generation;
    row_of_[id] = static_cast<std::uint32_t>(changes.size());
    changes.ids.push_back(id);
    changes.gone.push_back(0);
    changes.rows.resize(changes.rows.size() + kDimensions);
  }
  const std::size_t row = row_of_[id];
  changes.gone[row] = gone ? 1 : 0;
  return changes.row(row);
}

}  // namespace segue
