#include "tests/simulation/world/world.h"

#include <array>

#include "consumers/worker/work.h"
#include "consumers/worker/worker.h"
#include "core/event/topics.h"
#include "tests/simulation/faults/faulty_store.h"
#include "tests/simulation/world/works.h"

namespace segue::simulation {
namespace {

constexpr int kSettleTurns = 400;
// Seconds after the last record: idle checks, late claims, and models whose broadcast waits, ten at
// most.
constexpr int kSettledTurns = 14;

// A recommender or trainer process: what it holds dies with it.
template <class Work>
struct Body {
  template <class... WorkArguments>
  Body(FaultyBroker& broker, io::Store& functions, Faults& faults, io::MemorySource& assigned,
       std::map<std::int32_t, std::int64_t>& committed, const Runtime& runtime, WorkerRules rules,
       WorkArguments&&... arguments)
      : source(assigned, faults, committed),
        sink(broker, faults),
        store(functions, faults),
        work(faults.off, std::forward<WorkArguments>(arguments)...),
        worker(source, sink, store, work, runtime, std::move(rules)) {
    if (faults.off == Guard::publish_then_apply) store.applied = [this] { sink.publish_held(); };
  }
  FaultySource source;
  FaultySink sink;
  FaultyStore store;
  Typed<Work> work;
  Worker worker;
};

// Models as small as they go: the accidents are what matters.
Tuning small_tuning() {
  Tuning tuning;
  tuning.k = 5;
  tuning.candidates_max = 16;
  tuning.nearest = 0;
  tuning.network = false;
  return tuning;
}

// About half of the listeners: with either model nothing is lost and nothing counts twice.
Experiment experiment() {
  Experiment experiment{.name = "short", .share = 0.5, .trial = small_tuning()};
  experiment.trial.k = 2;
  return experiment;
}

// Estimates for metrics, mebibytes large and no part of what is promised: one for all.
DistinctCounts& distinct() {
  static DistinctCounts distinct;
  return distinct;
}

struct RecommenderBody {
  HeldModels models{small_tuning()};
  HeldLessons lessons{std::string{}, kEventPartitions};
  std::unique_ptr<Body<SimulatedRecommender>> body;
  std::array<std::size_t, kSignalPartitions> models_read{};
  std::size_t lessons_read = 0;

  // The replica: some of what was broadcast since, as it happens to arrive.
  void read_models(const io::MemoryLog& log, std::size_t at_most) {
    for (std::int32_t q = 0; q < kSignalPartitions; ++q) {
      const auto& records = log.partition(std::string(topic::kItemModels), q);
      std::size_t& read = models_read[static_cast<std::size_t>(q)];
      for (std::size_t i = 0; i < at_most && read < records.size(); ++i, ++read) {
        if (!records[read].value) continue;
        const ItemModel model = *decode_item_model(*records[read].value);
        models.write([&](ItemModels& held) { held.put(model); });
      }
    }
    const auto& lessons_sent = log.partition(std::string(topic::kLessons), 0);
    for (std::size_t i = 0; i < at_most && lessons_read < lessons_sent.size();
         ++i, ++lessons_read) {
      lessons.put(*decode_lessons_key(*lessons_sent[lessons_read].key),
                  *decode_lessons(*lessons_sent[lessons_read].value));
    }
  }
};

}  // namespace

World::Stage::Stage(World& world, std::string_view input, Group::Spawn spawn)
    : functions(store, world.faults_, committed),
      group(world.log_, std::string(input), world.faults_, std::move(spawn),
            [&world] { world.meanwhile(); }) {}

World::World(std::uint64_t seed, Guard off)
    : faults_(seed, off, now_),
      broker_(log_, faults_, now_),
      players_(broker_, log_, faults_, now_),
      recommend_(*this, topic::kEvents, [this] { return recommender(); }),
      train_(*this, topic::kItemSignals, [this] { return trainer(); }) {
  runtime_ = {
      .now = [this] { return now_; },
      .wait = [this](std::chrono::milliseconds span) { now_ += span.count() * kMillisecond; },
      .token =
          [this] {
            io::Token token{};
            for (auto& byte : token) byte = static_cast<std::uint8_t>(faults_.below(256));
            return token;
          }};
  create_topics();
  log_.create(std::string(topic::kItemSignals), kSignalPartitions);
  log_.create(std::string(topic::kItemModels), kSignalPartitions);
  log_.create(std::string(topic::kLessons), 1);
  log_.create(std::string(topic::kGenerationDecisions), kEventPartitions);
  recommend_.group.start();
  train_.group.start();
}

// The topics that are re-created together.
void World::create_topics() {
  log_.create(std::string(topic::kEvents), kEventPartitions);
  log_.create(std::string(topic::kRecommendations), kEventPartitions);
  log_.create(std::string(topic::kDeadLetters), 1);
}

WorkerRules World::rules(std::string_view input) {
  WorkerRules rules{.input = std::string(input)};
  rules.batch_events_max = 1 + faults_.below(8);
  rules.states_cached_max = 2 + faults_.below(8);
  rules.claims.after_fenced = kSecond;
  rules.claims.careful_events = 4;
  return rules;
}

std::string World::source() const {
  if (faults_.off == Guard::incarnation) return std::string(topic::kEvents);
  return std::string(topic::kEvents) + "@" + std::to_string(incarnation_);
}

std::unique_ptr<Process> World::recommender() {
  auto process = std::make_unique<Process>();
  process->source = std::make_unique<io::MemorySource>(log_, std::string(topic::kEvents));
  WorkerRules keyed = rules(topic::kEvents);
  if (faults_.off != Guard::key_partition) keyed.partitions = kEventPartitions;
  auto body = std::make_shared<RecommenderBody>();
  body->body = std::make_unique<Body<SimulatedRecommender>>(
      broker_, recommend_.functions, faults_, *process->source, recommend_.committed, runtime_,
      std::move(keyed), body->models, body->lessons, distinct(), small_tuning(), experiment(),
      source(), kSignalPartitions);
  process->turn = [this, body] {
    body->read_models(log_, faults_.below(20));
    body->body->worker.turn();
  };
  process->stop = [body] { body->body->worker.stop(); };
  return process;
}

std::unique_ptr<Process> World::trainer() {
  auto process = std::make_unique<Process>();
  process->source = std::make_unique<io::MemorySource>(log_, std::string(topic::kItemSignals));
  auto body = std::make_shared<Body<SimulatedTrainer>>(
      broker_, train_.functions, faults_, *process->source, train_.committed, runtime_,
      rules(topic::kItemSignals), small_tuning(), kSecond, runtime_.now);
  process->turn = [body] { body->worker.turn(); };
  process->stop = [body] { body->worker.stop(); };
  return process;
}

void World::run(std::uint64_t happenings) {
  const bool recreated = faults_.chance(0.2);
  const std::uint64_t recreated_at = faults_.below(happenings);
  for (std::uint64_t i = 0; i < happenings; ++i) {
    happen();
    if (recreated && i == recreated_at) recreate_events();
  }
  settled_ = settle(true) && settled_;
  chapters_.push_back({log_, recommend_.store.contents()});
}

void World::happen() {
  now_ += static_cast<Micros>(faults_.below(400)) * kMillisecond;
  Group& group = faults_.below(2) == 0 ? recommend_.group : train_.group;
  switch (faults_.below(40)) {
    case 0:
    case 1:
      return group.move_one();
    case 2:
      return group.kill_one();
    case 3:
      return group.stop_one();
    case 4:
    case 5:
      return back_up();
    case 6:
      return restore();
    case 7:
      return lose_a_server();
    case 8:
    case 9:
    case 10:
      if (faults_.anything_late()) faults_.deliver_late();
      return;
    default:
      return faults_.below(4) == 0 ? players_.send() : group.let_one_turn();
  }
}

void World::meanwhile() {
  now_ += kSecond / 2;
  if (faults_.below(4) == 0) players_.send();
}

// Both stages live in one Redis, or in two.
void World::back_up() {
  for (Stage* stage : {&recommend_, &train_}) {
    stage->backups.push_back(stage->store.contents());
  }
}

void World::restore() {
  if (recommend_.backups.empty()) return;
  ++faults_.bitten;
  const std::size_t back = 1 + faults_.below(recommend_.backups.size());
  const std::uint64_t which = faults_.below(3);
  for (Stage* stage : {&recommend_, &train_}) {
    if (which == 0 && stage == &recommend_) continue;
    if (which == 1 && stage == &train_) continue;
    stage->store.restore(*(stage->backups.end() - static_cast<std::ptrdiff_t>(back)));
  }
}

// For longer than a worker waits, or not.
void World::lose_a_server() {
  ++faults_.bitten;
  if (faults_.below(2) == 0) {
    faults_.redis_down_until = now_ + static_cast<Micros>(faults_.below(40)) * kSecond;
  } else {
    faults_.broker_down_until = now_ + static_cast<Micros>(faults_.below(8)) * kSecond;
  }
}

// As an operator does it: all is read to the end, the recommenders are stopped, their state goes
// with the topic. What trainers know stays.
void World::recreate_events() {
  settled_ = settle(false);
  chapters_.push_back({log_, recommend_.store.contents()});
  recommend_.group.clear();
  recommend_.store.restore({});
  recommend_.committed.clear();
  recommend_.backups.clear();
  create_topics();
  ++incarnation_;
  recommend_.group.start();
}

bool World::settle(bool trainers_too) {
  faults_.quiet = true;
  while (faults_.anything_late()) faults_.deliver_late();
  players_.send_rest();
  int settled_turns = 0;
  for (int i = 0; i < kSettleTurns && settled_turns < kSettledTurns; ++i) {
    now_ += kSecond;
    recommend_.group.let_all_turn();
    if (trainers_too) train_.group.let_all_turn();
    const bool done = at_end(recommend_) && (!trainers_too || at_end(train_));
    settled_turns = done ? settled_turns + 1 : 0;
  }
  faults_.quiet = false;
  return settled_turns == kSettledTurns;
}

bool World::at_end(const Stage& stage) const {
  for (std::int32_t p = 0; p < log_.partitions(stage.group.input()); ++p) {
    const auto found = stage.store.contents().find(p);
    const auto end = static_cast<std::int64_t>(log_.partition(stage.group.input(), p).size());
    const std::int64_t next =
        found == stage.store.contents().end() ? 0 : found->second.checkpoint.next;
    if (std::max<std::int64_t>(next, 0) != end) return false;
  }
  return true;
}

std::uint64_t World::intrusions() const {
  return recommend_.functions.intrusions() + train_.functions.intrusions();
}

}  // namespace segue::simulation
