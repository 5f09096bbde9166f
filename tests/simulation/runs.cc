#include "tests/simulation/runs.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace segue::simulation {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kProgressEvery{100};

Verdict seen_of(const Verdict& verdict) {
  const auto once = [](std::uint64_t n) { return std::uint64_t{n > 0}; };
  return {.events = 0,
          .lost = once(verdict.lost),
          .twice = once(verdict.twice),
          .torn = once(verdict.torn),
          .missing = once(verdict.missing),
          .unsettled = once(verdict.unsettled),
          .intruded = once(verdict.intruded)};
}

Tally run_world(std::uint64_t seed, const RunOptions& options) {
  World world(seed, options.off);
  world.run(options.happenings);
  const Verdict verdict = judge(world);
  Tally tally{.runs = 1,
              .bad_runs = verdict.good() ? 0U : 1U,
              .faults = world.faults_bitten(),
              .total = verdict,
              .seen = seen_of(verdict),
              .first = {},
              .seconds = 0};
  if (!verdict.good()) tally.first = {.seed = seed, .verdict = verdict};
  return tally;
}

}  // namespace

Tally& Tally::operator+=(const Tally& other) {
  runs += other.runs;
  bad_runs += other.bad_runs;
  faults += other.faults;
  total += other.total;
  seen += other.seen;
  if (other.first && (!first || other.first->seed < first->seed)) first = other.first;
  seconds += other.seconds;
  return *this;
}

Tally run_worlds(const RunOptions& options, const std::function<bool(const Tally&)>& progress) {
  const auto began = Clock::now();
  std::mutex mutex;
  std::condition_variable finished;
  Tally all;                  // guarded by mutex
  std::uint64_t running = 0;  // guarded by mutex
  std::atomic<std::uint64_t> next{0};
  std::atomic<bool> stop{false};
  const auto work = [&] {
    for (std::uint64_t i = next++; i < options.runs && !stop; i = next++) {
      const Tally one = run_world(options.seed + i, options);
      const std::lock_guard lock(mutex);
      all += one;
    }
    const std::lock_guard lock(mutex);
    if (--running == 0) finished.notify_one();
  };
  std::vector<std::jthread> threads;
  running = options.threads;
  for (std::uint64_t i = 0; i < options.threads; ++i) threads.emplace_back(work);
  std::unique_lock lock(mutex);
  while (!finished.wait_for(lock, kProgressEvery, [&] { return running == 0; })) {
    all.seconds = std::chrono::duration<double>(Clock::now() - began).count();
    const Tally so_far = all;
    lock.unlock();
    if (!progress(so_far)) stop = true;
    lock.lock();
  }
  all.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  return all;
}

}  // namespace segue::simulation
