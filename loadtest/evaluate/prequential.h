#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/learn.h"
#include "core/step.h"
#include "producers/replay/listening.h"

namespace segue {

// Sums over scored listens; rates are read from them.
struct Quality {
  std::uint64_t scored = 0;
  std::uint64_t candidates = 0;         // the target was among the candidates
  std::array<std::uint64_t, 3> hits{};  // at 1, 10, 20
  double reciprocal_ranks = 0;          // of ranks up to k
  double gains = 0;                     // 1 / log2(1 + rank) of ranks up to 10

  void add(const Score& score);
  double hit_rate(std::size_t i) const;
  double mrr() const;
  double ndcg_at_10() const;
};

struct Evaluated {
  Quality all;
  Quality new_to_listener;
  Quality repeats;
  std::uint64_t events = 0;
  std::uint64_t listeners = 0;
  std::uint64_t items = 0;
  std::uint64_t tracks_recommended = 0;  // distinct, in lists of scored events
  double step_us_mean = 0;               // CPU time; both rankings and the ranker's learning
  double step_us_p50 = 0;
  double step_us_p99 = 0;
  double learn_us_mean = 0;  // of an event's signals and the models they change
  double listener_bytes_p50 = 0;
  double listener_bytes_max = 0;
  double model_bytes_mean = 0;
};

// Test, then train: each listen of the stream is predicted by the list that stood before it, then
// learned. One process, one partition, the production's own `step` and `learn`, item models
// as old as `models_every` says; so the same stream gives the same figures (but for the times).
// Scored are listens with an earlier listen in their session from event number `scored_from` on.
class Prequential {
 public:
  // Changed item models reach the ranker every `models_every` events, in production about every
  // second; 1: at once.
  Prequential(const Tuning& tuning, std::uint64_t scored_from, std::uint64_t models_every = 1);

  // Throws std::runtime_error if an event of the stream is refused.
  void play(const EventDraft& draft);
  void enrich(const CatalogEntry& entry) { models_.enrich(entry); }
  Evaluated result() const;

 private:
  void learn_signals(const std::vector<ItemSignal>& signals);

  Tuning tuning_;
  std::uint64_t scored_from_;
  std::uint64_t models_every_;
  std::set<std::uint64_t> changed_;  // items whose model is older than they are
  EventDecoder decoder_;
  Ranker ranker_;
  Ranking ranking_;
  ItemModels models_;
  std::unordered_map<std::string, Listener> listeners_;
  std::unordered_map<std::uint64_t, Item> items_;
  std::unordered_map<std::uint64_t, std::uint64_t> recommended_;
  std::vector<float> step_us_;  // bounded: a sample of the latest million
  double step_us_total_ = 0;
  double learn_us_total_ = 0;
  Evaluated result_;
};

}  // namespace segue
