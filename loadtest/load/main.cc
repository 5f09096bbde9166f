#include <unistd.h>

#include <atomic>
#include <chrono>
#include <future>
#include <iomanip>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <thread>

#include "core/event/topics.h"
#include "core/io/clock.h"
#include "core/io/program.h"
#include "loadtest/load/answers.h"
#include "loadtest/load/echo.h"
#include "loadtest/load/open_loop.h"
#include "loadtest/load/stopwatch.h"

namespace segue {
namespace {

using namespace std::chrono_literals;

// After the last event: how long an answer may still take before it is missing.
constexpr auto kAnswerWait = 10s;
constexpr auto kEchoStartWait = 60s;

struct Route {
  std::string events;
  std::string answers;
};

struct Run {
  Delivered delivered;
  Read read;
  Measured measured;
};

// Distinct for each run, so that the ids of one are not those of another.
std::string run_name() { return std::to_string(wall_clock() / kMillisecond); }

std::unique_ptr<Listening> listening_of(const LoadConfig& load) {
  if (!load.listens.empty()) return open_listens(load.listens, load.format);
  return simulate({.seed = static_cast<std::uint64_t>(load.seed)});
}

void show_progress(std::size_t sent, std::size_t events, const Stopwatch& stopwatch) {
  const bool terminal = isatty(STDERR_FILENO) == 1;
  std::cerr << (terminal ? "\r\x1b[K" : "") << "sent " << sent << " of " << events
            << ", answers awaited: " << stopwatch.awaited() << (terminal ? "" : "\n") << std::flush;
}

// Sends on a thread of its own and reads on this one, so that neither waits for the other.
Run measure(const Config& config, const Route& route, const std::string& name) {
  const auto warm_up =
      static_cast<std::size_t>(config.load.rate * static_cast<double>(config.load.warm_up_s));
  const auto counted =
      static_cast<std::size_t>(config.load.rate * static_cast<double>(config.load.for_s));
  Stopwatch stopwatch(name, warm_up + counted, warm_up);
  const OpenLoop loop{
      .topic = route.events,
      .events = warm_up + counted,
      .rate = config.load.rate,
      .expects_answer = [](const EventDraft& draft) { return is_answered(draft.type); },
      .stopping = io::Program::stopping,
      .progress = [&](std::size_t sent) { show_progress(sent, warm_up + counted, stopwatch); }};
  const std::unique_ptr<Listening> listening = listening_of(config.load);
  Answers answers(config.kafka, route.answers);

  std::future<Delivered> sender = std::async(std::launch::async, [&] {
    return send_open_loop(config.kafka, loop, *listening, stopwatch);
  });
  std::optional<Stopwatch::Clock::time_point> sent_at;
  const auto done = [&] {
    if (!sent_at && sender.wait_for(0s) == std::future_status::ready) {
      sent_at = Stopwatch::Clock::now();
    }
    if (!sent_at) return false;
    return stopwatch.awaited() <= 0 || io::Program::stopping() ||
           Stopwatch::Clock::now() > *sent_at + kAnswerWait;
  };
  const Read read = answers.read(
      [&](std::string_view cause, auto in_hand) { stopwatch.answered(cause, in_hand); }, done);
  if (isatty(STDERR_FILENO) == 1) std::cerr << "\n";
  const Delivered delivered = sender.get();
  if (listening->skipped().rows > 0) std::cerr << text_of(listening->skipped()) << "\n";
  return {.delivered = delivered, .read = read, .measured = stopwatch.measured()};
}

std::string json_of(const Percentiles& p) {
  std::ostringstream json;
  json << std::fixed << std::setprecision(3) << R"({"p50":)" << p.p50 << R"(,"p90":)" << p.p90
       << R"(,"p99":)" << p.p99 << R"(,"max":)" << p.max << "}";
  return json.str();
}

// Missing answers are a figure; what makes the figures worthless is a failure.
int report(const Config& config, std::string_view what, const Run& run) {
  const auto mean = [](std::uint64_t bytes, std::uint64_t records) {
    return records == 0 ? 0 : bytes / records;
  };
  const Measured& m = run.measured;
  std::cout << R"({"what":")" << what << R"(","rate":)" << config.load.rate << R"(,"sent":)"
            << m.sent << R"(,"expected":)" << m.expected << R"(,"answered":)" << m.answered
            << R"(,"missing":)" << m.missing << R"(,"undelivered":)" << run.delivered.failed
            << R"(,"answered_per_s":)" << m.answered_per_s << R"(,"answer_ms":)"
            << json_of(m.answer) << R"(,"due_ms":)" << json_of(m.due) << R"(,"late_ms":)"
            << json_of(m.late) << R"(,"event_bytes":)"
            << mean(run.delivered.bytes, run.delivered.events) << R"(,"answer_bytes":)"
            << mean(run.read.bytes, run.read.answers) << "}" << std::endl;
  if (io::Program::stopping()) return 130;
  if (m.sent == 0) std::cerr << "segue-load: the listens ended before the warm-up.\n";
  if (run.delivered.failed > 0) std::cerr << "segue-load: Kafka did not take all events.\n";
  return m.sent > 0 && run.delivered.failed == 0 ? 0 : 1;
}

int latency(const Config& config) {
  const Route route{std::string(topic::kEvents), std::string(topic::kRecommendations)};
  return report(config, "latency", measure(config, route, run_name()));
}

int echo(const Config& config) {
  const std::string name = run_name();
  const Echo echo(config, "segue-load-echo-" + name);
  const auto until = Stopwatch::Clock::now() + kEchoStartWait;
  while (!echo.ready()) {
    echo.check();
    if (io::Program::stopping()) return 130;
    if (Stopwatch::Clock::now() > until) {
      throw std::runtime_error(
          "kafka.brokers: the echo's consumer group got no partition in 60 s.");
    }
    std::this_thread::sleep_for(10ms);
  }
  const Run run = measure(config, {kEchoEvents, kEchoAnswers}, name);
  echo.check();
  return report(config, "echo", run);
}

int run(io::Program& program) {
  return program.command() == "echo" ? echo(program.config()) : latency(program.config());
}

const io::ProgramInfo kInfo{
    .name = "segue-load",
    .summary = "Sends events open loop and measures how long their answers take, by one clock.",
    .sections = {"kafka", "worker", "load", "log"},
    .own_section = "load",
    .examples = {"segue-load latency --rate 500 --for-s 30",
                 "segue-load echo --rate 500 --for-s 30 --bytes 4096"},
    .commands = {{"latency", "Events to a running pipeline, answered by its recommendations."},
                 {"echo",
                  "The same over segue.load-events.v1 and segue.load-answers.v1, answered "
                  "without thought: what Kafka alone costs. The topics must exist."}}};

}  // namespace
}  // namespace segue

int main(int argc, char** argv) {
  return segue::io::run_program(segue::kInfo, argc, argv, segue::run);
}
