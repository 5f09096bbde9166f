// All that is stored in Redis or sent between workers; the first byte says as what it is read.
#include "core/check.h"
#include "core/item/catalog.h"
#include "core/item/coverage.h"
#include "core/item/item.h"
#include "core/item/item_signal.h"
#include "core/item/learn.h"
#include "core/list/snapshot.h"
#include "core/listener/listener.h"
#include "core/models/item_models.h"
#include "core/ranking/learned/rankers.h"
#include "core/ranking/learned/shared_lessons.h"
#include "core/ranking/ranking.h"
#include "tests/fuzz/fuzz.h"

using namespace segue;

namespace {

using fuzz::read_as;

constexpr Micros kNow = 1'795'262'400 * kSecond;

Tuning small() {
  Tuning tuning;
  tuning.models_held_max = 1'000;
  return tuning;
}

// Whatever was read, lists can be made of it: all scores are numbers.
void rank_with(const ItemModels& models, const Listener& listener, const Ranker& ranker) {
  Query query(listener, models);
  NearbyMemory searches;
  Ranking ranking;
  ranking.run(query, ranker, small(), searches);
  SEGUE_CHECK(ranking.scores().allFinite());
}

Listener who_heard(ItemId track, ArtistId artist) {
  Listener listener;
  listener.time = kNow;
  listener.context = {{as_track(track), artist}};
  listener.context_in_session = 1;
  listener.repeats = {{.track = as_track(track), .plays = 1, .last = kNow}};
  listener.vector = start_of(1);
  return listener;
}

// And it can be learned from: what comes of it can be stored.
void learn_all(Item item, const SignalBatch& batch) {
  for (const ItemSignal& signal : batch.signals) {
    const auto items = items_of(signal);
    if (items.empty()) continue;
    if (is_gone(item) || items.front() != item.id) item = Item{};
    learn(item, signal, small());
    SEGUE_CHECK(is_gone(item) || decode_item(encode(item)).has_value());
  }
}

SignalBatch usual_signals(const Item& item) {
  const ItemSignal played{.kind = SignalKind::played,
                          .item = item.id,
                          .time = kNow,
                          .name = item.name,
                          .before = {ItemId{7}},
                          .listener = start_of(2),
                          .who = ListenerMark{3}};
  ItemSignal as_artist = played;
  as_artist.kind = SignalKind::of_artist;
  return {.source = {}, .signals = {played, as_artist}};
}

void use_item(std::string_view blob) {
  const auto item = decode_item(blob);
  if (item) learn_all(*item, usual_signals(*item));
}

void use_signals(std::string_view blob) {
  const auto batch = decode_signal_batch(blob);
  if (batch) learn_all({}, *batch);
}

void use_model(std::string_view blob) {
  const auto model = decode_item_model(blob);
  if (!model) return;
  static const Ranker ranker;
  ItemModels models{small()};
  models.put(*model);
  for (const Neighbour& neighbour : model->neighbours) {
    models.introduce(neighbour.track, "neighbour", model->artist, kNow);
  }
  rank_with(models, who_heard(model->id, model->artist), ranker);
}

void use_listener(std::string_view blob) {
  const auto listener = decode_listener(blob);
  if (!listener) return;
  static const Ranker ranker;
  ItemModels models{small()};
  for (const Repeat& repeat : listener->repeats) {
    models.introduce(repeat.track, "heard", ArtistId{5}, kNow);
  }
  rank_with(models, *listener, ranker);
}

void use_lessons(std::string_view blob) {
  const auto lessons = decode_lessons(blob);
  if (!lessons) return;
  Ranker ranker;
  ranker.learn_from(*lessons, 1);
  ItemModels models{small()};
  models.introduce(TrackId{9}, "heard", ArtistId{5}, kNow);
  rank_with(models, who_heard(ItemId{9}, ArtistId{5}), ranker);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view blob = fuzz::text_of(data + 1, size - 1);
  switch (data[0]) {
    case 'l':
      read_as(decode_listener, blob);
      use_listener(blob);
      break;
    case 'i':
      read_as(decode_item, blob);
      use_item(blob);
      break;
    case 'c':
      read_as(decode_coverage, blob);
      break;
    case 'r':
      read_as(decode_rankers, blob);
      break;
    case 'm':
      read_as(decode_item_model, blob);
      use_model(blob);
      break;
    case 's':
      read_as(decode_signal_batch, blob);
      use_signals(blob);
      break;
    case 't':
      read_as(decode_catalog, blob);
      break;
    case 'n':
      (void)decode_snapshot(blob);
      break;
    case 'o':
      use_lessons(blob);
      break;
    case 'k': {
      const auto key = decode_lessons_key(blob);
      if (key) SEGUE_CHECK(decode_lessons_key(encode(*key)) == key);
      break;
    }
    default:
      break;
  }
  return 0;
}
