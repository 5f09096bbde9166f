#include "core/models/track_snapshot.h"

#include <cblas.h>
#include <faiss/IndexFlat.h>
#include <faiss/IndexScalarQuantizer.h>
#include <faiss/invlists/InvertedLists.h>
#ifdef __F16C__
#include <immintrin.h>
#endif

#include <cmath>
#include <numeric>

#include "core/check.h"

// FAISS is linked with OpenMP; nothing of ours is compiled with it, and clang lacks its header.
extern "C" {
void omp_set_num_threads(int threads);
int omp_get_max_threads(void);
}

namespace segue {
namespace {

using idx_t = faiss::Index::idx_t;

// Rows are stored as half floats: a search of many tracks waits for memory, and of a number between
// -1 and 1 they keep three digits.
using Half = Eigen::half;
constexpr std::size_t kRowBytes = kDimensions * sizeof(Half);
// k-means gains little after so many rounds and rows a centre (measured at 100,000 tracks).
constexpr int kTrainRounds = 6;
constexpr std::size_t kTrainRowsPerList = 32;
// Scanning the centres then costs about as much as the lists of a well clustered catalogue.
constexpr double kListsPerRoot = 2;
constexpr std::size_t kRowsPerListMin = 8;
// Recall on so many queries of this many results decides how many lists are scanned; it is aimed
// higher than promised, because the queries to come are others.
constexpr std::size_t kCalibrationQueries = 32;
constexpr std::size_t kCalibrationNearest = 100;
constexpr double kCalibrationRecall = 0.95;
// Again when such a part of the tracks was put since.
constexpr std::size_t kCalibratedPer = 4;

// FAISS in this scope computes on the calling thread alone: workers and rebuild have a core each.
class OneThread {
 public:
  OneThread() : before_(omp_get_max_threads()) {
    // OpenBLAS knows no scope; nothing else here uses it.
    static const bool once = (openblas_set_num_threads(1), true);
    (void)once;
    omp_set_num_threads(1);
  }
  ~OneThread() { omp_set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

struct Rows {
  std::vector<idx_t> ids;
  std::vector<float> values;

  std::size_t size() const { return ids.size(); }
  const float* operator[](std::size_t i) const { return values.data() + i * kDimensions; }
  void reserve(std::size_t n) {
    ids.reserve(n);
    values.reserve(n * kDimensions);
  }
  void add(idx_t id, const float* row) {
    ids.push_back(id);
    values.insert(values.end(), row, row + kDimensions);
  }
};

#ifdef __F16C__
// Eigen converts one number at a time: 15 times slower.
float dot(const float* query, const Half* row) {
  __m256 even = _mm256_setzero_ps();
  __m256 odd = _mm256_setzero_ps();
  const auto eight = [row](std::size_t d) {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(row + d)));
  };
  for (std::size_t d = 0; d < kDimensions; d += 16) {
    even = _mm256_fmadd_ps(_mm256_loadu_ps(query + d), eight(d), even);
    odd = _mm256_fmadd_ps(_mm256_loadu_ps(query + d + 8), eight(d + 8), odd);
  }
  const __m256 both = _mm256_add_ps(even, odd);
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(both), _mm256_extractf128_ps(both, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
#else
float dot(const float* query, const Half* row) {
  float sum = 0;
  for (std::size_t d = 0; d < kDimensions; ++d) sum += query[d] * static_cast<float>(row[d]);
  return sum;
}
#endif

Vector widened(const Half* row) {
  Vector wide;
  for (std::size_t d = 0; d < kDimensions; ++d) wide[d] = static_cast<float>(row[d]);
  return wide;
}

std::vector<bool> ids_in(const TrackChanges& changes) {
  std::vector<bool> in;
  for (const std::uint32_t id : changes.ids) {
    if (id >= in.size()) in.resize(id + 1);
    in[id] = true;
  }
  return in;
}

bool holds(const std::vector<bool>& ids, idx_t id) {
  const auto at = static_cast<std::size_t>(id);
  return at < ids.size() && ids[at];
}

Rows rows_put(const TrackChanges& changes) {
  Rows put;
  put.reserve(changes.size());
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (!changes.gone[i]) put.add(changes.ids[i], changes.row(i));
  }
  return put;
}

}  // namespace

struct TrackSnapshot::Lists {
  explicit Lists(std::size_t count)
      : centres(kDimensions),
        index(&centres, kDimensions, count, faiss::ScalarQuantizer::QT_fp16,
              faiss::METRIC_INNER_PRODUCT, false) {}

  std::size_t count() const { return index.nlist; }
  std::size_t rows(std::size_t list) const { return index.invlists->list_size(list); }
  const idx_t* ids(std::size_t list) const { return index.invlists->get_ids(list); }
  const Half* values(std::size_t list) const {
    return reinterpret_cast<const Half*>(index.invlists->get_codes(list));
  }

  void train(const Rows& rows);
  void keep(const Lists& before, const std::vector<bool>& but);
  void add(const Rows& rows);
  // The lists, those with the nearest centres first: the first `n` in order, at most all.
  std::vector<std::uint32_t> nearest(const float* query, std::size_t n) const;

  faiss::IndexFlatIP centres;
  faiss::IndexIVFScalarQuantizer index;
};

void TrackSnapshot::Lists::train(const Rows& rows) {
  const std::size_t wanted = std::min(rows.size(), count() * kTrainRowsPerList);
  Rows sample;
  sample.reserve(wanted);
  for (std::size_t i = 0; i < wanted; ++i) {
    const std::size_t at = i * rows.size() / wanted;
    sample.add(rows.ids[at], rows[at]);
  }
  index.cp.spherical = true;
  index.cp.niter = kTrainRounds;
  index.cp.min_points_per_centroid = 1;  // FAISS's default warns on standard error
  index.cp.max_points_per_centroid = static_cast<int>(sample.size());
  index.train(static_cast<idx_t>(sample.size()), sample.values.data());
}

void TrackSnapshot::Lists::keep(const Lists& before, const std::vector<bool>& but) {
  centres = before.centres;
  index.is_trained = true;
  auto& lists = dynamic_cast<faiss::ArrayInvertedLists&>(*index.invlists);
  for (std::size_t list = 0; list < count(); ++list) {
    const std::size_t rows = before.rows(list);
    const idx_t* ids = before.ids(list);
    const auto* codes = reinterpret_cast<const std::uint8_t*>(before.values(list));
    lists.ids[list].reserve(rows);
    lists.codes[list].reserve(rows * kRowBytes);
    // Runs of rows that stay are copied at once.
    for (std::size_t i = 0, run = 0; i <= rows; ++i) {
      if (i < rows && !holds(but, ids[i])) continue;
      if (i > run) lists.add_entries(list, i - run, ids + run, codes + run * kRowBytes);
      index.ntotal += static_cast<idx_t>(i - run);
      run = i + 1;
    }
  }
}

void TrackSnapshot::Lists::add(const Rows& rows) {
  const auto n = static_cast<idx_t>(rows.size());
  std::vector<idx_t> list_of(rows.size());
  centres.assign(n, rows.values.data(), list_of.data());
  std::vector<std::size_t> more(count());
  for (const idx_t list : list_of) ++more[static_cast<std::size_t>(list)];
  // To the byte: a vector that grows on its own takes twice what it needs.
  auto& lists = dynamic_cast<faiss::ArrayInvertedLists&>(*index.invlists);
  for (std::size_t list = 0; list < count(); ++list) {
    const std::size_t all = lists.list_size(list) + more[list];
    lists.ids[list].reserve(all);
    lists.codes[list].reserve(all * kRowBytes);
  }
  index.add_core(n, rows.values.data(), rows.ids.data(), list_of.data());
}

std::vector<std::uint32_t> TrackSnapshot::Lists::nearest(const float* query, std::size_t n) const {
  std::vector<float> similarity(count());
  for (std::size_t i = 0; i < count(); ++i) {
    similarity[i] = dot(query, centres.get_xb() + i * kDimensions);
  }
  std::vector<std::uint32_t> order(count());
  std::iota(order.begin(), order.end(), 0U);
  const auto nearer = [&](std::uint32_t a, std::uint32_t b) {
    return similarity[a] != similarity[b] ? similarity[a] > similarity[b] : a < b;
  };
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(std::min(n, count()));
  std::partial_sort(order.begin(), end, order.end(), nearer);
  order.erase(end, order.end());
  return order;
}

TrackSnapshot::TrackSnapshot(const TrackSnapshot* before, const TrackChanges& changes)
    : generation_(changes.generation) {
  const OneThread scope;
  if (before && before->serves(changes.size())) {
    carry_over(*before, changes);
  } else {
    train(before, changes);
  }
  if (!lists_) return;
  if (put_since_ == 0 || put_since_ > calibrated_at_ + size() / kCalibratedPer) {
    calibrate();
    calibrated_at_ = put_since_;
  }
  if (put_since_ == 0) probes_trained_ = probes_;
}

TrackSnapshot::~TrackSnapshot() = default;

bool TrackSnapshot::serves(std::size_t changes) const {
  if (!lists_ || size() + changes > 2 * trained_on_) return false;
  const bool worse = 2 * probes_ > 3 * probes_trained_;
  return !worse || put_since_ < trained_on_;
}

void TrackSnapshot::carry_over(const TrackSnapshot& before, const TrackChanges& changes) {
  lists_ = std::make_unique<Lists>(before.lists_->count());
  lists_->keep(*before.lists_, ids_in(changes));
  const Rows put = rows_put(changes);
  if (put.size() > 0) lists_->add(put);
  if (size() == 0) lists_.reset();
  trained_on_ = before.trained_on_;
  probes_trained_ = before.probes_trained_;
  probes_ = before.probes_;
  calibrated_at_ = before.calibrated_at_;
  put_since_ = before.put_since_ + changes.size();
}

void TrackSnapshot::train(const TrackSnapshot* before, const TrackChanges& changes) {
  Rows rows = rows_put(changes);
  if (before && before->lists_) {
    const Lists& lists = *before->lists_;
    const std::vector<bool> changed = ids_in(changes);
    rows.reserve(rows.size() + before->size());
    for (std::size_t list = 0; list < lists.count(); ++list) {
      for (std::size_t i = 0; i < lists.rows(list); ++i) {
        const idx_t id = lists.ids(list)[i];
        if (holds(changed, id)) continue;
        rows.add(id, widened(lists.values(list) + i * kDimensions).data());
      }
    }
  }
  if (rows.size() == 0) return;
  const auto n = static_cast<double>(rows.size());
  const auto wanted = static_cast<std::size_t>(kListsPerRoot * std::sqrt(n));
  lists_ =
      std::make_unique<Lists>(std::clamp<std::size_t>(rows.size() / kRowsPerListMin, 1, wanted));
  lists_->train(rows);
  lists_->add(rows);
  trained_on_ = rows.size();
}

// How many lists must be scanned for the promised recall depends on how the vectors lie: so it is
// measured on them. Queries are rows, and sums of two rows, which lie between lists.
void TrackSnapshot::calibrate() {
  std::vector<const Half*> rows;
  std::size_t stride = std::max<std::size_t>(size() / (2 * kCalibrationQueries), 1);
  std::size_t at = 0;
  for (std::size_t list = 0; list < lists_->count(); ++list) {
    for (std::size_t i = 0; i < lists_->rows(list); ++i, ++at) {
      if (at % stride == 0) rows.push_back(lists_->values(list) + i * kDimensions);
    }
  }
  std::vector<std::uint32_t> needed;  // by each of the truly nearest: the place of its list
  for (std::size_t q = 0; q < kCalibrationQueries; ++q) {
    Vector query;
    const Vector a = widened(rows[q % rows.size()]);
    // Half the rows away: of an unlike list, because rows stand in the lists' order.
    const Vector b = widened(rows[(q + kCalibrationQueries) % rows.size()]);
    const float share = q % 2 == 0 ? 0.0F : 1.0F;
    for (std::size_t d = 0; d < kDimensions; ++d) query[d] = a[d] + share * b[d];
    const std::vector<std::uint32_t> order = lists_->nearest(query.data(), lists_->count());
    Best best(kCalibrationNearest);
    for (std::uint32_t place = 0; place < order.size(); ++place) {
      const Half* values = lists_->values(order[place]);
      for (std::size_t i = 0; i < lists_->rows(order[place]); ++i) {
        const float similarity = dot(query.data(), values + i * kDimensions);
        if (best.wants(similarity)) best.offer(similarity, place);
      }
    }
    for (const Best::Found& found : best.sorted()) needed.push_back(found.key);
  }
  const auto enough =
      static_cast<std::ptrdiff_t>(static_cast<double>(needed.size() - 1) * kCalibrationRecall);
  std::nth_element(needed.begin(), needed.begin() + enough, needed.end());
  probes_ = needed[static_cast<std::size_t>(enough)] + 1;
}

// Not FAISS's own search: Debian compiles FAISS for any x86-64, without AVX, and it would ask a
// virtual function for each row whether it is current.
void TrackSnapshot::search(VectorView query, std::span<const std::uint32_t> changed_in,
                           std::span<const std::uint32_t> slot_of, Best& best) const {
  if (!lists_) return;
  for (const std::uint32_t list : lists_->nearest(query.data(), probes_)) {
    const idx_t* ids = lists_->ids(list);
    const Half* values = lists_->values(list);
    const std::size_t rows = lists_->rows(list);
    for (std::size_t i = 0; i < rows; ++i) {
      const auto id = static_cast<std::size_t>(ids[i]);
      if (changed_in[id] > generation_) continue;
      const float similarity = dot(query.data(), values + i * kDimensions);
      if (best.wants(similarity)) best.offer(similarity, slot_of[id]);
    }
  }
}

std::size_t TrackSnapshot::size() const {
  return lists_ ? static_cast<std::size_t>(lists_->index.ntotal) : 0;
}

double TrackSnapshot::scanned_share() const {
  if (!lists_) return 0;
  return static_cast<double>(probes_) / static_cast<double>(lists_->count());
}

}  // namespace segue
