#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/config.h"
#include "core/io/kafka/kafka_source.h"
#include "core/io/ports.h"

// The servers that these tests are given: SEGUE_TEST_BROKERS and SEGUE_TEST_REDIS, both HOST:PORT.
// Every test takes topics and groups of its own, so that tests share nothing but the servers.
namespace segue::io::testing {

inline constexpr std::chrono::seconds kPatience{60};

// Throw std::runtime_error, which fails the test, if the variable is not set.
KafkaConfig kafka();
RedisConfig redis();

// The source of the Redis functions.
std::string functions();

// "<stem>-<random hex>".
std::string unique(const std::string& stem);

// A new topic, with a unique name that begins with `stem`.
std::string new_topic(const std::string& stem, std::int32_t partitions,
                      std::vector<std::pair<std::string, std::string>> config = {});

// Writes `count` records with values "<first>", "<first + 1>", … into one partition.
void write(const KafkaConfig& config, const std::string& topic, std::int32_t partition,
           std::int64_t first, std::int64_t count);

// Polls until `done` says so of all that came, or patience ends. Claims nothing, starts nothing.
template <class Done>
Polled poll_until(Source& source, Done done) {
  Polled all;
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!done(all) && std::chrono::steady_clock::now() < until) {
    Polled some = source.poll(1'000, std::chrono::milliseconds(50));
    all.records.insert(all.records.end(), some.records.begin(), some.records.end());
    all.unreadable.insert(all.unreadable.end(), some.unreadable.begin(), some.unreadable.end());
    all.assigned.insert(all.assigned.end(), some.assigned.begin(), some.assigned.end());
    all.revoked.insert(all.revoked.end(), some.revoked.begin(), some.revoked.end());
  }
  return all;
}

// The offsets of the records, in order of arrival.
std::vector<std::int64_t> offsets_of(const std::vector<Record>& records);

// first, first + 1, … last - 1.
std::vector<std::int64_t> range(std::int64_t first, std::int64_t last);

}  // namespace segue::io::testing
