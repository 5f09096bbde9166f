#include "core/io/program.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <system_error>

#include "core/io/kafka/kafka_security.h"
#include "core/io/log.h"
#include "core/io/notify.h"
#include "core/io/redis/redis_tls.h"
#include "core/io/settings/settings.h"
#include "core/io/traces/collector.h"

extern "C" char** environ;

namespace segue::io {
namespace {

constexpr int kBrokenSurroundings = 1;
constexpr int kWrongSettings = 2;
constexpr int kInterrupted = 130;  // 128 + SIGINT, as shells report it

std::atomic<bool> stop_asked{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only set such a flag");

extern "C" void on_signal(int) {
  if (stop_asked.exchange(true)) _exit(kInterrupted);
}

// A worker frees what a batch needed and needs it again a moment later. Given back to the system in
// between, it costs a page fault for every four kilobytes: a tenth of a recommender's time.
void keep_freed_memory() {
  constexpr int kMebibyte = 1 << 20;
  mallopt(M_TRIM_THRESHOLD, 128 * kMebibyte);
  mallopt(M_MMAP_THRESHOLD, 32 * kMebibyte);
  mallopt(M_TOP_PAD, 4 * kMebibyte);
}

void install_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // A closed pipe or socket is noticed where it is written to.
  std::signal(SIGPIPE, SIG_IGN);
}

Environment environment() {
  Environment variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  // A folder opens like a file and reads as an empty one.
  std::error_code ignored;
  const bool folder = std::filesystem::is_directory(path, ignored);
  std::string text;
  if (file && !folder) text.assign(std::istreambuf_iterator<char>(file), {});
  if (!file || folder || file.bad()) {
    throw SettingsError("Cannot read \"" + path + "\"; check its path and permissions");
  }
  return text;
}

std::string version_text(const ProgramInfo& info) {
  return std::string(info.name) + " " + SEGUE_VERSION + " (" + SEGUE_REVISION + ")";
}

std::string version_json(const ProgramInfo& info) {
  return "{\"name\":\"" + std::string(info.name) +
         "\",\"version\":\"" SEGUE_VERSION "\",\"revision\":\"" SEGUE_REVISION "\"}";
}

bool colour_wanted() {
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0');
}

// The answer to a flag that needs no settings; empty if the program has to run.
std::string answer(const ProgramInfo& info, const Arguments& arguments) {
  switch (arguments.ask) {
    case Ask::help:
      return help_text(info, arguments.command, colour_wanted());
    case Ask::version:
      return version_text(info) + "\n";
    case Ask::settings_table:
      return settings_table();
    case Ask::metrics_table:
      return metrics_table();
    case Ask::print_config:
    case Ask::run:
      return {};
  }
  return {};
}

void start_log(const ProgramInfo& info, const LogConfig& config) {
  try {
    log::start(info.name, config.level);
  } catch (const std::invalid_argument& wrong) {
    throw SettingsError(wrong.what());
  }
}

bool has_section(const ProgramInfo& info, std::string_view section) {
  return std::ranges::find(info.sections, section) != info.sections.end();
}

std::unique_ptr<HealthServer> serve_health(const ProgramInfo& info, const Config& config,
                                           const Health& health, const Metrics& metrics) {
  if (!has_section(info, "metrics")) return nullptr;
  auto server = std::make_unique<HealthServer>(
      config.metrics.listen, health, [&metrics](bool open) { return metrics.text(open); },
      version_json(info));
  log::info("Serving metrics and health.", {{"port", std::int64_t{server->port()}}});
  return server;
}

// One line whatever the message holds. A service's is read by what collects its log.
int end_with(const ProgramInfo& info, int code, std::string message) {
  std::replace(message.begin(), message.end(), '\n', ' ');
  if (info.is_service && isatty(STDERR_FILENO) == 0) {
    if (code == kWrongSettings) log::start(info.name, "info");  // it may be the level that is wrong
    log::error("The program ends.", {{"error", message}, {"exit_code", std::int64_t{code}}});
  } else {
    std::cerr << info.name << ": " << message << "\n";
  }
  return code;
}

}  // namespace

bool Program::stopping() { return stop_asked.load(std::memory_order_relaxed); }

int run_program(const ProgramInfo& info, int argc, char** argv,
                const std::function<int(Program&)>& body) {
  try {
    const Arguments arguments = read_arguments(info, {argv + std::min(argc, 1), argv + argc});
    if (const std::string text = answer(info, arguments); !text.empty()) {
      std::cout << text << std::flush;
      return 0;
    }
    Program program(info.name);
    program.config_ = effective_config(arguments, environment(), read_file);
    program.command_ = arguments.command;
    start_log(info, program.config_.log);
    if (has_section(info, "kafka")) check_kafka_settings(program.config_.kafka);
    if (has_section(info, "redis")) check_redis_settings(program.config_.redis);
    if (has_section(info, "traces")) check_traces(program.config_.traces);
    if (arguments.ask == Ask::print_config) {
      std::cout << config_toml(info, program.config_) << std::flush;
      return 0;
    }
    keep_freed_memory();
    install_signals();
    const TracesConfig none;
    program.traces_ =
        std::make_unique<Traces>(has_section(info, "traces") ? program.config_.traces : none,
                                 info.name, SEGUE_VERSION, program.metrics_);
    const auto server = serve_health(info, program.config_, program.health_, program.metrics_);
    const char* supervisor = std::getenv("NOTIFY_SOCKET");
    if (supervisor != nullptr) notify_supervisor(supervisor, "READY=1");
    return body(program);
  } catch (const SettingsError& wrong) {
    return end_with(info, kWrongSettings,
                    std::string(wrong.what()) + ". See " + std::string(info.name) + " --help.");
  } catch (const std::exception& problem) {
    return end_with(info, kBrokenSurroundings, problem.what());
  }
}

}  // namespace segue::io
