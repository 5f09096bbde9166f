#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "consumers/tail/watch.h"
#include "core/io/settings/settings.h"

namespace segue::tail {
namespace {

Format format_of(const TailConfig& config) {
  if (config.json || isatty(STDOUT_FILENO) != 1) return Format::json;
  const char* no_color = std::getenv("NO_COLOR");
  return no_color == nullptr || *no_color == '\0' ? Format::colour : Format::plain;
}

int watch(io::Program& program) {
  const TailConfig& config = program.config().tail;
  if (config.from != "now" && config.from != "start") {
    throw io::SettingsError("tail.from must be now or start; \"" + config.from + "\" was given");
  }
  const Format format = format_of(config);
  return config.summary ? watch_all_listeners(program, format)
                        : watch_one_listener(program, format);
}

}  // namespace

bool print(const std::string& text) {
  std::cout << text << std::flush;
  return std::cout.good();
}

}  // namespace segue::tail

int main(int argc, char** argv) {
  const segue::io::ProgramInfo info{
      .name = "segue-tail",
      .summary = "Shows a listener's events and the recommendations that answer them.",
      .sections = {"kafka", "tail", "log"},
      .own_section = "tail",
      .examples = {"segue-tail                                 the next who plays",
                   "segue-tail --listener u-4f1c09             one listener",
                   "segue-tail --from start --json | jq .      one listener's past as JSON lines",
                   "segue-tail --summary --for-s 60            all listeners, in numbers"},
      .commands = {}};
  return segue::io::run_program(info, argc, argv, segue::tail::watch);
}
