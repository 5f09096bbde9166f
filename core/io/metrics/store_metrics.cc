#include "core/io/metrics/store_metrics.h"

#include "core/check.h"

namespace segue::io {
namespace {

constexpr MetricSpec kRequests{"segue_store_requests_total", "counter", "request, outcome",
                               "What was asked of the store of composed files: put, get, look or "
                               "make_room; done, absent (no such file), away or failed."};
constexpr MetricSpec kSeconds{"segue_store_request_seconds", "histogram", "request",
                              "Time of a request to the store, with all its tries."};
constexpr MetricSpec kBytes{"segue_store_bytes", "gauge", "",
                            "Bytes that the store holds, by this process's last listing and what "
                            "it put since; there once a piece was kept."};
constexpr MetricSpec kBytesMax{"segue_store_max_bytes", "gauge", "",
                               "Bytes that the store may hold, store.bytes_max; there where this "
                               "process has a store."};
constexpr MetricSpec kFiles{"segue_store_files", "gauge", "", "Files of these bytes."};

constexpr std::array kSpecs = {kRequests, kSeconds, kBytes, kBytesMax, kFiles};
constexpr std::array<const char*, 4> kAskedNames = {"put", "get", "look", "make_room"};
constexpr std::array<const char*, 4> kOutcomeNames = {"done", "absent", "away", "failed"};

prometheus::Histogram::BucketBoundaries buckets() {
  return {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120};
}

}  // namespace

std::span<const MetricSpec> store_specs() { return kSpecs; }

StoreMetrics::StoreMetrics(prometheus::Registry& registry)
    : requests_(family(prometheus::BuildCounter(), kRequests, registry)),
      seconds_(family(prometheus::BuildHistogram(), kSeconds, registry)),
      bytes_(family(prometheus::BuildGauge(), kBytes, registry)),
      bytes_max_(family(prometheus::BuildGauge(), kBytesMax, registry)),
      files_(family(prometheus::BuildGauge(), kFiles, registry)) {}

// From 0 on, so that the rate of failures begins with the first.
void StoreMetrics::begin(std::uint64_t bytes_max) {
  for (std::size_t asked = 0; asked < kAsked; ++asked) {
    times_[asked] = &seconds_.Add({{"request", kAskedNames[asked]}}, buckets());
    for (std::size_t outcome = 0; outcome < kOutcomes; ++outcome) {
      counters_[asked][outcome] =
          &requests_.Add({{"request", kAskedNames[asked]}, {"outcome", kOutcomeNames[outcome]}});
    }
  }
  bytes_max_.Add({}).Set(static_cast<double>(bytes_max));
}

void StoreMetrics::count(Asked asked, Outcome outcome, double seconds) {
  const auto request = static_cast<std::size_t>(asked);
  SEGUE_CHECK(times_[request] != nullptr);
  times_[request]->Observe(seconds);
  counters_[request][static_cast<std::size_t>(outcome)]->Increment();
}

void StoreMetrics::hold(const std::optional<FileStore::Held>& held) {
  if (!held) return;
  bytes_.Add({}).Set(static_cast<double>(held->bytes));
  files_.Add({}).Set(static_cast<double>(held->files));
}

}  // namespace segue::io
