#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "consumers/worker/arrivals.h"
#include "consumers/worker/claims.h"
#include "consumers/worker/outbox.h"
#include "consumers/worker/progress.h"
#include "consumers/worker/publisher.h"
#include "consumers/worker/state_cache.h"
#include "core/check.h"
#include "core/config.h"
#include "core/io/batch_report.h"
#include "core/io/log.h"
#include "core/io/ports.h"

namespace segue {

struct WorkerRules {
  std::string input;  // topic
  // Of the input, if each record belongs on its key's; 0: it is on whichever its sender chose.
  std::int32_t partitions = 0;
  std::size_t batch_events_max = 256;
  std::chrono::milliseconds batch_wait{100};
  std::size_t states_cached_max = 100'000;
  Micros retry_for = 30 * kSecond;  // how long Redis may keep silent
  ClaimRules claims = {};
};

// The one loop of all workers: poll, load, step, publish, apply. A turn takes what has come for all
// owned partitions, one batch each; waits of different partitions overlap. Publish, then apply:
// after a crash at any point the log from the checkpoint on says what is to be done again.
//
// `Work` is what differs between the programs:
//   types  Input, State, Shared (one a partition)
//   Result<Input> decode(const Record&)
//   void keys(const Input&, std::vector<std::string>&)   states an input needs
//   State fresh_state(); Result<State> decode_state(std::string_view); the same for Shared
//   void step(const Input&, const Record&, States<State>&, Shared&, Outbox&)
//   void refused(io::BatchReport&)   an input became a dead letter
//   void close(States<State>&, Shared&, Outbox&, std::int64_t first, std::int64_t next)
//   bool pending(const Shared&)   `close` has something to do although no record came
//   void due(const Shared&, std::vector<std::string>&)   states that `close` needs
//   bool fades(const State&), gone(const State&)   may be dropped after sixty days; is fresh again
// One thread. Throws std::runtime_error when a person must act.
template <class Work>
class Worker {
 public:
  using State = typename Work::State;
  using Shared = typename Work::Shared;
  using Input = typename Work::Input;

  Worker(io::Source& source, io::Sink& sink, io::Store& store, Work& work,
         const Surroundings& surroundings, WorkerRules rules)
      : source_(source),
        publisher_(sink),
        work_(work),
        surroundings_(surroundings),
        rules_(std::move(rules)),
        store_(store, surroundings_, rules_.retry_for),
        claims_(source, store_, surroundings_, rules_.claims) {}

  // One turn; returns what it did.
  io::BatchReport turn() {
    io::BatchReport report;
    io::Polled polled = source_.poll(rules_.batch_events_max, rules_.batch_wait);
    revoke(polled.revoked, report);
    for (const std::int32_t partition : polled.assigned) claims_.assigned(partition);
    report.assigned = polled.assigned.size();
    const std::vector<std::int32_t> claimed = claims_.claim_due();
    adopt(claimed, report);

    std::vector<Batch> together;
    std::vector<std::vector<Arrival>> one_by_one;
    for (auto& arrivals : by_partition(std::move(polled))) {
      const std::int32_t partition = arrivals.front().partition();
      // What was polled before the claim was read from an older position.
      if (std::ranges::find(claimed, partition) != claimed.end()) continue;
      const Claim* claim = claims_.held(partition);
      if (claim == nullptr) continue;  // lost meanwhile: whoever claims next reads them again
      leave_out_done(arrivals, claim->fence.next);
      if (arrivals.empty()) continue;
      if (claim->careful > 0) {
        one_by_one.push_back(std::move(arrivals));
      } else {
        together.push_back(make_batch(std::move(arrivals), report));
      }
    }
    add_pending(together, one_by_one, report);
    run(together, report);
    for (auto& arrivals : one_by_one) run_carefully(std::move(arrivals), report);
    every_second(report);
    return report;
  }

  // Hands all partitions back in good order. Nothing is in flight between turns.
  void stop() {
    hint();
    claims_.release_all();
    partitions_.clear();
    progress_.clear();
  }

 private:
  // What is kept of an owned partition beside its claim.
  struct Partition {
    StateCache<State> cache;
    Shared shared{};
  };

  // One partition's records on their way through the turn.
  struct Batch {
    std::int32_t partition = 0;
    std::int64_t next = 0;  // after the batch
    std::vector<Arrival> arrivals;
    std::vector<Result<Input>> inputs;  // of these
    Outbox outbox;
    std::map<std::string, State*> changed;
    bool alive = true;  // false: given up, its partition is claimed again

    Micros reached() const { return arrivals.empty() ? 0 : arrivals.back().record.timestamp; }
  };

  static constexpr std::string_view kSharedKey = "shared";

  void revoke(const std::vector<std::int32_t>& revoked, io::BatchReport& report) {
    for (const std::int32_t partition : revoked) {
      claims_.revoked(partition);
      partitions_.erase(partition);
      progress_.revoked(partition);
      report.gone.push_back(partition);
    }
    report.revoked = revoked.size();
  }

  // Newly claimed partitions begin with nothing in memory but what they share.
  void adopt(const std::vector<std::int32_t>& claimed, io::BatchReport& report) {
    if (claimed.empty()) return;
    std::vector<io::LoadRequest> requests;
    for (const std::int32_t partition : claimed) {
      partitions_[partition] = Partition{};
      requests.push_back({claims_.held(partition)->fence, {std::string(kSharedKey)}});
    }
    const std::vector<io::Loaded> loaded = store_.load(requests);
    for (std::size_t i = 0; i < claimed.size(); ++i) {
      const Claim& claim = *claims_.held(claimed[i]);
      progress_.claimed(claimed[i], claim.fence.next, claim.attempts);
      if (!accept(claimed[i], loaded[i].reply, report)) continue;
      if (!loaded[i].values[0]) continue;
      auto shared = work_.decode_shared(*loaded[i].values[0]);
      if (!shared) throw unreadable(claimed[i], shared.error());
      partitions_[claimed[i]].shared = std::move(*shared);
    }
  }

  Batch make_batch(std::vector<Arrival> arrivals, io::BatchReport& report) {
    Batch batch = empty_batch(arrivals.front().partition(), arrivals.back().next, report);
    batch.inputs.reserve(arrivals.size());
    for (const Arrival& arrival : arrivals) {
      if (arrival.refused) {
        batch.inputs.push_back(*arrival.refused);
      } else if (auto misplaced = segue::misplaced(arrival.record, rules_.partitions)) {
        batch.inputs.push_back(std::move(*misplaced));
      } else {
        batch.inputs.push_back(work_.decode(arrival.record));
      }
    }
    batch.arrivals = std::move(arrivals);
    report.batch_events += batch.arrivals.size();
    return batch;
  }

  Batch empty_batch(std::int32_t partition, std::int64_t next, io::BatchReport& report) const {
    return {.partition = partition,
            .next = next,
            .arrivals = {},
            .inputs = {},
            .outbox = Outbox(rules_.input, partition, report),
            .changed = {},
            .alive = true};
  }

  // Partitions without records that still have something to say get an empty batch.
  void add_pending(std::vector<Batch>& batches, const std::vector<std::vector<Arrival>>& one_by_one,
                   io::BatchReport& report) {
    std::set<std::int32_t> busy;
    for (const Batch& batch : batches) busy.insert(batch.partition);
    for (const auto& arrivals : one_by_one) busy.insert(arrivals.front().partition());
    for (const auto& [partition, claim] : claims_.all()) {
      if (busy.contains(partition) || !work_.pending(partitions_[partition].shared)) continue;
      batches.push_back(empty_batch(partition, claim.fence.next, report));
    }
  }

  void run(std::vector<Batch>& batches, io::BatchReport& report) {
    if (batches.empty()) return;
    const Micros began = surroundings_.now();
    load(batches, report);
    const Micros loaded = surroundings_.now();
    for (Batch& batch : batches) {
      if (!batch.alive) continue;
      const bool careful = claims_.held(batch.partition)->careful > 0 && !batch.inputs.empty();
      const bool marked = careful && batch.inputs[0];
      batch.alive = !marked || mark(batch.partition, report);
      if (batch.alive) step(batch);
      if (batch.alive && marked) batch.alive = unmark(batch.partition, report);
    }
    const Micros stepped = surroundings_.now();
    publish(batches, report);
    const Micros published = surroundings_.now();
    apply(batches, report);
    const std::array<Micros, 5> marks = {began, loaded, stepped, published, surroundings_.now()};
    for (std::size_t i = 0; i < report.stage_seconds.size(); ++i) {
      report.stage_seconds[i] += seconds_of(marks[i + 1] - marks[i]);
    }
  }

  // Something in these records may kill us: each is marked while it is decoded and while it is
  // stepped, and one whose marks outlived three owners is set aside unread.
  void run_carefully(std::vector<Arrival> arrivals, io::BatchReport& report) {
    const std::int32_t partition = arrivals.front().partition();
    for (Arrival& arrival : arrivals) {
      const Claim* claim = claims_.held(partition);
      if (claim == nullptr) return;
      const bool set_aside = claim->stepping == claim->fence.next && claim->marks >= kMarksMax;
      if (set_aside && !arrival.refused) {
        arrival.refused =
            error(Reason::quarantined, "reading it stopped the worker again and again");
      }
      const bool decodes = !arrival.refused;
      if (decodes && !mark(partition, report)) return;
      std::vector<Arrival> single(1, std::move(arrival));
      std::vector<Batch> alone;
      alone.push_back(make_batch(std::move(single), report));
      if (decodes && !unmark(partition, report)) return;
      run(alone, report);
    }
  }

  bool mark(std::int32_t partition, io::BatchReport& report) {
    const Claim& claim = *claims_.held(partition);
    const std::uint32_t marks = claim.stepping == claim.fence.next ? claim.marks + 1 : 1;
    return accept(partition, store_.mark(claim.fence, marks), report);
  }

  // From here on a death is not the event's fault.
  bool unmark(std::int32_t partition, io::BatchReport& report) {
    return accept(partition, store_.unmark(claims_.held(partition)->fence), report);
  }

  void load(std::vector<Batch>& batches, io::BatchReport& report) {
    std::vector<io::LoadRequest> requests;
    std::vector<Batch*> asking;
    for (Batch& batch : batches) {
      std::vector<std::string> missing = missing_keys(batch);
      if (missing.empty()) continue;
      requests.push_back({claims_.held(batch.partition)->fence, std::move(missing)});
      asking.push_back(&batch);
    }
    if (requests.empty()) return;
    const std::vector<io::Loaded> loaded = store_.load(requests);
    for (std::size_t i = 0; i < asking.size(); ++i) {
      Batch& batch = *asking[i];
      batch.alive = accept(batch.partition, loaded[i].reply, report);
      if (!batch.alive) continue;
      StateCache<State>& cache = partitions_[batch.partition].cache;
      for (std::size_t k = 0; k < requests[i].keys.size(); ++k) {
        cache.put(requests[i].keys[k], read_state(batch.partition, loaded[i].values[k]));
      }
    }
  }

  std::vector<std::string> missing_keys(const Batch& batch) {
    StateCache<State>& cache = partitions_[batch.partition].cache;
    std::vector<std::string> keys;
    for (const Result<Input>& input : batch.inputs) {
      if (input) work_.keys(*input, keys);
    }
    work_.due(partitions_[batch.partition].shared, keys);
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    std::erase_if(keys, [&](const std::string& key) { return cache.find(key) != nullptr; });
    return keys;
  }

  State read_state(std::int32_t partition, const std::optional<std::string>& value) {
    if (!value) return work_.fresh_state();
    auto state = work_.decode_state(*value);
    if (!state) throw unreadable(partition, state.error());
    return std::move(*state);
  }

  void step(Batch& batch) {
    Partition& partition = partitions_[batch.partition];
    States<State> states(partition.cache);
    const Claim& claim = *claims_.held(batch.partition);
    for (std::size_t i = 0; i < batch.arrivals.size(); ++i) {
      const Result<Input>& input = batch.inputs[i];
      const Arrival& arrival = batch.arrivals[i];
      if (input) {
        work_.step(*input, arrival.record, states, partition.shared, batch.outbox);
      } else {
        batch.outbox.dead_letter(arrival.record, input.error(), stage_of(input.error().reason),
                                 claim.attempts, arrival.next);
        work_.refused(batch.outbox.report());
      }
    }
    work_.close(states, partition.shared, batch.outbox, claim.fence.next, batch.next);
    batch.changed = states.changed();
  }

  void publish(std::vector<Batch>& batches, io::BatchReport& report) {
    std::vector<io::Publication> all;
    std::vector<Batch*> from;
    for (Batch& batch : batches) {
      if (!batch.alive) continue;
      for (io::Publication& publication : batch.outbox.publications()) {
        all.push_back(std::move(publication));
        from.push_back(&batch);
      }
    }
    if (all.empty()) return;
    const std::vector<Publisher::Published> published = publisher_.publish(all);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (published[i].outcome == Publisher::Outcome::in_log) continue;
      settle(*from[i], all[i], published[i], report);
    }
    const Micros now = surroundings_.now();
    for (Batch& batch : batches) {
      if (!batch.alive) continue;
      batch.outbox.count_dead_letters();
      for (const Micros received : batch.outbox.received()) {
        report.event_to_recommendation_seconds.push_back(seconds_of(now - received));
      }
    }
  }

  // A publication that is not in the log. Without a report it may or may not be there: the batch is
  // done again. What its topic will never take must not hold up the partition.
  void settle(Batch& batch, const io::Publication& publication,
              const Publisher::Published& published, io::BatchReport& report) {
    if (!batch.alive) return;
    const bool unknown = published.outcome == Publisher::Outcome::unknown;
    const std::int64_t first = claims_.held(batch.partition)->fence.next;
    const std::initializer_list<io::log::Field> fields = {
        {"topic", publication.topic},
        {"partition", std::int64_t{batch.partition}},
        {"offset", first},
        {"next", batch.next},
        {"error", published.why}};
    if (unknown) {
      io::log::warn("A publication was not confirmed: giving the batch up and replaying.", fields);
      batch.alive = false;
      claims_.give_up(batch.partition);
      partitions_.erase(batch.partition);
    } else {
      io::log::error("A publication is refused in every form and is left out.", fields);
      report.left_out.push_back(publication.topic);
      batch.outbox.left_out(publication);
    }
  }

  void apply(std::vector<Batch>& batches, io::BatchReport& report) {
    std::vector<io::ApplyRequest> requests;
    std::vector<Batch*> applying;
    for (Batch& batch : batches) {
      if (!batch.alive) continue;
      requests.push_back(apply_request(batch));
      applying.push_back(&batch);
    }
    const std::vector<io::StoreReply> replies = store_.apply(requests);
    for (std::size_t i = 0; i < applying.size(); ++i) {
      Batch& batch = *applying[i];
      if (replies[i].status == io::StoreStatus::duplicate) ++report.apply_duplicates;
      if (!accept(batch.partition, replies[i], report)) continue;
      Claim& claim = *claims_.held(batch.partition);
      claim.fence.next = batch.next;
      claim.batch = requests[i].batch;
      claims_.progressed(batch.partition);
      if (!batch.arrivals.empty()) {
        if (claim.careful > 0) {
          --claim.careful;
        } else {
          claim.attempts = 0;
        }
      }
      progress_.applied(batch.partition, batch.next, claim.attempts, batch.reached());
      checked_[batch.partition] = surroundings_.elapsed();
      partitions_[batch.partition].cache.shrink(rules_.states_cached_max / claims_.all().size());
    }
  }

  io::ApplyRequest apply_request(Batch& batch) {
    const Claim& claim = *claims_.held(batch.partition);
    io::ApplyRequest request{.fence = claim.fence,
                             .next = batch.next,
                             .batch = claim.batch + 1,
                             .keep_attempts = claim.careful > 1 || batch.arrivals.empty(),
                             .writes = std::move(batch.outbox.writes())};
    for (const auto& [key, state] : batch.changed) {
      std::optional<std::string> value;
      if (!work_.gone(*state)) value = encode(*state);
      request.writes.push_back({key, std::move(value), work_.fades(*state)});
    }
    request.writes.push_back(
        {std::string(kSharedKey), encode(partitions_[batch.partition].shared)});
    return request;
  }

  // True if the store still agrees with us; else everything known of the partition is dropped.
  bool accept(std::int32_t partition, const io::StoreReply& reply, io::BatchReport& report) {
    switch (reply.status) {
      case io::StoreStatus::ok:
      case io::StoreStatus::duplicate:
        return true;
      case io::StoreStatus::fenced:
        ++report.fenced;
        claims_.fenced(partition);
        io::log::warn("Fenced: the partition was claimed by another.",
                      {{"partition", std::int64_t{partition}}});
        break;
      case io::StoreStatus::offset:
        ++report.rewinds;
        claims_.rewind(partition);
        io::log::warn("The state is at another offset: claiming again and replaying.",
                      {{"partition", std::int64_t{partition}}, {"offset", reply.next}});
        break;
      case io::StoreStatus::unreachable:
      case io::StoreStatus::refused:
        SEGUE_CHECK(false);  // callers insist until there is an answer
    }
    partitions_.erase(partition);
    return false;
  }

  void every_second(io::BatchReport& report) {
    const Micros elapsed = surroundings_.elapsed();
    if (elapsed - last_second_ < kSecond) return;
    last_second_ = elapsed;
    check_idle(elapsed, report);
    hint();
    const auto high = [this](std::int32_t partition) { return source_.high_seen(partition); };
    report.lags = progress_.lags(high, surroundings_.now(), elapsed);
  }

  // A Redis that went back in time is found out although no event comes.
  void check_idle(Micros elapsed, io::BatchReport& report) {
    std::vector<io::Fence> fences;
    for (const auto& [partition, claim] : claims_.all()) {
      if (elapsed - checked_[partition] >= kSecond) fences.push_back(claim.fence);
    }
    if (fences.empty()) return;
    const std::vector<io::StoreReply> replies = store_.check(fences);
    for (std::size_t i = 0; i < fences.size(); ++i) {
      if (unanswered(replies[i].status)) continue;  // asked again in a second
      checked_[fences[i].partition] = elapsed;
      accept(fences[i].partition, replies[i], report);
    }
  }

  void hint() {
    std::vector<io::PartitionOffset> positions;
    for (const auto& [partition, claim] : claims_.all()) {
      positions.push_back({partition, claim.fence.next});
    }
    if (!positions.empty()) source_.hint(positions);
  }

  std::runtime_error unreadable(std::int32_t partition, const Error& error) const {
    return std::runtime_error("state of partition " + std::to_string(partition) + " of " +
                              rules_.input + " cannot be read: " + error.detail +
                              "; restore Redis from a backup, or use the build that wrote it");
  }

  static constexpr std::uint32_t kMarksMax = 3;

  io::Source& source_;
  Publisher publisher_;
  Work& work_;
  const Surroundings& surroundings_;
  WorkerRules rules_;
  PatientStore store_;
  Claims claims_;
  std::map<std::int32_t, Partition> partitions_;
  Progress progress_;
  std::map<std::int32_t, Micros> checked_;
  Micros last_second_ = 0;
};

}  // namespace segue
