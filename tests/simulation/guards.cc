#include "tests/simulation/guards.h"

#include <algorithm>
#include <array>

namespace segue::simulation {
namespace {

constexpr std::array kGuards = {
    GuardSpec{Guard::fence, "fence", "whoever writes, writes: neither token nor position is asked"},
    GuardSpec{Guard::token, "token", "only the position is asked, not who writes"},
    GuardSpec{Guard::position, "position", "only the token is asked, not from which position"},
    GuardSpec{Guard::checkpoint, "checkpoint",
              "the position is Kafka's committed offset; the state has none to compare"},
    GuardSpec{Guard::validated_reads, "validated-reads", "state is read without asking either"},
    GuardSpec{Guard::idle_check, "idle-check", "an idle partition does not look at its checkpoint"},
    GuardSpec{Guard::publish_then_apply, "publish-then-apply",
              "applies, then publishes until it is confirmed"},
    GuardSpec{Guard::one_write, "one-write", "position and state are two writes"},
    GuardSpec{Guard::dead_letters, "dead-letters", "what cannot be read is left out silently"},
    GuardSpec{Guard::unreadable, "unreadable",
              "what Kafka's client cannot read is passed over in silence"},
    GuardSpec{Guard::key_partition, "key-partition",
              "an event counts on whichever partition its sender put it"},
    GuardSpec{Guard::quarantine, "quarantine", "nobody remembers which event was being stepped"},
    GuardSpec{Guard::unmark, "unmark", "an event stays marked after it was stepped without harm"},
    GuardSpec{Guard::retry_window, "retry-window", "accepts what is older than the window"},
    GuardSpec{Guard::covered, "covered", "a trainer learns whatever a record holds"},
    GuardSpec{Guard::skip_inside, "skip-inside", "a record is learned as a whole or not at all"},
    GuardSpec{Guard::covered_with_items, "covered-with-items",
              "what is covered is written apart from the items"},
    GuardSpec{Guard::incarnation, "incarnation", "a topic made anew is the same source"},
    GuardSpec{Guard::routing, "routing", "a signal's partition is not decided by the log alone"},
    GuardSpec{Guard::one_on_its_way, "one-on-its-way",
              "a batch's signals for a partition travel in two records at once"},
    GuardSpec{Guard::delivery_report, "delivery-report", "a failed delivery counts as sent"},
    GuardSpec{Guard::offset_in_report, "offset-in-report",
              "a report without an error but without an offset counts as sent"},
    GuardSpec{Guard::refusal, "refusal",
              "what a topic refuses for ever is sent again for ever, as it is"},
    GuardSpec{Guard::gateway_ack, "gateway-ack", "an event is acknowledged before its report"},
};

}  // namespace

std::span<const GuardSpec> guards() { return kGuards; }

std::optional<Guard> guard_named(std::string_view name) {
  if (name == "none") return Guard::none;
  const auto found = std::ranges::find(kGuards, name, &GuardSpec::name);
  if (found == kGuards.end()) return std::nullopt;
  return found->guard;
}

std::string_view name_of(Guard guard) {
  const auto found = std::ranges::find(kGuards, guard, &GuardSpec::guard);
  return found == kGuards.end() ? "none" : found->name;
}

}  // namespace segue::simulation
