#pragma once

#include <functional>
#include <string>
#include <vector>

#include "consumers/worker/outbox.h"
#include "consumers/worker/state_cache.h"
#include "core/item/coverage.h"
#include "core/item/item.h"
#include "core/item/learn.h"

namespace segue {

// The trainer's part of the worker loop: item signals in; item models out; items as state, and what
// has been covered. One a thread.
class Trainer {
 public:
  using Input = SignalBatch;
  using State = Item;
  using Shared = Coverage;

  Trainer(const Tuning& tuning, Micros broadcast_interval, std::function<Micros()> now);

  Result<SignalBatch> decode(const Record& record) const;
  void keys(const SignalBatch& batch, std::vector<std::string>& keys) const;
  Item fresh_state() const { return {}; }
  Result<Item> decode_state(std::string_view blob) const { return decode_item(blob); }
  Result<Coverage> decode_shared(std::string_view blob) const { return decode_coverage(blob); }
  // Models changed a while ago, now that nothing holds their broadcast back any more.
  bool pending(const Coverage& coverage) const;
  void due(const Coverage& coverage, std::vector<std::string>& keys) const;
  bool gone(const Item& item) const { return is_gone(item); }

  void step(const SignalBatch& batch, const Record& record, States<Item>& items, Coverage& coverage,
            Outbox& outbox);
  void refused(io::BatchReport& report) const;
  void close(States<Item>& items, Coverage& coverage, Outbox& outbox, std::int64_t first,
             std::int64_t next);

 private:
  const Tuning tuning_;
  const Micros broadcast_interval_;
  const std::function<Micros()> now_;
};

}  // namespace segue
