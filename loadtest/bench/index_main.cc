#include <time.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <optional>
#include <random>
#include <shared_mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "core/check.h"
#include "core/models/track_index.h"
#include "loadtest/load/stopwatch.h"

namespace segue {
namespace {

using Clock = std::chrono::steady_clock;
using Ms = std::chrono::duration<double, std::milli>;

constexpr std::string_view kHelp =
    R"(segue-index-bench: what a search for near tracks costs while their vectors change.

Fills an index, checks its answers against an exact search, then measures searches one after another
in rounds: idle, and with a writer and a rebuild on threads of their own. Prints both and their
ratio, and checks the answers again. Wall time has in it what else the machine does; CPU time of the
searching thread has not, nor its wait for the lock.

Usage: segue-index-bench [flags]

  --tracks N    tracks held; default 100000
  --changes N   vectors that change in a second; default 10000
  --rounds N    rounds of each kind, of two seconds; default 5
  --json        one JSON object as the last line
  --help        this text

Exit code: 0, 1 when the answers are wrong, 2 for wrong flags.

Example: segue-index-bench --tracks 1000000 --rounds 3
)";

constexpr std::uint32_t kSeed = 1;
constexpr std::size_t kGroups = 300;  // as many directions as music has styles
constexpr float kNoise = 1.5F;        // beside them: as spread as factors of rarely played tracks
constexpr std::size_t kNearest = 100;
constexpr std::size_t kQueries = 1'000;
constexpr std::size_t kChecked = 100;
constexpr double kRecallMin = 0.9;
constexpr auto kRound = std::chrono::seconds{2};
constexpr std::size_t kBurst = 256;  // changes under one lock, as the replica takes them
constexpr auto kLookAgain = std::chrono::milliseconds{10};

struct Flags {
  std::size_t tracks = 100'000;
  std::size_t changes = 10'000;
  std::size_t rounds = 5;
  bool json = false;
};

// Tracks of a few hundred directions and much noise, and listeners between two tracks.
class World {
 public:
  explicit World(std::uint32_t seed) : random_(seed) {
    std::mt19937 same(kSeed);
    for (Vector& centre : centres_) {
      for (float& value : centre) value = normal_(same);
    }
  }
  Vector track() {
    Vector vector;
    const Vector& centre = centres_[random_() % kGroups];
    for (std::size_t d = 0; d < kDimensions; ++d) {
      vector[d] = centre[d] + kNoise * normal_(random_);
    }
    return vector;
  }
  Vector taste() {
    Vector sum = track();
    const Vector other = track();
    for (std::size_t d = 0; d < kDimensions; ++d) sum[d] += other[d];
    return sum;
  }
  std::uint32_t below(std::size_t n) { return static_cast<std::uint32_t>(random_() % n); }

 private:
  std::mt19937 random_;
  std::normal_distribution<float> normal_;
  std::array<Vector, kGroups> centres_;
};

double thread_cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e3 * static_cast<double>(now.tv_sec) + 1e-6 * static_cast<double>(now.tv_nsec);
}

// The figures of one kind of rounds.
struct Searches {
  std::vector<double> ms;
  std::vector<double> cpu_ms;
  std::vector<double> changes;
};
struct Rebuilds {
  std::vector<double> ms;
  std::vector<double> locked_ms;  // how long readers were kept out by a change or a swap
};

class Bench {
 public:
  explicit Bench(const Flags& flags) : flags_(flags), index_(flags.tracks), vectors_(flags.tracks) {
    for (std::uint32_t slot = 0; slot < flags.tracks; ++slot) {
      vectors_[slot] = world_.track();
      index_.put(slot, vectors_[slot]);
    }
    for (std::size_t i = 0; i < kQueries; ++i) queries_.push_back(world_.taste());
    const auto began = Clock::now();
    rebuild();
    built_ms_ = Ms(Clock::now() - began).count();
    recall_before_ = recall();
  }

  void run() {
    for (std::size_t round = 0; round < flags_.rounds; ++round) {
      search_for_a_round(idle_);
      std::atomic<bool> stop = false;
      std::thread writer([&] { change_until(stop); });
      std::thread rebuilder([&] {
        while (!stop) {
          if (!rebuild()) std::this_thread::sleep_for(kLookAgain);
        }
      });
      search_for_a_round(busy_);
      stop = true;
      writer.join();
      rebuilder.join();
      if (round == 0) recall_busy_ = recall();
      while (rebuild()) continue;
    }
  }

  int report() const {
    const Percentiles built = percentiles(rebuilds_.ms);
    std::printf(
        "%zu tracks, %zu nearest; first snapshot in %.0f ms; a search scans %.1f %% of it\n"
        "recall %.3f at first, %.3f after a round of changes\n",
        flags_.tracks, kNearest, built_ms_, 100 * index_.scanned_share(), recall_before_,
        recall_busy_);
    show("wall", idle_.ms, busy_.ms);
    show("CPU", idle_.cpu_ms, busy_.cpu_ms);
    std::printf(
        "%zu and %zu searches, the latter beside %.0f changes/s, %.0f of them scanned (median)\n"
        "%zu rebuilds, p50 %.0f ms, max %.0f ms; the lock was held %.2f ms at most\n",
        idle_.ms.size(), busy_.ms.size(), changes_per_s(), percentiles(busy_.changes).p50,
        rebuilds_.ms.size(), built.p50, built.max, percentiles(rebuilds_.locked_ms).max);
    if (flags_.json) print_json();
    return recall_before_ >= kRecallMin && recall_busy_ >= kRecallMin ? 0 : 1;
  }

 private:
  static void show(const char* clock, const std::vector<double>& idle_ms,
                   const std::vector<double>& busy_ms) {
    const Percentiles idle = percentiles(idle_ms);
    const Percentiles busy = percentiles(busy_ms);
    std::printf(
        "%-5s idle p50 %.0f µs, p99 %.0f µs; changing p50 %.0f µs (%.2f ×), p99 %.0f µs (%.2f ×)\n",
        clock, 1e3 * idle.p50, 1e3 * idle.p99, 1e3 * busy.p50, busy.p50 / idle.p50, 1e3 * busy.p99,
        busy.p99 / idle.p99);
  }

  // As many as really came.
  double changes_per_s() const {
    const std::chrono::duration<double> all = static_cast<double>(flags_.rounds) * kRound;
    return static_cast<double>(changed_) / all.count();
  }

  void print_json() const {
    const auto us = [](const char* name, const std::vector<double>& ms) {
      const Percentiles of = percentiles(ms);
      std::printf(R"("%s":{"p50":%.1f,"p99":%.1f},)", name, 1e3 * of.p50, 1e3 * of.p99);
    };
    std::printf(R"({"tracks":%zu,"changes_per_s":%.0f,)", flags_.tracks, changes_per_s());
    us("idle_us", idle_.ms);
    us("changing_us", busy_.ms);
    us("idle_cpu_us", idle_.cpu_ms);
    us("changing_cpu_us", busy_.cpu_ms);
    std::printf(R"("recall":%.4f,"rebuilds":%zu,"rebuild_ms":%.1f,"locked_ms_max":%.3f})",
                std::min(recall_before_, recall_busy_), rebuilds_.ms.size(),
                percentiles(rebuilds_.ms).p50, percentiles(rebuilds_.locked_ms).max);
    std::printf("\n");
  }

  void search_for_a_round(Searches& searches) {
    std::vector<TrackIndex::Near> found;
    const auto end = Clock::now() + kRound;
    for (auto began = Clock::now(); began < end; began = Clock::now()) {
      const Vector& query = queries_[searches.ms.size() % kQueries];
      const double cpu_ms = thread_cpu_ms();
      {
        { const std::lock_guard turn(turnstile_); }
        const std::shared_lock reading(lock_);
        index_.nearest(query, kNearest, found);
        searches.changes.push_back(static_cast<double>(index_.changes()));
      }
      searches.ms.push_back(Ms(Clock::now() - began).count());
      searches.cpu_ms.push_back(thread_cpu_ms() - cpu_ms);
      SEGUE_CHECK(found.size() == kNearest);
    }
  }

  // Open loop: what was due while the lock was waited for is made up for.
  void change_until(const std::atomic<bool>& stop) {
    World world(static_cast<std::uint32_t>(kSeed + 1 + changed_));  // other tracks each round
    const auto every = std::chrono::duration<double>(static_cast<double>(kBurst) /
                                                     static_cast<double>(flags_.changes));
    auto due = Clock::now();
    std::vector<std::pair<std::uint32_t, Vector>> burst(kBurst);
    while (!stop) {
      for (auto& [slot, vector] : burst) {
        slot = world.below(flags_.tracks);
        vector = vectors_[slot] = world.track();
      }
      due += std::chrono::duration_cast<Clock::duration>(every);
      std::this_thread::sleep_until(due);
      locked([&] {
        for (const auto& [slot, vector] : burst) index_.put(slot, vector);
      });
      changed_ += kBurst;
    }
  }

  bool rebuild() {
    std::optional<TrackIndex::Rebuild> begun;
    locked([&] { begun = index_.begin_rebuild(); });
    if (!begun) return false;
    const auto began = Clock::now();
    begun->run();
    const double ms = Ms(Clock::now() - began).count();
    locked([&] { index_.swap(*begun); });
    rebuilds_.ms.push_back(ms);
    return true;
  }

  template <class Do>
  void locked(Do&& change) {
    const std::lock_guard turn(turnstile_);
    const std::unique_lock writing(lock_);
    const auto began = Clock::now();
    change();
    rebuilds_.locked_ms.push_back(Ms(Clock::now() - began).count());
  }

  // Against an exact search over what was put last.
  double recall() {
    std::size_t hits = 0;
    std::vector<TrackIndex::Near> found;
    for (std::size_t q = 0; q < kChecked; ++q) {
      std::vector<std::pair<float, std::uint32_t>> all;
      all.reserve(vectors_.size());
      for (std::uint32_t slot = 0; slot < vectors_.size(); ++slot) {
        const Vector& vector = vectors_[slot];
        const float length = std::sqrt(dot(VectorView(vector), vector));
        all.emplace_back(-dot(VectorView(queries_[q]), vector) / length, slot);
      }
      std::nth_element(all.begin(), all.begin() + kNearest - 1, all.end());
      const float worst = -all[kNearest - 1].first;
      index_.nearest(queries_[q], kNearest, found);
      const float length = std::sqrt(dot(VectorView(queries_[q]), queries_[q]));
      for (const TrackIndex::Near& near : found) {
        hits += near.similarity * length >= worst * (1 - 1e-5F) ? 1 : 0;
      }
    }
    return static_cast<double>(hits) / static_cast<double>(kChecked * kNearest);
  }

  Flags flags_;
  World world_{kSeed};
  TrackIndex index_;
  std::mutex turnstile_;  // as HeldModels: readers queue up behind a waiting writer
  std::shared_mutex lock_;
  std::vector<Vector> vectors_;  // the writer's; read when it has stopped
  std::vector<Vector> queries_;
  Searches idle_;
  Searches busy_;
  std::size_t changed_ = 0;
  Rebuilds rebuilds_;  // under the lock, or by the rebuilding thread
  double built_ms_ = 0;
  double recall_before_ = 0;
  double recall_busy_ = 0;
};

std::optional<Flags> parse(int argc, char** argv) {
  Flags flags;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--json") {
      flags.json = true;
      continue;
    }
    std::size_t* number = word == "--tracks"    ? &flags.tracks
                          : word == "--changes" ? &flags.changes
                          : word == "--rounds"  ? &flags.rounds
                                                : nullptr;
    if (!number || ++i == argc) return std::nullopt;
    const std::string_view text = argv[i];
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), *number);
    if (wrong != std::errc{} || end != text.data() + text.size() || *number == 0) {
      return std::nullopt;
    }
  }
  // An exact answer has so many, and below a snapshot nothing is worth measuring.
  if (flags.tracks < 2'000 || flags.tracks > 10'000'000) return std::nullopt;
  return flags;
}

}  // namespace
}  // namespace segue

int main(int argc, char** argv) {
  if (argc > 1 && (std::string_view(argv[1]) == "--help" || std::string_view(argv[1]) == "-h")) {
    std::cout << segue::kHelp;
    return 0;
  }
  const auto flags = segue::parse(argc, argv);
  if (!flags) {
    std::cerr << "segue-index-bench: wrong flags; --help lists them (tracks: 2000 to 10000000)\n";
    return 2;
  }
  segue::Bench bench(*flags);
  bench.run();
  return bench.report();
}
