#include "core/io/metrics/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>

namespace segue::io {
namespace {

constexpr MetricSpec kCpu{"process_cpu_seconds_total", "counter", "",
                          "Processor time of this process, of programs and kernel."};
constexpr MetricSpec kResident{"process_resident_memory_bytes", "gauge", "",
                               "Memory that this process holds."};
constexpr MetricSpec kVirtual{"process_virtual_memory_bytes", "gauge", "",
                              "Address space of this process."};
constexpr MetricSpec kStart{"process_start_time_seconds", "gauge", "",
                            "When this process began, since 1970."};
constexpr MetricSpec kOpen{"process_open_fds", "gauge", "",
                           "Open files and sockets of this process."};
constexpr MetricSpec kMax{"process_max_fds", "gauge", "", "How many of them it may open."};

constexpr std::array kSpecs = {kCpu, kResident, kVirtual, kStart, kOpen, kMax};

// Fields of /proc/self/stat behind the program's name; proc(5) counts from 1 and the name is 2.
constexpr std::size_t kUser = 14 - 3;
constexpr std::size_t kSystem = 15 - 3;
constexpr std::size_t kStarted = 22 - 3;
constexpr std::size_t kVirtualBytes = 23 - 3;
constexpr std::size_t kResidentPages = 24 - 3;

std::vector<double> stat_fields() {
  std::ifstream file("/proc/self/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t name_ends = text.rfind(')');  // a name may hold blanks
  if (name_ends == std::string::npos) return {};
  std::istringstream rest(text.substr(name_ends + 1));
  std::string state;
  rest >> state;
  std::vector<double> fields{0};
  for (double field = 0; rest >> field;) fields.push_back(field);
  return fields;
}

std::optional<double> booted_at() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  }
  return std::nullopt;
}

std::optional<double> open_files() {
  std::error_code failed;
  std::filesystem::directory_iterator entry("/proc/self/fd", failed);
  double count = 0;
  for (; !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
    ++count;
  }
  if (failed || count == 0) return std::nullopt;
  return count - 1;  // the look itself opens one
}

void add(std::vector<prometheus::MetricFamily>& to, const MetricSpec& spec, double value) {
  prometheus::ClientMetric metric;
  const bool counter = std::string_view(spec.type) == "counter";
  metric.counter.value = value;
  metric.gauge.value = value;
  const auto type = counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
  to.push_back({.name = spec.name, .help = spec.help, .type = type, .metric = {metric}});
}

}  // namespace

std::span<const MetricSpec> process_specs() { return kSpecs; }

std::vector<prometheus::MetricFamily> ProcessMetrics::Collect() const {
  std::vector<prometheus::MetricFamily> all;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  if (const std::vector<double> stat = stat_fields(); stat.size() > kResidentPages) {
    add(all, kCpu, (stat[kUser] + stat[kSystem]) / ticks);
    add(all, kResident, stat[kResidentPages] * page);
    add(all, kVirtual, stat[kVirtualBytes]);
    if (const auto booted = booted_at()) add(all, kStart, *booted + stat[kStarted] / ticks);
  }
  if (const auto open = open_files()) add(all, kOpen, *open);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    const bool none = limit.rlim_cur == RLIM_INFINITY;
    add(all, kMax,
        none ? std::numeric_limits<double>::infinity() : static_cast<double>(limit.rlim_cur));
  }
  return all;
}

}  // namespace segue::io
