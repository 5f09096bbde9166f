#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "consumers/worker/arrivals.h"
#include "consumers/worker/claims.h"
#include "consumers/worker/holding.h"
#include "consumers/worker/lag/progress.h"
#include "consumers/worker/outbox.h"
#include "consumers/worker/publisher.h"
#include "core/io/metrics/batch_report.h"
#include "core/io/ports.h"

namespace segue {

struct WorkerRules {
  std::string input;  // topic
  // The input's, if each record belongs on its key's; 0: it is on whichever its sender chose.
  std::int32_t partitions = 0;
  std::size_t batch_events_max = 256;
  std::chrono::milliseconds batch_wait{100};
  std::size_t states_cached_max = 100'000;
  Micros retry_for = 30 * kSecond;  // how long Redis may keep silent
  ClaimRules claims = {};
};

// The one loop of all workers: poll, load, step, publish, apply. A turn takes what has come for all
// owned partitions, one batch each; waits of different partitions overlap. Publish, then apply:
// after a crash at any point the log from the checkpoint on says what is to be done again. It knows
// keys and bytes; what they mean is the work's. One thread. Throws std::runtime_error when a person
// must act.
class Worker {
 public:
  Worker(io::Source& source, io::Sink& sink, io::Store& store, AnyWork& work,
         const Runtime& runtime, WorkerRules rules);

  // One turn; returns what it did.
  io::BatchReport turn();
  // Hands all partitions back in good order. Nothing is in flight between turns.
  void stop();

 private:
  // One partition's records on their way through the turn.
  struct Batch {
    Claim* claim = nullptr;  // as long as it is alive, as what is held of its partition
    Holding* held = nullptr;
    std::int32_t partition = 0;
    std::int64_t first = 0;
    std::int64_t next = 0;  // after the batch
    std::vector<Arrival> arrivals;
    Outbox outbox;
    bool alive = true;  // false: given up, its partition is claimed again
  };

  void revoke(const std::vector<std::int32_t>& revoked, io::BatchReport& report);
  void adopt(const std::vector<std::int32_t>& claimed, io::BatchReport& report);
  Batch make_batch(std::vector<Arrival> arrivals, io::BatchReport& report);
  Batch empty_batch(std::int32_t partition, std::int64_t next, io::BatchReport& report);
  void add_pending(std::vector<Batch>& batches, const std::vector<std::vector<Arrival>>& one_by_one,
                   io::BatchReport& report);
  void run(std::vector<Batch>& batches, io::BatchReport& report);
  void run_carefully(std::vector<Arrival> arrivals, io::BatchReport& report);
  bool mark(std::int32_t partition, io::BatchReport& report);
  bool unmark(std::int32_t partition, io::BatchReport& report);
  void load(std::vector<Batch>& batches, io::BatchReport& report);
  std::vector<std::string> missing_keys(const Batch& batch) const;
  void step_carefully(Batch& batch, io::BatchReport& report);
  void step(Batch& batch);
  void publish(std::vector<Batch>& batches, io::BatchReport& report);
  void settle(Batch& batch, const io::Publication& publication,
              const Publisher::Published& published, io::BatchReport& report);
  void apply(std::vector<Batch>& batches, io::BatchReport& report);
  void applied(const Batch& batch);
  io::ApplyRequest apply_request(Batch& batch) const;
  bool accept(std::int32_t partition, const io::StoreReply& reply, io::BatchReport& report);
  void every_second(io::BatchReport& report);
  void check_idle(Micros elapsed, io::BatchReport& report);
  void hint();
  std::runtime_error unreadable(std::int32_t partition, const Error& error) const;

  io::Source& source_;
  Publisher publisher_;
  AnyWork& work_;
  const Runtime& runtime_;
  WorkerRules rules_;
  RetryingStore store_;
  Claims claims_;
  std::map<std::int32_t, std::unique_ptr<Holding>> held_;  // of each partition that is claimed
  Progress progress_;
  std::map<std::int32_t, Micros> checked_;
  Micros last_second_ = 0;
};

}  // namespace segue
