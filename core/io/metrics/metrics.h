#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/experiment.h"
#include "core/io/metrics/batch_report.h"

namespace prometheus {
struct MetricFamily;
}

namespace segue::io {

class GatewayMetrics;
class StoreMetrics;

// All metrics of all programs: names, labels, buckets and help stand in this folder and nowhere
// else. Recorded once a batch; nothing is looked up by name on the way. Thread-safe.
class Metrics {
 public:
  // Those that this program feeds ("segue-trainer"); without a name all.
  explicit Metrics(std::string_view program = {});
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // `input` is the topic the worker reads.
  void record(const BatchReport& report, std::string_view input);
  // One partition of the topic `input`, owned by this process or not.
  void lag(std::string_view input, const PartitionLag& lag);
  // Whether "kafka" or "redis" answers.
  void dependency(std::string_view name, bool up);
  // From now on two variants are counted; at most once, before the trial's first score.
  void begin(const Experiment& experiment);
  // Redis commands by outcome ("ok", "lost", "refused") and producers' events.
  void redis_command(std::string_view command, std::string_view outcome);
  void replayed(std::uint64_t events, std::uint64_t failed);
  // Spans for a collector: "sent", "refused" or "dropped".
  void spans(std::string_view outcome, std::uint64_t spans);
  // The counts of segue-gateway. Requires: the program feeds it.
  GatewayMetrics& gateway();
  // The figures of the store of composed files. Requires: the program feeds them.
  StoreMetrics& store();
  // The Prometheus text format; OpenMetrics, with exemplars, where that was asked for.
  std::string text(bool open = false) const;

 private:
  std::vector<prometheus::MetricFamily> collect() const;

  struct Families;
  std::unique_ptr<Families> families_;
};

// The pages' table of all metrics, in Markdown.
std::string metrics_table();

}  // namespace segue::io
