#include <chrono>

#include "consumers/tail/summary.h"
#include "consumers/tail/watch.h"
#include "core/event/topics.h"
#include "core/io/clock.h"
#include "core/io/kafka/kafka_source.h"

namespace segue::tail {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kRecordsMax = 10'000;
// Lists in flight when we are asked to stop still belong to the last line, but not for ever.
constexpr auto kDrainMax = 2s;

// Returns how many records were read.
std::size_t read(io::KafkaTail& source, Summary& summary) {
  const auto records = source.poll(kRecordsMax, kPatience);
  const Micros at = wall_clock();
  for (const auto& [topic, record] : records) {
    if (topic == topic::kEvents) {
      summary.event(record.timestamp, at);
    } else if (record.value) {
      const auto seen = read_recommendation(*record.value);
      if (seen) summary.recommendation(*seen, at);
    }
  }
  return records.size();
}

class Lines {
 public:
  explicit Lines(Format format) : format_(format) {}

  bool print(const Figures& figures) {
    const std::string line = format_ == Format::json ? json_of(figures) : line_of(figures, before_);
    before_ = figures;
    return tail::print(line + "\n");
  }

 private:
  Format format_;
  Figures before_;
};

}  // namespace

int watch_all_listeners(io::Program& program, Format format) {
  const TailConfig& config = program.config().tail;
  const bool whole_log = config.from == "start";
  io::KafkaTail source(program.config().kafka,
                       {std::string(topic::kEvents), std::string(topic::kRecommendations)},
                       whole_log ? io::KafkaTail::From::start : io::KafkaTail::From::end);
  // From here on: what came before has a position that is already behind us.
  Summary summary(wall_clock(),
                  whole_log ? Summary::Counted::whole_log : Summary::Counted::since_start);
  Lines lines(format);
  const auto started = Clock::now();
  const auto over = [&] {
    return io::Program::stopping() ||
           (config.for_s > 0 && Clock::now() - started >= std::chrono::seconds(config.for_s));
  };
  auto next_line = started;
  while (!over()) {
    if (Clock::now() >= next_line) {
      if (!lines.print(summary.figures(wall_clock()))) return 0;
      next_line += 1s;
    }
    read(source, summary);
  }
  const auto drained_by = Clock::now() + kDrainMax;
  while (read(source, summary) > 0 && Clock::now() < drained_by) continue;
  lines.print(summary.figures(wall_clock()));
  return 0;
}

}  // namespace segue::tail
