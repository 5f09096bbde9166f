#pragma once

#include "core/effects.h"
#include "core/event.h"
#include "core/item_models.h"
#include "core/listener.h"
#include "core/ranker.h"
#include "core/ranking.h"
#include "core/tuning.h"

namespace segue {

// What one event means: the listener and the ranker after it, and what is to be done about it.
//
// Pure: no clock, no I/O, no randomness; the result depends on the arguments alone (`ranking` is
// scratch memory). Outcome, signals, counts and windows depend on the listener and the event alone,
// never on `models`: a replay after a crash, with newer models, repeats them exactly.
//
// A listen is scored, learned and signalled once, at the first terminal event of its play; the list
// published after one event is the prediction for the next. Requires: events of a listener come in
// offset order.
Effects step(Listener& listener, Ranker& ranker, const Event& event, const ItemModels& models,
             const Tuning& tuning, Ranking& ranking);

}  // namespace segue
