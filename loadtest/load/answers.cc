#include "loadtest/load/answers.h"

#include <simdjson.h>

#include "core/io/kafka/kafka_source.h"

namespace segue {
namespace {

constexpr std::size_t kRecordsMax = 256;
constexpr std::chrono::milliseconds kWait{100};

}  // namespace

struct Answers::Reader {
  Reader(const KafkaConfig& config, const std::string& topic)
      : tail(config, {topic}, io::KafkaTail::From::end) {}

  // The id of the event that caused this answer; empty if it names none. Valid until the next call.
  std::string_view cause_of(const std::string& value) {
    padded = simdjson::padded_string(value);
    simdjson::ondemand::document json;
    std::string_view id;
    if (parser.iterate(padded).get(json) != simdjson::SUCCESS) return {};
    if (json["cause"]["id"].get_string().get(id) != simdjson::SUCCESS) return {};
    return id;
  }

  io::KafkaTail tail;
  simdjson::ondemand::parser parser;
  simdjson::padded_string padded;
};

Answers::Answers(const KafkaConfig& config, const std::string& topic)
    : reader_(std::make_unique<Reader>(config, topic)) {}
Answers::~Answers() = default;

Read Answers::read(const OnAnswer& on_answer, const std::function<bool()>& done) {
  Read read;
  while (!done()) {
    const auto tailed = reader_->tail.poll(kRecordsMax, kWait);
    const auto in_hand = Stopwatch::Clock::now();
    for (const auto& [topic, record] : tailed) {
      if (!record.value) continue;
      ++read.answers;
      read.bytes += record.value->size();
      on_answer(reader_->cause_of(*record.value), in_hand);
    }
  }
  return read;
}

}  // namespace segue
