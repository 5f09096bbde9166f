#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>

#include "core/io/log.h"
#include "tests/simulation/report.h"

// Runs the real workers through seeded accidents and counts what was lost, counted twice or torn.
namespace segue::simulation {
namespace {

constexpr std::string_view kHelp =
    "segue-simulation: both stages' real worker loop on in-memory ports, against kills, zombies,\n"
    "lost, late and doubled commands, lost replies and reports, a Redis or broker that is away,\n"
    "Redis rolled back, players' retries, moving partitions, a re-created topic, unreadable\n"
    "records and publications that their topic refuses for ever.\n\n"
    "  --runs N         how many worlds (default 500); with --mutations, of each row\n"
    "  --seed S         seed of the first (default 1); a failing seed is printed and repeats\n"
    "  --happenings N   length of a run (default 120)\n"
    "  --threads N      worlds at a time (default: as many as there are processors)\n"
    "  --without GUARD  switches a guard of the protocol off: exit 0 only if the verdict notices\n"
    "  --mutations      switches each guard off in turn; exit 0 only if the verdict notices each\n"
    "  --guards         names the guards and what is done without them\n"
    "  --json           one JSON object on standard output\n\n"
    "Exit code: 0 as expected, 1 not, 2 wrong options, 130 interrupted.\n\n"
    "examples:\n"
    "  segue-simulation --runs 20000\n"
    "  segue-simulation --runs 1 --seed 4711\n"
    "  segue-simulation --runs 1000000            for the night\n"
    "  segue-simulation --mutations --runs 4000\n";

// A row of the mutation table that has shown nothing gets so many times as many runs.
constexpr std::uint64_t kMoreRuns = 20;

volatile std::sig_atomic_t interrupted = 0;

extern "C" void on_stop(int) {
  if (interrupted != 0) _exit(130);
  interrupted = 1;
}

struct Options {
  RunOptions run;
  bool mutations = false;
  bool json = false;
};

// Whole numbers above zero only: a typo must not pass as a proof.
bool read_number(std::string_view text, std::uint64_t& number) {
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stopped == end && number > 0;
}

bool read_guard(std::string_view name, Guard& guard) {
  const std::optional<Guard> found = guard_named(name);
  if (found) guard = *found;
  return found.has_value();
}

bool read_value(std::string_view name, std::string_view value, Options& options) {
  if (name == "--runs") return read_number(value, options.run.runs);
  if (name == "--seed") return read_number(value, options.run.seed);
  if (name == "--happenings") return read_number(value, options.run.happenings);
  if (name == "--threads") return read_number(value, options.run.threads);
  return name == "--without" && read_guard(value, options.run.off);
}

bool read_options(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--mutations") {
      options.mutations = true;
    } else if (name == "--json") {
      options.json = true;
    } else if (i + 1 == argc || !read_value(name, argv[++i], options)) {
      return false;
    }
  }
  return !(options.mutations && options.run.off != Guard::none);
}

// On a terminal one line that changes, else a line now and then; on standard error.
class Progress {
 public:
  bool show(const RunOptions& options, const Tally& so_far) {
    const auto now = std::chrono::steady_clock::now();
    if (now - shown_ >= (terminal_ ? std::chrono::seconds{0} : std::chrono::seconds{10})) {
      shown_ = now;
      const std::string before =
          options.off == Guard::none ? "" : "without " + std::string(name_of(options.off)) + ": ";
      const std::string line = before + progress_of(options, so_far);
      std::fprintf(stderr, terminal_ ? "\r%s\033[K" : "%s\n", line.c_str());
    }
    return interrupted == 0;
  }
  void close() const {
    if (terminal_) std::fputs("\r\033[K", stderr);
  }

 private:
  const bool terminal_ = isatty(STDERR_FILENO) == 1;
  std::chrono::steady_clock::time_point shown_ = std::chrono::steady_clock::now();
};

Tally run(const RunOptions& options) {
  Progress progress;
  const Tally tally =
      run_worlds(options, [&](const Tally& so_far) { return progress.show(options, so_far); });
  progress.close();
  return tally;
}

int run_once(const Options& options) {
  const Tally tally = run(options.run);
  const std::string text =
      options.json ? json_of(options.run, tally) : summary_of(options.run, tally);
  std::fputs(text.c_str(), stdout);
  if (interrupted != 0) return 130;
  const bool should_fail = options.run.off != Guard::none;
  return (tally.bad_runs > 0) == should_fail ? 0 : 1;
}

Tally run_without(Guard off, RunOptions options) {
  options.off = off;
  Tally tally = run(options);
  if (off == Guard::none || tally.bad_runs > 0 || interrupted != 0) return tally;
  options.seed += options.runs;
  options.runs *= kMoreRuns - 1;
  return tally += run(options);
}

int run_mutations(const Options& options) {
  std::vector<Mutation> table = {{Guard::none, run_without(Guard::none, options.run)}};
  bool as_expected = table.front().tally.bad_runs == 0;
  for (const GuardSpec& spec : guards()) {
    if (interrupted != 0) break;
    table.push_back({spec.guard, run_without(spec.guard, options.run)});
    as_expected = as_expected && table.back().tally.bad_runs > 0;
  }
  const std::string text = options.json ? json_of(options.run, table) : table_of(table);
  std::fputs(text.c_str(), stdout);
  if (interrupted != 0) return 130;
  return as_expected ? 0 : 1;
}

void print_guards() {
  for (const GuardSpec& spec : guards()) {
    std::printf("%-20s %s\n", std::string(spec.name).c_str(), std::string(spec.without).c_str());
  }
}

}  // namespace
}  // namespace segue::simulation

int main(int argc, char** argv) {
  namespace simulation = segue::simulation;
  const std::string_view only = argc == 2 ? argv[1] : "";
  if (only == "--help" || only == "-h") {
    std::fputs(simulation::kHelp.data(), stdout);
    return 0;
  }
  if (only == "--guards") {
    simulation::print_guards();
    return 0;
  }
  simulation::Options options;
  options.run.threads = std::max(1U, std::thread::hardware_concurrency());
  if (!simulation::read_options(argc, argv, options)) {
    std::fputs("segue-simulation: unknown, incomplete or wrong option; see --help\n", stderr);
    return 2;
  }
  std::signal(SIGINT, simulation::on_stop);
  std::signal(SIGTERM, simulation::on_stop);
  segue::io::log::start("segue-simulation", "error");
  return options.mutations ? simulation::run_mutations(options) : simulation::run_once(options);
}
