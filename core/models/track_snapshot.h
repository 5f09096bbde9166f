#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "core/math/vector.h"

namespace segue {

// The inside of TrackIndex; nothing else includes this.

// Vectors put and tracks removed in one generation, an entry an id. Vectors have length 1.
struct TrackChanges {
  explicit TrackChanges(std::uint32_t its_generation) : generation(its_generation) {}
  std::size_t size() const { return ids.size(); }
  const float* row(std::size_t i) const { return rows.data() + i * kDimensions; }
  float* row(std::size_t i) { return rows.data() + i * kDimensions; }
  void reserve(std::size_t n) {
    ids.reserve(n);
    gone.reserve(n);
    rows.reserve(n * kDimensions);
  }

  std::uint32_t generation;
  std::vector<std::uint32_t> ids;
  std::vector<char> gone;   // removed: the row means nothing
  std::vector<float> rows;  // kDimensions each
};

// The n highest of all offered; of equals the lowest key.
class Best {
 public:
  struct Found {
    float similarity;
    std::uint32_t key;
  };

  explicit Best(std::size_t n) : n_(n) { found_.reserve(n); }

  // Whether an offer of this may be taken: cheap, to be asked first.
  bool wants(float similarity) const {
    return found_.size() < n_ || similarity >= found_.front().similarity;
  }
  void offer(float similarity, std::uint32_t key) {
    const Found next{similarity, key};
    if (found_.size() == n_) {
      if (!better(next, found_.front())) return;
      std::pop_heap(found_.begin(), found_.end(), better);
      found_.back() = next;
    } else {
      found_.push_back(next);
    }
    std::push_heap(found_.begin(), found_.end(), better);
  }
  // Best first; nothing may be offered afterwards.
  std::span<const Found> sorted() {
    std::sort_heap(found_.begin(), found_.end(), better);
    return found_;
  }

 private:
  static bool better(const Found& a, const Found& b) {
    return a.similarity != b.similarity ? a.similarity > b.similarity : a.key < b.key;
  }

  std::size_t n_;
  std::vector<Found> found_;  // the worst in front
};

// Vectors in FAISS's inverted lists: a search scans the lists whose centre is nearest. Immutable.
class TrackSnapshot {
 public:
  // The one before with the changes. Lists are kept while they serve, and trained again when there
  // are twice as many tracks, or as many were put again and searches must scan half as much again.
  // `before` may be null.
  TrackSnapshot(const TrackSnapshot* before, const TrackChanges& changes);
  ~TrackSnapshot();

  // Offers what is near the query and has not changed since; under its slot.
  void search(VectorView query, std::span<const std::uint32_t> changed_in,
              std::span<const std::uint32_t> slot_of, Best& best) const;

  std::uint32_t generation() const { return generation_; }
  std::size_t size() const;
  double scanned_share() const;

 private:
  struct Lists;

  void carry_over(const TrackSnapshot& before, const TrackChanges& changes);
  void train(const TrackSnapshot* before, const TrackChanges& changes);
  void calibrate();
  // Whether the lists are still good for this with so many changes.
  bool serves(std::size_t changes) const;

  std::uint32_t generation_;
  std::unique_ptr<Lists> lists_;
  std::size_t probes_ = 0;          // lists scanned
  std::size_t probes_trained_ = 0;  // and when they were trained
  std::size_t trained_on_ = 0;      // tracks when the lists were trained
  std::size_t put_since_ = 0;       // put since then
  std::size_t calibrated_at_ = 0;   // of put_since_, when `probes_` was found
};

}  // namespace segue
