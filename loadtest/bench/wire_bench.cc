#include <benchmark/benchmark.h>

#include <boost/json.hpp>

#include "core/check.h"
#include "core/event/topics.h"
#include "core/item/item.h"
#include "core/item/item_signal.h"
#include "core/list/recommendation.h"
#include "loadtest/bench/played.h"

namespace segue {
namespace {

void decode_one_event(benchmark::State& state) {
  EventDecoder decoder;
  for (std::size_t i = 0; i < kTimedEvents; ++i) {
    const Record& record = records()[kPlayedEvents + i];
    const Result<Event> event = decoder.decode(record);
    const boost::json::value json = boost::json::parse(*record.value);
    SEGUE_CHECK(event.has_value() && event->user_id == *record.key);
    SEGUE_CHECK(event->track_name == std::string_view(json.at("track_id").as_string()));
    SEGUE_CHECK(format_time(event->device_time) == std::string_view(json.at("time").as_string()));
  }
  std::size_t i = 0;
  std::size_t bytes = 0;
  for (auto _ : state) {
    const Record& record = records()[kPlayedEvents + i++ % kTimedEvents];
    benchmark::DoNotOptimize(decoder.decode(record));
    bytes += record.value->size();
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(decode_one_event);

std::vector<Recommendation> recommendations() {
  std::vector<Recommendation> all;
  for (const Effects& effects : timed().effects) {
    if (effects.recommendation) all.push_back(*effects.recommendation);
  }
  SEGUE_CHECK(!all.empty());
  return all;
}

void encode_one_recommendation(benchmark::State& state) {
  const std::vector<Recommendation> all = recommendations();
  for (const Recommendation& each : all) {
    const boost::json::value json = boost::json::parse(encode(each));
    const auto& items = json.at("items").as_array();
    SEGUE_CHECK(json.at("version").to_number<std::int64_t>() == each.version);
    SEGUE_CHECK(items.size() == each.items.size());
    SEGUE_CHECK(items.back().at("track_id").as_string() == each.items.back().track_id);
  }
  std::size_t i = 0;
  std::size_t bytes = 0;
  for (auto _ : state) {
    const std::string json = encode(all[i++ % all.size()]);
    bytes += json.size();
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(encode_one_recommendation);

// Encodes and decodes every value in turn; both ways must agree first (weights are stored as half
// floats, so it is the second trip that changes nothing).
template <class Value, class Decode>
void round_trip(benchmark::State& state, const std::vector<Value>& values, Decode decode) {
  SEGUE_CHECK(!values.empty());
  for (const Value& value : values) {
    const auto stored = decode(encode(value));
    SEGUE_CHECK(stored.has_value());
    const auto again = decode(encode(*stored));
    SEGUE_CHECK(again.has_value() && *again == *stored);
  }
  std::size_t i = 0;
  std::size_t bytes = 0;
  for (auto _ : state) {
    const std::string blob = encode(values[i++ % values.size()]);
    benchmark::DoNotOptimize(decode(blob));
    bytes += blob.size();
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["bytes"] =
      benchmark::Counter(static_cast<double>(bytes), benchmark::Counter::kAvgIterations);
}

void round_trip_listener(benchmark::State& state) {
  std::vector<Listener> listeners;
  for (const auto& [id, listener] : played().listeners) listeners.push_back(listener);
  round_trip(state, listeners, decode_listener);
}
BENCHMARK(round_trip_listener);

void round_trip_item(benchmark::State& state) {
  std::vector<Item> items;
  for (const auto& [id, item] : played().items) items.push_back(item);
  round_trip(state, items, decode_item);
}
BENCHMARK(round_trip_item);

void round_trip_item_model(benchmark::State& state) {
  std::vector<ItemModel> models;
  for (const auto& [id, item] : played().items) models.push_back(model_of(item));
  round_trip(state, models, decode_item_model);
}
BENCHMARK(round_trip_item_model);

// As many signals as a turn of 64 events causes for one partition of eight.
void round_trip_signal_batch(benchmark::State& state) {
  constexpr std::size_t kEvents = 64;
  std::vector<SignalBatch> batches;
  for (std::size_t i = 0; i + kEvents <= kTimedEvents; i += kEvents) {
    SignalBatch batch{.source = std::string(topic::kEvents) + "@0123456789abcdef",
                      .partition = 3,
                      .first = timed().events[i].offset,
                      .next = timed().events[i].offset + static_cast<std::int64_t>(kEvents),
                      .signals = {}};
    for (std::size_t e = i; e < i + kEvents; ++e) {
      for (const ItemSignal& signal : timed().effects[e].signals) {
        if (signal.item.value % 8 == 0) batch.signals.push_back(signal);
      }
    }
    batches.push_back(std::move(batch));
  }
  round_trip(state, batches, decode_signal_batch);
}
BENCHMARK(round_trip_signal_batch);

}  // namespace
}  // namespace segue

BENCHMARK_MAIN();
