#include <chrono>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/io/clock.h"
#include "core/io/log.h"
#include "core/io/program.h"
#include "core/io/settings/settings.h"
#include "producers/gateway/access/keys/shared_key.h"
#include "producers/gateway/access/secret.h"
#include "producers/replay/files/catalogue_file.h"
#include "producers/replay/files/line_reader.h"
#include "producers/replay/replay.h"
#include "producers/replay/simulation/simulation.h"

namespace segue {
namespace {

const io::ProgramInfo kInfo = {
    .name = "segue-replay",
    .summary =
        "Sends recorded or simulated listening, or a catalogue of tracks, to Kafka. The same file, "
        "or the same seed, gives "
        "the same ids, sessions and numbers, so that a second replay into the same log is "
        "recognised as duplicates. Simulated events begin a year ago (--days-ago) and never lie in "
        "the future: once they have come to the present they are dated with it. At speed 1 they "
        "begin now.",
    .sections = {"kafka", "replay", "metrics", "log"},
    .own_section = "replay",
    .examples = {"segue-replay --rate 500",
                 "segue-replay --listeners 20000 --tracks 50000 --seed 7 --rate 5000 --for-s 60",
                 "segue-replay --listeners 50 --speed 60",
                 "segue-replay --listens listens.tsv.gz --format 30music",
                 "segue-replay --listens mine.csv --format segue-csv --rate 200",
                 "segue-replay --listens sessions.txt.gz --format sessions",
                 "segue-replay --catalogue tracks.jsonl"},
    .commands = {}};

// Kafka reports a record as failed by then; the rest is for the report to arrive.
constexpr std::chrono::milliseconds kReportSlack{2'000};
// No more of a catalogue is held.
constexpr std::size_t kTracksAtOnce = 10'000;

Pace pace_of(const ReplayConfig& config, bool simulated, Micros start) {
  if (config.rate > 0) return Pace::at_rate(config.rate);
  return simulated ? Pace::at_speed(config.speed, start) : Pace::unpaced();
}

ReplayPlan plan_of(const Config& config, bool simulated, Micros start) {
  return {.pace = pace_of(config.replay, simulated, start),
          .events_max = config.replay.events_max,
          .for_time = std::chrono::seconds(config.replay.for_s),
          .never_ahead_of_clock = simulated,
          .flush_wait = std::chrono::milliseconds(config.kafka.publish_timeout_ms) + kReportSlack};
}

// Listeners as the gateway knows them, where its key is given.
Reading reading_of(const ReplayConfig& config) {
  Reading reading{.not_after = wall_clock(), .listener = {}};
  if (config.pseudonym_key.empty()) return reading;
  std::string key;
  try {
    key = gateway::shared_key(config.pseudonym_key);
  } catch (const std::invalid_argument& wrong) {
    throw io::SettingsError(std::string("replay.pseudonym_key: ") + wrong.what());
  }
  reading.listener = [names = gateway::Pseudonyms(key)](std::string_view user) {
    return names.of(user);
  };
  return reading;
}

// Names the settings that are at fault.
std::unique_ptr<Listening> open_recorded(const ReplayConfig& config) {
  try {
    return open_listens(config.listens, config.format, reading_of(config));
  } catch (const std::runtime_error& wrong) {
    throw std::runtime_error("replay.listens with replay.format=" + config.format + ": " +
                             wrong.what());
  }
}

void report(const Skipped& skipped) {
  if (skipped.rows == 0) return;
  io::log::warn("Rows of the file were left out.",
                {{"rows", static_cast<std::int64_t>(skipped.rows)}, {"error", skipped.first}});
}

// Why the file ended before its end, if it did: what was read until there is sent all the same.
std::string publish(Replay& replay, Listening& listening) {
  try {
    replay.publish(listening);
  } catch (const BrokenInput& broken) {
    return broken.what();
  }
  return {};
}

// Opened, and its first rows read, before Kafka is asked for anything.
std::unique_ptr<CatalogueFile> open_catalogue(const std::string& path) {
  if (path.empty()) return nullptr;
  try {
    return std::make_unique<CatalogueFile>(path);
  } catch (const std::runtime_error& wrong) {
    throw std::runtime_error("replay.catalogue: " + std::string(wrong.what()));
  }
}

// As `publish` above.
std::string publish(Replay& replay, CatalogueFile& catalogue) {
  std::vector<CatalogEntry> some;
  try {
    while (auto entry = catalogue.next()) {
      if (io::Program::stopping()) return {};
      some.push_back(*std::move(entry));
      if (some.size() < kTracksAtOnce) continue;
      replay.publish(some);
      some.clear();
    }
    replay.publish(some);
  } catch (const BrokenInput& broken) {
    replay.publish(some);
    return broken.what();
  }
  return {};
}

int run(io::Program& program) {
  const Config& config = program.config();
  const bool recorded = !config.replay.listens.empty();
  const bool simulated = !recorded && config.replay.catalogue.empty();
  const Simulation simulation = simulation_of(config.replay, wall_clock());
  // Before Kafka: an unreadable file needs no broker to be found out.
  const auto catalogue = open_catalogue(config.replay.catalogue);
  const auto listening = simulated  ? simulate(simulation)
                         : recorded ? open_recorded(config.replay)
                                    : nullptr;

  program.health().set("kafka", false, config.kafka.brokers);
  io::KafkaStream stream(config.kafka);
  program.health().set("kafka", true, config.kafka.brokers);
  Replay replay(plan_of(config, simulated, simulation.start), stream, program.metrics());
  if (simulated) replay.publish(catalog_of(simulation));
  std::string broken = catalogue ? publish(replay, *catalogue) : std::string();
  if (listening && broken.empty()) broken = publish(replay, *listening);

  const ReplayCounts counts = replay.finish();
  if (catalogue) report(catalogue->skipped());
  if (listening) report(listening->skipped());
  std::puts(summary(counts).c_str());
  if (!broken.empty()) throw std::runtime_error(broken);
  return counts.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace segue

int main(int argc, char** argv) {
  return segue::io::run_program(segue::kInfo, argc, argv, segue::run);
}
