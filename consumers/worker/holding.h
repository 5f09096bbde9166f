#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "consumers/worker/arrivals.h"
#include "consumers/worker/outbox.h"
#include "core/io/metrics/batch_report.h"
#include "core/io/ports.h"
#include "core/result.h"

// A program's work as the worker sees it: keys and bytes. `Typed` (work.h) gives both their
// types. One thread.
namespace segue {

// State of one owned partition, and of the one batch of it that is on its way.
class Holding {
 public:
  virtual ~Holding() = default;
  // Begins a batch, in place of the one before. An arrival that cannot be decoded is refused.
  virtual void decode(std::vector<Arrival>& arrivals) = 0;
  // Adds the keys of the states that the batch needs, in any order, perhaps twice.
  virtual void needs(std::vector<std::string>& keys) = 0;
  virtual bool has(const std::string& key) = 0;
  // Takes the value of that key; none: nothing. Returns why it cannot be read.
  virtual std::optional<Error> put(std::string key, const std::optional<std::string>& value) = 0;
  // The batch's i-th arrival. Requires: it is not refused, and all that the batch needs is here.
  virtual void step(std::size_t i, const Record& record, Outbox& outbox) = 0;
  // `close` has something to do although no record came.
  virtual bool pending() = 0;
  // Ends the batch, whose offsets are [first, next).
  virtual void close(std::int64_t first, std::int64_t next, Outbox& outbox) = 0;
  // Adds the changes of the batch; the value that the states of the partition share.
  virtual void changes(std::vector<io::Write>& writes) = 0;
  virtual std::string shared_value() = 0;
  // Forgets the states least recently used. Between batches.
  virtual void shrink(std::size_t states_max) = 0;
};

class AnyWork {
 public:
  virtual ~AnyWork() = default;
  // A partition that was claimed; `shared`: what the store has, none: nothing.
  virtual Result<std::unique_ptr<Holding>> hold(const std::optional<std::string>& shared) = 0;
  // Counts an arrival that became a dead letter.
  virtual void refused(io::BatchReport& report) = 0;
  // Fills in gauges of the process after a turn.
  virtual void tell(io::BatchReport& report) = 0;
};

}  // namespace segue
