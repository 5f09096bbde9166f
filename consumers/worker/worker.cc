#include "consumers/worker/worker.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "core/check.h"
#include "core/io/log.h"

namespace segue {
namespace {

constexpr std::string_view kSharedKey = "shared";
constexpr std::uint32_t kMarksMax = 3;

}  // namespace

Worker::Worker(io::Source& source, io::Sink& sink, io::Store& store, AnyWork& work,
               const Runtime& runtime, WorkerRules rules)
    : source_(source),
      publisher_(sink),
      work_(work),
      runtime_(runtime),
      rules_(std::move(rules)),
      store_(store, runtime_, rules_.retry_for),
      claims_(source, store_, runtime_, rules_.claims) {}

io::BatchReport Worker::turn() {
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
    // Records polled before the claim were read from an older position.
    if (std::ranges::find(claimed, partition) != claimed.end()) continue;
    const Claim* claim = claims_.held(partition);
    if (claim == nullptr) continue;  // lost meanwhile: the next to claim it reads them again
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
  work_.tell(report);
  return report;
}

void Worker::stop() {
  hint();
  claims_.release_all();
  held_.clear();
  progress_.clear();
}

void Worker::revoke(const std::vector<std::int32_t>& revoked, io::BatchReport& report) {
  for (const std::int32_t partition : revoked) {
    claims_.revoked(partition);
    held_.erase(partition);
    progress_.revoked(partition);
    report.gone.push_back(partition);
  }
  report.revoked = revoked.size();
}

// Newly claimed partitions begin with nothing in memory but what they share.
void Worker::adopt(const std::vector<std::int32_t>& claimed, io::BatchReport& report) {
  if (claimed.empty()) return;
  std::vector<io::LoadRequest> requests;
  requests.reserve(claimed.size());
  for (const std::int32_t partition : claimed) {
    requests.push_back({claims_.held(partition)->fence, {std::string(kSharedKey)}});
  }
  const std::vector<io::Loaded> loaded = store_.load(requests);
  for (std::size_t i = 0; i < claimed.size(); ++i) {
    const Claim& claim = *claims_.held(claimed[i]);
    progress_.claimed(claimed[i], claim.fence.next, claim.attempts);
    if (!accept(claimed[i], loaded[i].reply, report)) continue;
    auto held = work_.hold(loaded[i].values[0]);
    if (!held) throw unreadable(claimed[i], held.error());
    held_[claimed[i]] = std::move(*held);
  }
}

Worker::Batch Worker::make_batch(std::vector<Arrival> arrivals, io::BatchReport& report) {
  Batch batch = empty_batch(arrivals.front().partition(), arrivals.back().next, report);
  for (Arrival& arrival : arrivals) {
    if (!arrival.refused) arrival.refused = misplaced(arrival.record, rules_.partitions);
  }
  batch.held->decode(arrivals);
  batch.arrivals = std::move(arrivals);
  report.batch_events += batch.arrivals.size();
  return batch;
}

Worker::Batch Worker::empty_batch(std::int32_t partition, std::int64_t next,
                                  io::BatchReport& report) {
  Claim& claim = *claims_.held(partition);
  return {.claim = &claim,
          .held = held_.at(partition).get(),
          .partition = partition,
          .first = claim.fence.next,
          .next = next,
          .arrivals = {},
          .outbox = Outbox(rules_.input, partition, report),
          .alive = true};
}

// Partitions without records that still have something to say get an empty batch.
void Worker::add_pending(std::vector<Batch>& batches,
                         const std::vector<std::vector<Arrival>>& one_by_one,
                         io::BatchReport& report) {
  std::set<std::int32_t> busy;
  for (const Batch& batch : batches) busy.insert(batch.partition);
  for (const auto& arrivals : one_by_one) busy.insert(arrivals.front().partition());
  for (const auto& [partition, claim] : claims_.all()) {
    if (busy.contains(partition) || !held_.at(partition)->pending()) continue;
    batches.push_back(empty_batch(partition, claim.fence.next, report));
    batches.back().held->decode(batches.back().arrivals);
  }
}

void Worker::run(std::vector<Batch>& batches, io::BatchReport& report) {
  if (batches.empty()) return;
  const Micros began = runtime_.now();
  load(batches, report);
  const Micros loaded = runtime_.now();
  for (Batch& batch : batches) {
    if (batch.alive) step_carefully(batch, report);
  }
  const Micros stepped = runtime_.now();
  publish(batches, report);
  const Micros published = runtime_.now();
  apply(batches, report);
  const std::array<Micros, 5> marks = {began, loaded, stepped, published, runtime_.now()};
  for (std::size_t i = 0; i < report.stage_seconds.size(); ++i) {
    report.stage_seconds[i] += seconds_of(marks[i + 1] - marks[i]);
  }
}

// Something in these records may kill us: each is marked while it is decoded and while it is
// stepped, and one whose marks outlived three owners is set aside unread.
void Worker::run_carefully(std::vector<Arrival> arrivals, io::BatchReport& report) {
  const std::int32_t partition = arrivals.front().partition();
  for (Arrival& arrival : arrivals) {
    const Claim* claim = claims_.held(partition);
    if (claim == nullptr) return;
    const bool set_aside = claim->stepping == claim->fence.next && claim->marks >= kMarksMax;
    if (set_aside && !arrival.refused) {
      arrival.refused = error(Reason::quarantined, "reading it stopped the worker again and again");
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

bool Worker::mark(std::int32_t partition, io::BatchReport& report) {
  const Claim& claim = *claims_.held(partition);
  const std::uint32_t marks = claim.stepping == claim.fence.next ? claim.marks + 1 : 1;
  return accept(partition, store_.mark(claim.fence, marks), report);
}

// From here on a death is not the event's fault.
bool Worker::unmark(std::int32_t partition, io::BatchReport& report) {
  return accept(partition, store_.unmark(claims_.held(partition)->fence), report);
}

void Worker::load(std::vector<Batch>& batches, io::BatchReport& report) {
  std::vector<io::LoadRequest> requests;
  std::vector<Batch*> asking;
  for (Batch& batch : batches) {
    std::vector<std::string> missing = missing_keys(batch);
    if (missing.empty()) continue;
    requests.push_back({batch.claim->fence, std::move(missing)});
    asking.push_back(&batch);
  }
  if (requests.empty()) return;
  const std::vector<io::Loaded> loaded = store_.load(requests);
  for (std::size_t i = 0; i < asking.size(); ++i) {
    Batch& batch = *asking[i];
    batch.alive = accept(batch.partition, loaded[i].reply, report);
    if (!batch.alive) continue;
    for (std::size_t k = 0; k < requests[i].keys.size(); ++k) {
      const auto wrong = batch.held->put(requests[i].keys[k], loaded[i].values[k]);
      if (wrong) throw unreadable(batch.partition, *wrong);
    }
  }
}

std::vector<std::string> Worker::missing_keys(const Batch& batch) const {
  std::vector<std::string> keys;
  batch.held->needs(keys);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::erase_if(keys, [&](const std::string& key) { return batch.held->has(key); });
  return keys;
}

void Worker::step_carefully(Batch& batch, io::BatchReport& report) {
  const bool marked =
      batch.claim->careful > 0 && !batch.arrivals.empty() && !batch.arrivals[0].refused;
  batch.alive = !marked || mark(batch.partition, report);
  if (batch.alive) step(batch);
  if (batch.alive && marked) batch.alive = unmark(batch.partition, report);
}

void Worker::step(Batch& batch) {
  for (std::size_t i = 0; i < batch.arrivals.size(); ++i) {
    const Arrival& arrival = batch.arrivals[i];
    if (!arrival.refused) {
      batch.held->step(i, arrival.record, batch.outbox);
    } else {
      batch.outbox.dead_letter(arrival.record, *arrival.refused, stage_of(arrival.refused->reason),
                               batch.claim->attempts, arrival.next);
      work_.refused(batch.outbox.report());
    }
  }
  batch.held->close(batch.first, batch.next, batch.outbox);
}

void Worker::publish(std::vector<Batch>& batches, io::BatchReport& report) {
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
  const Micros now = runtime_.now();
  for (Batch& batch : batches) {
    if (!batch.alive) continue;
    batch.outbox.count_dead_letters();
    for (const auto& [received, traceparent] : batch.outbox.received()) {
      const double seconds = seconds_of(now - received);
      report.event_to_recommendation_seconds.push_back(seconds);
      if (traceparent.empty()) continue;
      report.traced.push_back({seconds, traceparent});
      report.spans.push_back({.traceparent = traceparent,
                              .name = "recommend",
                              .kind = io::SpanKind::consumer,
                              .from = received,
                              .to = now});
    }
  }
}

// A publication that is not in the log. Without a report it may or may not be there: the batch is
// done again. What its topic will never take must not hold up the partition.
void Worker::settle(Batch& batch, const io::Publication& publication,
                    const Publisher::Published& published, io::BatchReport& report) {
  if (!batch.alive) return;
  const bool unknown = published.outcome == Publisher::Outcome::unknown;
  const std::initializer_list<io::log::Field> fields = {
      {"topic", publication.topic},
      {"partition", std::int64_t{batch.partition}},
      {"offset", batch.first},
      {"next", batch.next},
      {"error", published.why}};
  if (unknown) {
    io::log::warn("A publication was not confirmed: giving the batch up and replaying.", fields);
    batch.alive = false;
    claims_.give_up(batch.partition);
    held_.erase(batch.partition);
  } else {
    io::log::error("A publication is refused in every form and is left out.", fields);
    report.left_out.push_back(publication.topic);
    batch.outbox.left_out(publication);
  }
}

void Worker::apply(std::vector<Batch>& batches, io::BatchReport& report) {
  std::vector<io::ApplyRequest> requests;
  std::vector<Batch*> applying;
  for (Batch& batch : batches) {
    if (!batch.alive) continue;
    requests.push_back(apply_request(batch));
    applying.push_back(&batch);
  }
  const std::vector<io::StoreReply> replies = store_.apply(requests);
  for (std::size_t i = 0; i < applying.size(); ++i) {
    if (replies[i].status == io::StoreStatus::duplicate) ++report.apply_duplicates;
    if (accept(applying[i]->partition, replies[i], report)) applied(*applying[i]);
  }
}

void Worker::applied(const Batch& batch) {
  Claim& claim = *batch.claim;
  claim.fence.next = batch.next;
  ++claim.batch;
  claims_.progressed(batch.partition);
  if (!batch.arrivals.empty()) {
    if (claim.careful > 0) {
      --claim.careful;
    } else {
      claim.attempts = 0;
    }
  }
  progress_.applied(batch.partition, batch.next, claim.attempts);
  checked_[batch.partition] = runtime_.elapsed();
  batch.held->shrink(rules_.states_cached_max / claims_.all().size());
}

io::ApplyRequest Worker::apply_request(Batch& batch) const {
  const Claim& claim = *batch.claim;
  io::ApplyRequest request{.fence = claim.fence,
                           .next = batch.next,
                           .batch = claim.batch + 1,
                           .keep_attempts = claim.careful > 1 || batch.arrivals.empty(),
                           .writes = std::move(batch.outbox.writes())};
  batch.held->changes(request.writes);
  request.writes.push_back({std::string(kSharedKey), batch.held->shared_value()});
  return request;
}

// True if the store still agrees with us; else everything known of the partition is dropped.
bool Worker::accept(std::int32_t partition, const io::StoreReply& reply, io::BatchReport& report) {
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
  held_.erase(partition);
  return false;
}

void Worker::every_second(io::BatchReport& report) {
  const Micros elapsed = runtime_.elapsed();
  if (elapsed - last_second_ < kSecond) return;
  last_second_ = elapsed;
  check_idle(elapsed, report);
  hint();
  const auto high = [this](std::int32_t partition) { return source_.high_seen(partition); };
  report.progress = progress_.progress(high, elapsed);
}

// A Redis that went back in time is found out although no event comes.
void Worker::check_idle(Micros elapsed, io::BatchReport& report) {
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

void Worker::hint() {
  std::vector<io::PartitionOffset> positions;
  for (const auto& [partition, claim] : claims_.all()) {
    positions.push_back({partition, claim.fence.next});
  }
  if (!positions.empty()) source_.hint(positions);
}

std::runtime_error Worker::unreadable(std::int32_t partition, const Error& error) const {
  return std::runtime_error("state of partition " + std::to_string(partition) + " of " +
                            rules_.input + " cannot be read: " + error.detail +
                            "; restore Redis from a backup, or use the build that wrote it");
}

}  // namespace segue
