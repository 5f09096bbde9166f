#include "tests/simulation/faults/guards.h"

#include <algorithm>
#include <array>

namespace segue::simulation {
namespace {

constexpr std::array kGuards = {
    GuardSpec{Guard::fence, "fence",
              "every write is accepted: neither token nor position is checked"},
    GuardSpec{Guard::token, "token", "only the position is checked, not the writer"},
    GuardSpec{Guard::position, "position", "only the token is checked, not the position"},
    GuardSpec{Guard::checkpoint, "checkpoint",
              "the position is Kafka's committed offset; the state has none to compare"},
    GuardSpec{Guard::validated_reads, "validated-reads", "state is read without checking either"},
    GuardSpec{Guard::idle_check, "idle-check", "an idle partition does not look at its checkpoint"},
    GuardSpec{Guard::publish_then_apply, "publish-then-apply",
              "state is applied, then publications are sent until confirmed"},
    GuardSpec{Guard::one_write, "one-write", "position and state are two writes"},
    GuardSpec{Guard::dead_letters, "dead-letters", "malformed input is left out silently"},
    GuardSpec{Guard::unreadable, "unreadable",
              "batches that Kafka's client cannot read are left out silently"},
    GuardSpec{Guard::key_partition, "key-partition",
              "an event counts on any partition to which its sender wrote it"},
    GuardSpec{Guard::quarantine, "quarantine", "no note is kept of the event being stepped"},
    GuardSpec{Guard::unmark, "unmark", "an event stays marked after it was stepped without harm"},
    GuardSpec{Guard::retry_window, "retry-window", "events older than the window are accepted"},
    GuardSpec{Guard::covered, "covered", "a trainer learns all of a record, covered or not"},
    GuardSpec{Guard::skip_inside, "skip-inside", "a record is learned as a whole or not at all"},
    GuardSpec{Guard::covered_with_items, "covered-with-items",
              "covered offsets are written apart from the items"},
    GuardSpec{Guard::incarnation, "incarnation", "a re-created topic counts as the old one"},
    GuardSpec{Guard::routing, "routing", "a signal's partition is not decided by the log alone"},
    GuardSpec{Guard::one_on_its_way, "one-on-its-way",
              "a batch's signals for a partition travel in two records at once"},
    GuardSpec{Guard::delivery_report, "delivery-report", "a failed delivery counts as sent"},
    GuardSpec{Guard::offset_in_report, "offset-in-report",
              "a report without an error but without an offset counts as sent"},
    GuardSpec{Guard::refusal, "refusal",
              "a record that its topic rejects is sent again for ever, unchanged"},
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
