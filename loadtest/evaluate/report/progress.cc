#include "loadtest/evaluate/report/progress.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace segue {
namespace {

constexpr std::size_t kBarWidth = 24;
constexpr std::chrono::milliseconds kBarInterval{200};
constexpr std::chrono::milliseconds kLineInterval{15'000};
// So many steps pass between two looks at the clock.
constexpr std::uint64_t kStepsBetween = 256;

// 84000 as "84,000".
std::string grouped(std::uint64_t n) {
  std::string text = std::to_string(n);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

}  // namespace

std::string progress_text(std::uint64_t done, std::uint64_t all, double seconds, bool bar) {
  const double share =
      all == 0 ? 1 : std::min(1.0, static_cast<double>(done) / static_cast<double>(all));
  std::string text;
  if (bar) {
    text = "[" + std::string(static_cast<std::size_t>(share * kBarWidth), '#');
    text.resize(kBarWidth + 1, '-');
    text += "] ";
  }
  text += std::to_string(static_cast<int>(share * 100)) + " %";
  if (done == 0 || seconds <= 0) return text;
  const double rate = static_cast<double>(done) / seconds;
  const auto left =
      static_cast<std::uint64_t>(static_cast<double>(all - std::min(done, all)) / rate);
  std::array<char, 32> clock{};
  std::snprintf(clock.data(), clock.size(), "%llu:%02llu",
                static_cast<unsigned long long>(left / 60),
                static_cast<unsigned long long>(left % 60));
  return text + "  " + grouped(static_cast<std::uint64_t>(rate)) + "/s  " + clock.data() + " left";
}

Progress::Progress(std::uint64_t all, Show show)
    : all_(all), show_(show), began_(Clock::now()), printed_(began_) {}

void Progress::add(std::uint64_t done) {
  const std::uint64_t before = done_.fetch_add(done, std::memory_order_relaxed);
  if (show_ == Show::nothing || before / kStepsBetween == (before + done) / kStepsBetween) return;
  const std::unique_lock lock(printing_, std::try_to_lock);
  if (!lock) return;
  const auto now = Clock::now();
  if (now - printed_ < (show_ == Show::bar ? kBarInterval : kLineInterval)) return;
  printed_ = now;
  const std::chrono::duration<double> since = now - began_;
  const std::string text = progress_text(before + done, all_, since.count(), show_ == Show::bar);
  // "\033[K" clears what a longer line left behind.
  std::fputs((show_ == Show::bar ? "\r" + text + "\033[K" : text + "\n").c_str(), stderr);
  line_open_ = show_ == Show::bar;
}

void Progress::close() {
  const std::scoped_lock lock(printing_);
  if (line_open_) std::fputs("\r\033[K", stderr);
  line_open_ = false;
}

}  // namespace segue
