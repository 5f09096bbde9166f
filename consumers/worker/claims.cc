#include "consumers/worker/claims.h"

#include <algorithm>
#include <stdexcept>

#include "core/io/log.h"

namespace segue {
namespace {

constexpr Micros kPauseMin = 100 * kMillisecond;
constexpr Micros kPauseMax = 10 * kSecond;

[[noreturn]] void stop_and_alarm(std::int32_t partition, const std::string& what) {
  throw std::runtime_error("partition " + std::to_string(partition) + ": " + what);
}

}  // namespace

Claims::Claims(io::Source& source, RetryingStore& store, const Runtime& runtime, ClaimRules rules)
    : source_(source), store_(store), runtime_(runtime), rules_(std::move(rules)) {}

void Claims::assigned(std::int32_t partition) { due_[partition] = 0; }

void Claims::revoked(std::int32_t partition) {
  due_.erase(partition);
  const auto found = held_.find(partition);
  if (found == held_.end()) return;
  store_.release(found->second.fence);  // a claim made meanwhile is not disturbed
  held_.erase(found);
}

void Claims::fenced(std::int32_t partition) {
  let_go(partition, runtime_.elapsed() + rules_.after_fenced);
}

void Claims::rewind(std::int32_t partition) { let_go(partition, 0); }

void Claims::give_up(std::int32_t partition) {
  if (!held_.contains(partition)) return;
  Micros& pause = pauses_[partition];
  pause = std::clamp(2 * pause, kPauseMin, kPauseMax);
  let_go(partition, runtime_.elapsed() + pause);
}

// Records fetched until the next claim would only be thrown away.
void Claims::let_go(std::int32_t partition, Micros due) {
  if (held_.erase(partition) == 0) return;
  source_.pause(partition);
  due_[partition] = due;
}

Claim* Claims::held(std::int32_t partition) {
  const auto found = held_.find(partition);
  return found == held_.end() ? nullptr : &found->second;
}

std::vector<std::int32_t> Claims::claim_due() {
  std::vector<std::int32_t> claimed;
  if (due_.empty()) return claimed;
  std::vector<io::PartitionOffset> starts;
  const Micros now = runtime_.elapsed();
  for (const auto& [partition, when] : due_) {
    if (when > now) continue;
    const Claim claim = this->claim(partition);
    held_[partition] = claim;
    starts.push_back({partition, claim.fence.next});
    claimed.push_back(partition);
  }
  for (const std::int32_t partition : claimed) due_.erase(partition);
  if (!starts.empty()) source_.start(starts);
  return claimed;
}

Claim Claims::claim(std::int32_t partition) {
  Claim claim;
  claim.fence = {.partition = partition, .token = runtime_.token(), .next = 0};
  // Asked first: a broker that does not answer is no failed attempt of this partition.
  const io::Watermarks marks = source_.watermarks(partition);
  const io::Claimed reply = store_.claim(partition, claim.fence.token, rules_.owner);
  claim.fence.next = start_of(partition, reply.next, marks);
  claim.batch = reply.batch;
  if (reply.next < 0) begin(claim);
  claim.attempts = reply.attempts;
  claim.stepping = reply.stepping;
  claim.marks = reply.marks;
  if (reply.attempts > rules_.attempts_before_care) {
    claim.careful = rules_.careful_events;
    io::log::warn("Claimed again and again without progress; stepping one by one.",
                  {{"partition", std::int64_t{partition}},
                   {"attempts", std::int64_t{reply.attempts}},
                   {"offset", claim.fence.next}});
  }
  return claim;
}

// Without a position of its own a state that is later put back to before this moment would look
// like any other; if somebody else was faster, the next call will say so.
void Claims::begin(Claim& claim) {
  const io::ApplyRequest first{.fence = claim.fence,
                               .next = claim.fence.next,
                               .batch = claim.batch + 1,
                               .keep_attempts = true,
                               .writes = {}};
  store_.apply(std::span(&first, 1));
  ++claim.batch;
}

// Kafka's committed offset never decides; the checkpoint does, if the log still has it.
std::int64_t Claims::start_of(std::int32_t partition, std::int64_t next, io::Watermarks marks) {
  if (next < 0) {
    if (marks.low > rules_.log_begins_at && !rules_.accept_trimmed_log) {
      stop_and_alarm(partition,
                     "first run, but the log begins at offset " + std::to_string(marks.low) +
                         ", not " + std::to_string(rules_.log_begins_at) +
                         ": what came before is lost; set worker.accept_trimmed_log=true "
                         "to begin there all the same");
    }
    io::log::info("No checkpoint: first run, starting at the earliest offset.",
                  {{"partition", std::int64_t{partition}}, {"offset", marks.low}});
    return marks.low;
  }
  if (next < marks.low) {
    stop_and_alarm(partition, "state is at offset " + std::to_string(next) +
                                  " but the log now begins at " + std::to_string(marks.low) +
                                  ": retention has passed the checkpoint; restore a newer Redis "
                                  "backup or a longer log");
  }
  if (next > marks.high) {
    stop_and_alarm(partition, "state is at offset " + std::to_string(next) +
                                  " but the log ends at " + std::to_string(marks.high) +
                                  ": the topic was truncated or re-created; restore it, or clear "
                                  "the state and run segue-admin init");
  }
  return next;
}

void Claims::release_all() {
  for (const auto& [partition, claim] : held_) {
    // A Redis that is away is not waited for again and again: a claim needs no release.
    if (unanswered(store_.release(claim.fence).status)) break;
  }
  held_.clear();
  due_.clear();
}

}  // namespace segue
