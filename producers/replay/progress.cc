#include "producers/replay/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace segue {
namespace {

constexpr std::size_t kBarWidth = 24;
constexpr std::chrono::milliseconds kBarInterval{200};
constexpr std::chrono::milliseconds kSentenceInterval{5'000};

// 84000 as "84,000".
std::string grouped(std::uint64_t n) {
  std::string text = std::to_string(n);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

std::string whole(double value) {
  return grouped(static_cast<std::uint64_t>(std::llround(std::max(value, 0.0))));
}

// "1.5"; for what is below a thousand.
std::string tenths(double value) {
  const auto n = std::llround(std::max(value, 0.0) * 10);
  return grouped(static_cast<std::uint64_t>(n / 10)) + "." + std::to_string(n % 10);
}

// Nothing where nothing was due at a time.
std::string lateness(std::string_view before, Micros late) {
  if (late < 0) return {};
  return std::string(before) + tenths(static_cast<double>(late) / 1e3) + " ms late";
}

std::string percent(double share) { return whole(std::floor(share * 100)) + " %"; }

}  // namespace

std::string progress_bar(const ReplayCounts& counts, double recent_rate) {
  std::string text;
  if (counts.share >= 0) {
    const auto full = static_cast<std::size_t>(counts.share * kBarWidth);
    text = "[" + std::string(std::min(full, kBarWidth), '#');
    text.resize(kBarWidth + 1, '-');
    text += "] " + percent(counts.share) + "  ";
  }
  text += whole(recent_rate) + " events/s" + lateness("  ", counts.late) + "  " +
          grouped(counts.events) + " sent";
  if (counts.failed > 0) text += "  " + grouped(counts.failed) + " failed";
  return text;
}

std::string progress_sentence(const ReplayCounts& counts, double recent_rate) {
  std::string text = grouped(counts.events) + " events sent, " + whole(recent_rate) + " events/s" +
                     lateness(", ", counts.late);
  if (counts.share >= 0) text += ", " + percent(counts.share) + " done";
  if (counts.failed > 0) text += ", " + grouped(counts.failed) + " failed";
  return text + ".";
}

std::string summary(const ReplayCounts& counts) {
  std::string text = "Sent " + grouped(counts.events) + " events";
  if (counts.catalogue > 0)
    text += " and " + grouped(counts.catalogue) + " tracks of the catalogue";
  const double rate =
      counts.seconds > 0 ? static_cast<double>(counts.events) / counts.seconds : 0.0;
  return text + ": " + grouped(counts.delivered) + " delivered, " + grouped(counts.failed) +
         " failed, " + tenths(counts.seconds) + " s, " + whole(rate) + " events/s" +
         lateness(", at most ", counts.latest) + ".";
}

ProgressDisplay::ProgressDisplay() : terminal_(isatty(STDOUT_FILENO) == 1), shown_(Clock::now()) {}

void ProgressDisplay::show(const ReplayCounts& counts) {
  const auto now = Clock::now();
  const std::chrono::duration<double> since = now - shown_;
  if (since < (terminal_ ? kBarInterval : kSentenceInterval)) return;
  const double rate = static_cast<double>(counts.events - events_shown_) / since.count();
  shown_ = now;
  events_shown_ = counts.events;
  line_open_ = terminal_;
  // "\033[K" clears what a longer line left behind.
  const std::string line = terminal_ ? "\r" + progress_bar(counts, rate) + "\033[K"
                                     : progress_sentence(counts, rate) + "\n";
  std::fputs(line.c_str(), stdout);
  std::fflush(stdout);
}

void ProgressDisplay::close() {
  if (line_open_) std::fputs("\r\033[K", stdout);
  line_open_ = false;
  std::fflush(stdout);
}

}  // namespace segue
