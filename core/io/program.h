#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/config.h"
#include "core/io/health_server.h"
#include "core/io/metrics/metrics.h"
#include "core/io/server_watch.h"
#include "core/io/traces/traces.h"

namespace segue::io {

struct Command {
  std::string_view name;
  std::string_view help;
  // Settings of the program's own section that it reads; its --help shows these of them. Empty:
  // none.
  std::vector<std::string_view> settings = {};
};

// A program's description of itself; from it come its flags, its --help and its log component.
struct ProgramInfo {
  std::string_view name;     // "segue-replay"
  std::string_view summary;  // one sentence
  // Sections of the configuration it uses ("kafka", "redis", …); its flags are `--section.name`.
  std::vector<std::string_view> sections;
  // Its own section: those flags also go without the prefix, `--rate` for `--replay.rate`.
  std::string_view own_section;
  std::vector<std::string_view> examples;
  std::vector<Command> commands;  // where not empty, exactly one is required
  bool is_service = false;        // runs under a supervisor; what it writes is collected
};

// A running program: its effective configuration, its health and metrics, and whether it was asked
// to stop (SIGINT, SIGTERM; a second signal ends it at once).
class Program {
 public:
  const Config& config() const { return config_; }
  std::string_view command() const { return command_; }  // empty if it has none
  Health& health() { return health_; }
  Metrics& metrics() { return metrics_; }
  ServerWatch& servers() { return servers_; }
  // Off where "traces" is not among the sections.
  Traces& traces() { return *traces_; }
  // Async-signal-safe flag; poll it at least every 200 ms.
  static bool stopping();

 private:
  friend int run_program(const ProgramInfo&, int, char**, const std::function<int(Program&)>&);
  explicit Program(std::string_view name) : metrics_(name) {}

  Config config_;
  std::string command_;
  Health health_;
  Metrics metrics_;
  ServerWatch servers_{health_, metrics_};
  std::unique_ptr<Traces> traces_;
};

// Reads the settings (defaults < --config FILE.toml < SEGUE_* < flags), answers --help, --version
// and --print-config, starts logging and, where "metrics" is among the sections, the endpoint, then
// runs `body` and returns the exit code: the body's, 2 for wrong settings, 1 for a std::exception
// (its message is the one clear line: a service's is a log line like all others, unless it is
// written to a terminal). SEGUE_KAFKA_BROKERS is kafka.brokers.
int run_program(const ProgramInfo& info, int argc, char** argv,
                const std::function<int(Program&)>& body);

}  // namespace segue::io
