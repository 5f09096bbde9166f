#include "tests/simulation/world.h"

#include <array>

#include "core/topics.h"

namespace segue::simulation {
namespace {

constexpr std::size_t kProcessesMax = 3;
constexpr int kSettleTurns = 400;

// A recommender or trainer process: what it holds dies with it.
template <class Work>
struct Body {
  template <class... WorkArguments>
  Body(io::Sink& real_sink, io::MemoryStore& real_store, Faults& faults,
       std::vector<DelayedApply>& delayed, io::MemorySource& source,
       const Surroundings& surroundings, WorkerRules rules, WorkArguments&&... arguments)
      : sink(real_sink, faults),
        store(real_store, faults, delayed),
        work(std::forward<WorkArguments>(arguments)...),
        worker(source, sink, store, work, surroundings, std::move(rules)) {}
  FaultySink sink;
  FaultyStore store;
  Work work;
  Worker<Work> worker;
};

// Dies of certain events, as a bug in the step would.
struct MortalRecommender : Recommender {
  using Recommender::Recommender;
  void step(const Event& event, const Record& record, States<Listener>& listeners, Rankers& rankers,
            Outbox& outbox) {
    if (event.track_name == kPoison) throw Killed{};
    Recommender::step(event, record, listeners, rankers, outbox);
  }
};

struct RecommenderBody {
  explicit RecommenderBody(const Tuning& tuning) : models(tuning) {}
  HeldModels models;
  std::unique_ptr<HeldLessons> lessons =
      std::make_unique<HeldLessons>(std::string{}, kEventPartitions);
  std::unique_ptr<Reach> reach = std::make_unique<Reach>();
  std::unique_ptr<Body<MortalRecommender>> body;
  std::array<std::size_t, kSignalPartitions> models_read{};
  std::size_t lessons_read = 0;

  // The replica: some of what was broadcast and told since, as it happens to arrive.
  void read_models(const io::MemoryLog& log, std::size_t at_most) {
    for (std::int32_t q = 0; q < kSignalPartitions; ++q) {
      const auto& records = log.partition(std::string(topic::kItemModels), q);
      std::size_t& read = models_read[static_cast<std::size_t>(q)];
      for (std::size_t i = 0; i < at_most && read < records.size(); ++i, ++read) {
        const ItemModel model = *decode_item_model(*records[read].value);
        models.write([&](ItemModels& held) { held.put(model); });
      }
    }
    const auto& told = log.partition(std::string(topic::kLessons), 0);
    for (std::size_t i = 0; i < at_most && lessons_read < told.size(); ++i, ++lessons_read) {
      lessons->put(*decode_lessons_key(*told[lessons_read].key),
                   *decode_lessons(*told[lessons_read].value));
    }
  }
};

EventDraft draft_of(Faults& faults, std::map<std::string, std::uint64_t>& seqs, Micros now) {
  const std::string listener = "listener-" + std::to_string(faults.below(5));
  const std::string session = listener + "/" + std::to_string(faults.below(3));
  const std::uint64_t track = faults.below(9);
  constexpr std::array kTypes = {EventType::playback_started, EventType::playback_completed,
                                 EventType::playback_completed, EventType::playback_skipped,
                                 EventType::playback_heartbeat};
  EventDraft draft;
  draft.type = kTypes[faults.below(kTypes.size())];
  draft.user_id = listener;
  draft.session_id = session;
  draft.seq = ++seqs[session];
  draft.id = session + "/" + std::to_string(draft.seq);
  draft.track_id = faults.chance(0.005) ? kPoison : "track-" + std::to_string(track);
  draft.artist_id = "artist-" + std::to_string(track % 3);
  draft.time = now;
  return draft;
}

}  // namespace

World::World(std::uint64_t seed, Sabotage sabotage) : faults_(seed), sink_(log_, now_) {
  faults_.sabotage = sabotage;
  faults_.others_go_on = [this] { others_go_on(); };
  surroundings_ = {
      .now = [this] { return now_; },
      .wait = [this](std::chrono::milliseconds span) { now_ += span.count() * kMillisecond; },
      .token =
          [this] {
            io::Token token{};
            for (auto& byte : token) byte = static_cast<std::uint8_t>(faults_.below(256));
            return token;
          }};
  log_.create(std::string(topic::kEvents), kEventPartitions);
  log_.create(std::string(topic::kRecommendations), kEventPartitions);
  log_.create(std::string(topic::kItemSignals), kSignalPartitions);
  log_.create(std::string(topic::kItemModels), kSignalPartitions);
  log_.create(std::string(topic::kLessons), 1);
  log_.create(std::string(topic::kDeadLetters), 1);
  recommend_.input = topic::kEvents;
  train_.input = topic::kItemSignals;
  for (Stage* stage : {&recommend_, &train_}) {
    spawn(*stage);
    for (std::int32_t p = 0; p < log_.partitions(stage->input); ++p) {
      move(*stage, p, spawn(*stage));
    }
  }
}

Tuning World::tuning() const {
  Tuning tuning;
  tuning.k = 5;
  return tuning;
}

// About half of the listeners: whoever gets which model, nothing is lost and nothing counts twice.
Experiment World::experiment() const {
  Experiment experiment{.name = "short", .share = 0.5, .trial = tuning()};
  experiment.trial.k = 2;
  return experiment;
}

WorkerRules World::rules(const Stage& stage) {
  WorkerRules rules{.input = stage.input};
  rules.batch_events_max = 1 + faults_.below(8);  // every life cuts batches its own way
  rules.states_cached_max = 2 + faults_.below(8);
  rules.claims.after_fenced = kSecond;
  rules.claims.careful_events = 4;
  return rules;
}

std::size_t World::spawn(Stage& stage) {
  auto process = std::make_unique<Stage::Process>();
  process->source = std::make_unique<io::MemorySource>(log_, stage.input);
  if (&stage == &recommend_) {
    auto body = std::make_shared<RecommenderBody>(tuning());
    body->body = std::make_unique<Body<MortalRecommender>>(
        sink_, stage.store, faults_, delayed_, *process->source, surroundings_, rules(stage),
        body->models, *body->lessons, *body->reach, tuning(), experiment(), stage.input + "@1",
        kSignalPartitions);
    process->turn = [this, body] {
      body->read_models(log_, faults_.below(20));
      body->body->worker.turn();
    };
  } else {
    auto body = std::make_shared<Body<Trainer>>(sink_, stage.store, faults_, delayed_,
                                                *process->source, surroundings_, rules(stage),
                                                tuning(), kSecond, surroundings_.now);
    process->turn = [body] { body->worker.turn(); };
  }
  stage.processes.push_back(std::move(process));
  return stage.processes.size() - 1;
}

void World::run(std::size_t happenings) {
  for (std::size_t i = 0; i < happenings; ++i) happen();
  settle();
}

void World::happen() {
  now_ += static_cast<Micros>(faults_.below(400)) * kMillisecond;
  Stage& stage = faults_.below(2) == 0 ? recommend_ : train_;
  switch (faults_.below(16)) {
    case 0:
    case 1:
    case 2:
      return client_sends();
    case 3: {
      const auto partitions = static_cast<std::uint64_t>(log_.partitions(stage.input));
      return move(stage, static_cast<std::int32_t>(faults_.below(partitions)),
                  any_alive(stage, SIZE_MAX));
    }
    case 4:
      return back_up_or_restore(stage);
    case 5:
      return deliver_late();
    default:
      return let_turn(stage);
  }
}

void World::client_sends() {
  const std::size_t events = 1 + faults_.below(4);
  for (std::size_t i = 0; i < events; ++i) {
    if (!sent_.empty() && faults_.chance(0.15)) {  // a retry
      const std::size_t back = 1 + faults_.below(std::min<std::size_t>(sent_.size(), 30));
      const EncodedEvent& again = sent_[sent_.size() - back];
      log_.append({std::string(topic::kEvents), -1, again.key, again.value, again.headers}, now_);
      continue;
    }
    EncodedEvent event = encode(draft_of(faults_, seqs_, now_), "/simulation");
    if (faults_.chance(0.03)) event.value = "{not json";
    log_.append({std::string(topic::kEvents), -1, event.key, event.value, event.headers}, now_);
    sent_.push_back(std::move(event));
  }
}

void World::let_turn(Stage& stage) { turn(stage, any_alive(stage, SIZE_MAX)); }

void World::turn(Stage& stage, std::size_t process) {
  Stage* const stage_before = turning_stage_;
  const std::size_t turning_before = turning_;
  turning_stage_ = &stage;
  turning_ = process;
  try {
    stage.processes[process]->turn();
  } catch (const Killed&) {
    bury(stage, process);
  }
  turning_stage_ = stage_before;
  turning_ = turning_before;
}

// The group gives the dead one's partitions to others.
void World::bury(Stage& stage, std::size_t process) {
  stage.processes[process]->alive = false;
  stage.processes[process]->turn = nullptr;
  for (auto& [partition, owner] : stage.owner) {
    if (owner == process) move(stage, partition, any_alive(stage, process));
  }
}

void World::move(Stage& stage, std::int32_t partition, std::size_t to) {
  const auto owner = stage.owner.find(partition);
  if (owner != stage.owner.end()) {
    if (owner->second == to) return;
    stage.processes[owner->second]->source->revoke(partition);
  }
  stage.owner[partition] = to;
  stage.processes[to]->source->assign(partition);
}

std::size_t World::any_alive(Stage& stage, std::size_t besides) {
  std::vector<std::size_t> alive;
  for (std::size_t i = 0; i < stage.processes.size(); ++i) {
    const bool asleep = faults_.suspended && turning_stage_ == &stage && i == turning_;
    if (stage.processes[i]->alive && i != besides && !asleep) alive.push_back(i);
  }
  if (alive.size() < kProcessesMax && (alive.empty() || faults_.chance(0.1))) return spawn(stage);
  return alive[faults_.below(alive.size())];
}

// A process sleeps in the middle of a turn: the group thinks it dead, others do its work.
void World::others_go_on() {
  Stage& stage = *turning_stage_;
  const std::size_t sleeper = turning_;
  for (auto& [partition, owner] : stage.owner) {
    if (owner == sleeper) move(stage, partition, any_alive(stage, sleeper));
  }
  const std::size_t turns = 1 + faults_.below(8);
  for (std::size_t i = 0; i < turns; ++i) {
    now_ += kSecond / 2;
    if (faults_.below(4) == 0) client_sends();
    turn(stage, any_alive(stage, sleeper));
    turning_stage_ = &stage;
    turning_ = sleeper;
  }
}

void World::back_up_or_restore(Stage& stage) {
  if (stage.backups.empty() || faults_.chance(0.6)) {
    stage.backups.push_back(stage.store.contents());
  } else if (faults_.chance(0.5)) {
    ++faults_.bitten;
    stage.store.restore(stage.backups[faults_.below(stage.backups.size())]);
  }
}

void World::deliver_late() {
  if (delayed_.empty()) return;
  const std::size_t which = faults_.below(delayed_.size());
  const DelayedApply late = delayed_[which];
  delayed_.erase(delayed_.begin() + static_cast<std::ptrdiff_t>(which));
  late.store->apply(std::span(&late.request, 1));
}

void World::settle() {
  faults_.quiet = true;
  while (!delayed_.empty()) deliver_late();
  for (int i = 0; i < kSettleTurns && !settled_; ++i) {
    now_ += kSecond;
    bool at_end = true;
    for (Stage* stage : {&recommend_, &train_}) {
      for (std::size_t p = 0; p < stage->processes.size(); ++p) {
        if (stage->processes[p]->alive) turn(*stage, p);
      }
      for (std::int32_t p = 0; p < log_.partitions(stage->input); ++p) {
        const auto found = stage->store.contents().find(p);
        const auto end = static_cast<std::int64_t>(log_.partition(stage->input, p).size());
        const std::int64_t next =
            found == stage->store.contents().end() ? 0 : found->second.checkpoint.next;
        at_end = at_end && std::max<std::int64_t>(next, 0) == end;
      }
    }
    settled_ = at_end && i > 5;
  }
}

}  // namespace segue::simulation
