#include "loadtest/load/stopwatch.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/check.h"

namespace segue {
namespace {

constexpr double kNsPerMs = 1e6;

std::int64_t ns(std::chrono::steady_clock::duration span) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(span).count();
}

}  // namespace

// Nearest rank: the smallest value that at least that share of all values does not exceed.
Percentiles percentiles(std::vector<double> ms) {
  if (ms.empty()) return {};
  std::sort(ms.begin(), ms.end());
  const auto at = [&](double share) {
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(ms.size())));
    return ms[std::max<std::size_t>(rank, 1) - 1];
  };
  return {.p50 = at(0.50), .p90 = at(0.90), .p99 = at(0.99), .max = ms.back()};
}

Stopwatch::Stopwatch(std::string run, std::size_t events, std::size_t warm_up)
    : prefix_("load/" + std::move(run) + "/"), warm_up_(warm_up), laps_(events) {}

std::string Stopwatch::id(std::size_t n) const { return prefix_ + std::to_string(n); }

void Stopwatch::sent(std::size_t n, Clock::time_point due, bool expects_answer) {
  SEGUE_CHECK(n < laps_.size());
  Lap& lap = laps_[n];
  const Clock::time_point now = Clock::now();
  lap.late_ns = std::max<std::int64_t>(ns(now - due), 0);
  lap.expects_answer = expects_answer;
  if (expects_answer) awaited_.fetch_add(1, std::memory_order_relaxed);
  lap.sent_ns.store(std::max<std::int64_t>(ns(now - start_), 1), std::memory_order_release);
}

void Stopwatch::answered(std::string_view id, Clock::time_point at) {
  if (!id.starts_with(prefix_)) return;
  id.remove_prefix(prefix_.size());
  std::size_t n = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), n);
  if (error != std::errc() || end != id.data() + id.size() || n >= laps_.size()) return;
  Lap& lap = laps_[n];
  const std::int64_t sent_ns = lap.sent_ns.load(std::memory_order_acquire);
  if (sent_ns == 0 || lap.answer_ns >= 0) return;
  lap.answer_ns = ns(at - start_) - sent_ns;
  if (lap.expects_answer) awaited_.fetch_sub(1, std::memory_order_relaxed);
}

Measured Stopwatch::measured() const {
  Measured measured;
  std::vector<double> answer;
  std::vector<double> due;
  std::vector<double> late;
  for (std::size_t n = warm_up_; n < laps_.size(); ++n) {
    const Lap& lap = laps_[n];
    if (lap.sent_ns.load(std::memory_order_acquire) == 0) continue;
    ++measured.sent;
    late.push_back(static_cast<double>(lap.late_ns) / kNsPerMs);
    if (lap.answer_ns >= 0) {
      answer.push_back(static_cast<double>(lap.answer_ns) / kNsPerMs);
      due.push_back(static_cast<double>(lap.answer_ns + lap.late_ns) / kNsPerMs);
    }
    if (!lap.expects_answer) continue;
    ++measured.expected;
    if (lap.answer_ns >= 0) ++measured.answered;
  }
  measured.missing = measured.expected - measured.answered;
  measured.answered_per_s = answered_per_s();
  measured.answer = percentiles(std::move(answer));
  measured.due = percentiles(std::move(due));
  measured.late = percentiles(std::move(late));
  return measured;
}

// Answers to the warm-up count where they come later: under too much load all answers are late.
double Stopwatch::answered_per_s() const {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  for (std::size_t n = warm_up_; n < laps_.size(); ++n) {
    const std::int64_t sent_ns = laps_[n].sent_ns.load(std::memory_order_acquire);
    if (sent_ns == 0) continue;
    if (begin == 0) begin = sent_ns;
    end = sent_ns;
  }
  if (end <= begin) return 0;
  const auto came_meanwhile = std::ranges::count_if(laps_, [&](const Lap& lap) {
    const std::int64_t came_ns = lap.sent_ns.load(std::memory_order_acquire) + lap.answer_ns;
    return lap.expects_answer && lap.answer_ns >= 0 && came_ns >= begin && came_ns <= end;
  });
  return 1e9 * static_cast<double>(came_meanwhile) / static_cast<double>(end - begin);
}

}  // namespace segue
