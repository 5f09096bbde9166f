#include <array>
#include <chrono>
#include <set>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "core/event/topics.h"
#include "core/io/kafka/kafka_sink.h"
#include "core/io/kafka/kafka_source.h"
#include "core/io/program.h"
#include "deploy/admin/reshard/state.h"

namespace segue::admin {
namespace {

// Readers keep these whole. Events and signals are in the state, lists beside it; lessons are
// published again.
constexpr std::array kKept = {topic::kCatalog, topic::kItemModels, topic::kGenerationResults,
                              topic::kGenerationDecisions, topic::kDeadLetters};
constexpr std::size_t kCopiedAtOnce = 1'024;
constexpr std::chrono::milliseconds kCopyPoll{200};
// Where so long nothing comes, nothing can be read.
constexpr std::chrono::seconds kCopySilenceMax{30};

// Copies records one batch after the other. Of one key only one is on its way, so that what was
// written last stays last.
class Copier {
 public:
  Copier(const KafkaConfig& to, Progress& progress) : sink_(to), progress_(progress) {}

  void copy(io::KafkaTail& tail, std::string_view topic) {
    const std::uint64_t before = copied_;
    auto last_came = std::chrono::steady_clock::now();
    while (!tail.caught_up()) {
      if (io::Program::stopping()) {
        throw std::runtime_error("Interrupted: the state stays where it was; run it again.");
      }
      const std::int64_t behind = tail.behind();
      for (io::KafkaTail::Tailed& tailed : tail.poll(kCopiedAtOnce, kCopyPoll)) {
        add(topic, std::move(tailed.record));
      }
      send();
      progress_.show("records of " + std::string(topic) + " copied", copied_ - before, false);
      const auto now = std::chrono::steady_clock::now();
      if (tail.behind() != behind) last_came = now;
      if (now > last_came + kCopySilenceMax) {
        throw std::runtime_error("Kafka gives no more of " + std::string(topic) + ", with " +
                                 std::to_string(behind) +
                                 " records to come. The state stays where it was; run it again.");
      }
    }
  }

  std::uint64_t copied() const { return copied_; }

 private:
  void add(std::string_view topic, Record record) {
    if (record.key && !keys_.insert(*record.key).second) {
      send();
      keys_.insert(*record.key);
    }
    batch_.push_back({.topic = std::string(topic),
                      .partition = -1,
                      .key = std::move(record.key),
                      .value = std::move(record.value),
                      .headers = std::move(record.headers)});
  }

  void send() {
    for (const io::Sent& sent : sink_.publish(batch_)) {
      if (sent.in_log()) continue;
      throw std::runtime_error("Kafka takes no record of " + batch_.front().topic + ": " +
                               sent.why + ". The state stays where it was; run it again.");
    }
    copied_ += batch_.size();
    batch_.clear();
    keys_.clear();
  }

  io::KafkaSink sink_;
  Progress& progress_;
  std::vector<io::Publication> batch_;  // at most kCopiedAtOnce
  std::set<std::string> keys_;          // in it
  std::uint64_t copied_ = 0;
};

}  // namespace

std::uint64_t copy_records(const Move& move, Progress& progress) {
  Copier copier(move.to.kafka, progress);
  for (const std::string_view topic : kKept) {
    io::KafkaTail tail(move.from.kafka, {std::string(topic)}, io::KafkaTail::From::start);
    copier.copy(tail, topic);
  }
  for (const auto& [partition, next] : move.jobs_at) {
    io::KafkaTail tail(move.from.kafka, std::string(topic::kGenerationJobs), {partition, next});
    copier.copy(tail, topic::kGenerationJobs);
  }
  return copier.copied();
}

}  // namespace segue::admin
