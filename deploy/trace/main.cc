#include <chrono>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "core/event/topics.h"
#include "core/io/kafka/kafka_source.h"
#include "core/io/program.h"
#include "core/io/settings/settings.h"
#include "deploy/trace/followed.h"

namespace segue::trace {
namespace {

constexpr std::size_t kPollRecords = 1'000;
constexpr std::chrono::milliseconds kPollWait{200};

// The arguments beside the settings.
struct Asked {
  std::string event;
  bool json = false;
  bool otlp = false;
};

// Everything that was in the topics when it began, record by record.
template <class Take>
void read(const KafkaConfig& kafka, const std::vector<std::string_view>& topics, const Take& take) {
  io::KafkaTail tail(kafka, {topics.begin(), topics.end()}, io::KafkaTail::From::start);
  while (!tail.caught_up() && !io::Program::stopping()) {
    for (const io::KafkaTail::Tailed& tailed : tail.poll(kPollRecords, kPollWait)) {
      take(tailed.topic, tailed.record);
    }
  }
}

void print(const Followed& followed, bool json) {
  const std::vector<Sighting> all = followed.sightings();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Sighting& before = all[i == 0 ? 0 : i - 1];
    std::cout << (json ? json_of(all[i], all[0], before) : line_of(all[i], all[0], before));
  }
  if (json) return;
  if (followed.retries() > 0) {
    std::cout << "Sent again " << followed.retries() << " times; it counts once.\n";
  }
  if (!followed.traceparent().empty()) std::cout << "Trace " << followed.traceparent() << "\n";
  if (all.size() == 1) {
    std::cout << "Nothing followed from it: no worker has read it yet, it changed no list, or what "
                 "it caused is past its retention.\n";
  }
}

int follow(const io::Program& program, const Asked& asked) {
  if (asked.event.empty())
    throw io::SettingsError("An event's id is missing: segue-trace EVENT_ID");
  const KafkaConfig& kafka = program.config().kafka;
  Followed followed(asked.event);
  read(kafka, {topic::kEvents},
       [&](std::string_view, const Record& record) { followed.take_event(record); });
  if (!followed.found()) {
    throw std::runtime_error("No event of this id stands in " + std::string(topic::kEvents) +
                             ": it was not accepted, or is past the topic's retention.");
  }
  read(kafka,
       {topic::kRecommendations, topic::kItemSignals, topic::kGenerationDecisions,
        topic::kGenerationJobs, topic::kDeadLetters},
       [&](std::string_view topic, const Record& record) { followed.take_effect(topic, record); });
  if (followed.has_jobs()) {
    read(kafka, {topic::kGenerationResults},
         [&](std::string_view, const Record& record) { followed.take_result(record); });
  }
  if (asked.otlp) {
    std::cout << otlp_of(followed);
  } else {
    print(followed, asked.json);
  }
  return io::Program::stopping() ? 130 : 0;
}

}  // namespace
}  // namespace segue::trace

// The id, --json and --otlp are no settings: they are taken out before the settings are read.
int main(int argc, char** argv) {
  const segue::io::ProgramInfo info{
      .name = "segue-trace",
      .summary =
          "Says where an event went and how long each stage took, from the log alone: "
          "segue-trace EVENT_ID [--json | --otlp].",
      .sections = {"kafka", "log"},
      .own_section = "kafka",
      .examples =
          {"segue-trace 0b6f1f5e-7a55-4d2e-9a35-0c8a4a2e2c11 --brokers kafka:9092",
           "segue-trace 0b6f1f5e-7a55-4d2e-9a35-0c8a4a2e2c11 --json | jq .",
           "segue-trace 0b6f1f5e-7a55-4d2e-9a35-0c8a4a2e2c11 --otlp |",
           "  curl -H 'Content-Type: application/json' -d @- http://collector:4318/v1/traces"},
      .commands = {}};
  segue::trace::Asked asked;
  std::vector<char*> rest;
  for (int i = 0; i < argc; ++i) {
    const std::string_view word(argv[i]);
    if (word == "--json") {
      asked.json = true;
    } else if (word == "--otlp") {
      asked.otlp = true;
    } else if (i == 1 && !word.starts_with("-")) {
      asked.event = word;
    } else {
      rest.push_back(argv[i]);
    }
  }
  return segue::io::run_program(
      info, static_cast<int>(rest.size()), rest.data(),
      [&](segue::io::Program& program) { return segue::trace::follow(program, asked); });
}
