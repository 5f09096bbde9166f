#pragma once

#include <utility>

#include "core/effects.h"
#include "core/event/event.h"
#include "core/listener/listener.h"
#include "core/models/item_models.h"
#include "core/ranking/learned/ranker.h"
#include "core/ranking/ranking_memory.h"
#include "core/tuning.h"

namespace segue {

// The meaning of one event: the listener and the ranker after it, and what is to be done about it.
// Pure: no clock, no I/O, no randomness but what is seeded from the event.
//
// Outcome, signals, counts and windows depend on the listener and the event alone: a replay after a
// crash, with newer models and an empty `memory`, repeats them exactly. Score, list, and what
// listener and ranker learn depend also on the models, and on what `memory` still holds of the
// listener's vector searches.
//
// A listen is scored, learned and signalled once, at the first terminal event of its play. What is
// scored is the list that was published before it, as the listener's state remembers it. Requires:
// events of a listener come in offset order.
//
// Models stand still: nothing is introduced. Where others read and change them, `step_held`.
Effects step(Listener& listener, Ranker& ranker, const Event& event, const ItemModels& models,
             const Tuning& tuning, RankingMemory& memory);

// The two halves of a step. `observe` scores, learns and signals, with models that know of the
// event only what was known before it; `refresh` makes the list. Between them the track that was
// heard is introduced to the models: it may be wanted again at once, before a trainer's model of it
// comes.
Effects observe(Listener& listener, Ranker& ranker, const Event& event, const ItemModels& models,
                const Tuning& tuning, RankingMemory& memory);
// Does nothing unless Effects::refresh. Requires: the effects of `observe` for this event.
void refresh(Listener& listener, const Ranker& ranker, const Event& event, const ItemModels& models,
             const Tuning& tuning, RankingMemory& memory, Effects& effects);
// Requires: Effects::introduces.
void introduce(const Event& event, ItemModels& models);

// Both halves, and the introduction where it changes anything. `held.read(f)` calls f with models
// to read and returns what it returns, `held.write(f)` calls f with models to change.
template <class Held>
Effects step_held(Listener& listener, Ranker& ranker, const Event& event, Held& held,
                  const Tuning& tuning, RankingMemory& memory) {
  Effects effects = held.read([&](const ItemModels& models) {
    Effects observed = observe(listener, ranker, event, models, tuning, memory);
    observed.introduces = observed.introduces && !models.knows(event.track);
    if (!observed.introduces) refresh(listener, ranker, event, models, tuning, memory, observed);
    return observed;
  });
  if (!effects.introduces) return effects;
  held.write([&](ItemModels& models) { introduce(event, models); });
  held.read([&](const ItemModels& models) {
    refresh(listener, ranker, event, models, tuning, memory, effects);
  });
  return effects;
}

// Models of one thread, for `step_held`.
struct OwnModels {
  ItemModels& models;
  template <class Read>
  auto read(Read read) const {
    return read(std::as_const(models));
  }
  template <class Write>
  void write(Write write) const {
    write(models);
  }
};

}  // namespace segue
