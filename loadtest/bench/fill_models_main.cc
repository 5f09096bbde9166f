#include <algorithm>
#include <chrono>
#include <iostream>
#include <random>
#include <string>

#include "core/check.h"
#include "core/event/topics.h"
#include "core/io/kafka/kafka_sink.h"
#include "core/io/program.h"
#include "core/item/item.h"
#include "core/math/vector.h"

// Models of a catalogue that was played for months, for loadtest/recovery.py: how soon is a
// recommender ready that has to read them all?
namespace segue {
namespace {

const io::ProgramInfo kInfo{
    .name = "segue-fill-models",
    .summary =
        "Writes models of --tracks tracks to segue.item-models.v1, each as large as one that "
        "was played a lot.",
    .sections = {"kafka", "replay", "log"},
    .own_section = "replay",
    .examples = {"segue-fill-models --kafka.brokers 127.0.0.1:9092 --tracks 100000"},
    .commands = {}};

constexpr std::size_t kNeighbours = 20;
constexpr Micros kTime = 1'795'262'400 * kSecond;  // 2026-11-21T12:00:00Z

ItemModel model_number(std::size_t number, std::size_t tracks, std::mt19937& random) {
  ItemModel model;
  model.name = "track-" + std::to_string(number);
  model.id = item_of(track_id(model.name));
  model.artist = artist_id("artist-" + std::to_string(number / 10));
  model.plays = 1 + random() % 1'000;
  model.holders = Item::kHoldersMax;
  model.weighted_plays = static_cast<float>(model.plays);
  model.plays_day = static_cast<float>(model.plays) / 100;
  model.plays_trend = static_cast<float>(model.plays) / 10;
  model.time = kTime;
  for (std::size_t n = 0; n < std::min(kNeighbours, tracks - 1); ++n) {
    const auto weight = static_cast<float>(kNeighbours - n);
    const std::string other = "track-" + std::to_string(random() % tracks);
    model.neighbours.push_back({track_id(other), weight, weight / 2});
    model.follows_total += weight;
    model.next_total += weight / 2;
  }
  model.vector = start_of(random());
  return model;
}

int run(io::Program& program) {
  const auto tracks = static_cast<std::size_t>(program.config().replay.tracks);
  std::mt19937 random(static_cast<std::uint32_t>(program.config().replay.seed));
  io::KafkaStream stream(program.config().kafka);
  for (std::size_t n = 0; n < tracks && !io::Program::stopping(); ++n) {
    const ItemModel model = model_number(n, tracks, random);
    stream.send({.topic = std::string(topic::kItemModels),
                 .partition = -1,
                 .key = item_key(model.id),
                 .value = encode(model),
                 .headers = {}});
  }
  SEGUE_CHECK(stream.flush(std::chrono::seconds{60}) == 0 && stream.failed() == 0);
  std::cout << stream.delivered() << " models\n";
  return 0;
}

}  // namespace
}  // namespace segue

int main(int argc, char** argv) {
  return segue::io::run_program(segue::kInfo, argc, argv, segue::run);
}
