#include "loadtest/load/echo.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "core/io/kafka/kafka_sink.h"
#include "core/io/kafka/kafka_source.h"

namespace segue {
namespace {

// As long as a recommendation, and like one it names its cause near the beginning.
std::string answer_to(std::string_view id, std::size_t bytes) {
  std::string json = R"({"cause":{"id":")";
  json.append(id).append(R"("},"filler":")");
  constexpr std::string_view kEnd = R"("})";
  if (json.size() + kEnd.size() < bytes) json.append(bytes - json.size() - kEnd.size(), 'x');
  return json.append(kEnd);
}

// "segue.playback.completed.v1" to its type.
EventType type_of(const Record& record) {
  std::string_view name = header(record, "ce_type");
  name.remove_prefix(std::min(kEventTypePrefix.size(), name.size()));
  return event_type_of(name.substr(0, name.rfind(".v")));
}

std::vector<io::Publication> answers_to(const std::vector<Record>& records, std::size_t bytes) {
  std::vector<io::Publication> answers;
  answers.reserve(records.size());
  for (const Record& record : records) {
    if (!is_answered(type_of(record))) continue;
    answers.push_back({.topic = kEchoAnswers,
                       .key = record.key,
                       .value = answer_to(header(record, "ce_id"), bytes),
                       .headers = record.headers});
  }
  return answers;
}

}  // namespace

bool is_answered(EventType type) {
  return type == EventType::playback_started || is_terminal(type);
}

Echo::Echo(const Config& config, std::string group)
    : thread_([this, config, group = std::move(group)] { run(config, group); }) {}

Echo::~Echo() {
  stop_ = true;
  thread_.join();
}

void Echo::check() const {
  if (failed_) throw std::runtime_error(failure_);
}

void Echo::run(const Config& config, const std::string& group) {
  try {
    answer(config, group);
  } catch (const std::exception& error) {
    failure_ = error.what();
    failed_ = true;
  }
}

void Echo::answer(const Config& config, const std::string& group) {
  io::KafkaSource source(config.kafka, group, kEchoEvents, 0);
  io::KafkaSink sink(config.kafka);
  const auto records_max = static_cast<std::size_t>(config.worker.batch_events_max);
  const std::chrono::milliseconds wait{config.worker.batch_wait_ms};
  const auto bytes = static_cast<std::size_t>(config.load.bytes);
  while (!stop_) {
    const io::Polled polled = source.poll(records_max, wait);
    for (const std::int32_t partition : polled.assigned) {
      const io::PartitionOffset end{partition, source.watermarks(partition).high};
      source.start({&end, 1});
    }
    // The only member of a group gets all partitions at once.
    if (!polled.assigned.empty()) ready_ = true;
    const std::vector<io::Publication> answers = answers_to(polled.records, bytes);
    if (answers.empty()) continue;
    for (const io::Sent& sent : sink.publish(answers)) {
      if (!sent.in_log()) throw std::runtime_error("Kafka did not take an echo's answer.");
    }
  }
}

}  // namespace segue
