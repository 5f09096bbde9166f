#pragma once

#include <utility>

#include "core/effects.h"
#include "core/event/event.h"
#include "core/listener/listener.h"
#include "core/models/item_models.h"
#include "core/ranking/ranker.h"
#include "core/ranking/ranking.h"
#include "core/tuning.h"

namespace segue {

// What one event means: the listener and the ranker after it, and what is to be done about it.
// Pure: no clock, no I/O, no randomness (`ranking` is scratch memory and the latest vector
// searches). Outcome, signals, counts and windows depend on the listener and the event alone, never
// on models: a replay after a crash, with newer models, repeats them exactly. Lists, lessons and
// vectors depend on the models too.
//
// A listen is scored, learned and signalled once, at the first terminal event of its play. What is
// scored is the list that was published before it, as the listener's state remembers it. Requires:
// events of a listener come in offset order.
//
// A step has two halves. `observe` scores, learns and signals, with models that know of the event
// only what was known before it; `refresh` makes the list. Between them the track that was heard is
// introduced to the models: it may be wanted again at once, before a trainer's model of it comes.
Effects observe(Listener& listener, Ranker& ranker, const Event& event, const ItemModels& models,
                const Tuning& tuning, Ranking& ranking);
// Does nothing unless Effects::refresh. Requires: the effects of `observe` for this event.
void refresh(Listener& listener, const Ranker& ranker, const Event& event, const ItemModels& models,
             const Tuning& tuning, Ranking& ranking, Effects& effects);
// Requires: Effects::introduces.
void introduce(const Event& event, ItemModels& models);

// Both halves on models that stand still: nothing is introduced.
Effects step(Listener& listener, Ranker& ranker, const Event& event, const ItemModels& models,
             const Tuning& tuning, Ranking& ranking);

// Both halves, and the introduction where it changes anything. `held.read(f)` calls f with models
// to read and returns what it returns, `held.write(f)` calls f with models to change.
template <class Held>
Effects step_held(Listener& listener, Ranker& ranker, const Event& event, Held& held,
                  const Tuning& tuning, Ranking& ranking) {
  Effects effects = held.read([&](const ItemModels& models) {
    Effects observed = observe(listener, ranker, event, models, tuning, ranking);
    observed.introduces = observed.introduces && !models.knows(event.track);
    if (!observed.introduces) refresh(listener, ranker, event, models, tuning, ranking, observed);
    return observed;
  });
  if (!effects.introduces) return effects;
  held.write([&](ItemModels& models) { introduce(event, models); });
  held.read([&](const ItemModels& models) {
    refresh(listener, ranker, event, models, tuning, ranking, effects);
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
