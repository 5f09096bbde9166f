#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace segue::simulation {

// The rules that the protocol rests on. One of them can be switched off in a simulated world, to
// show that the verdict notices.
enum class Guard : std::uint8_t {
  none,  // all are on
  // Kept by the owner of a partition.
  fence,
  token,
  position,
  checkpoint,
  validated_reads,
  idle_check,
  publish_then_apply,
  one_write,
  dead_letters,
  unreadable,
  key_partition,
  quarantine,
  unmark,
  retry_window,
  // Kept in what travels between the stages.
  covered,
  skip_inside,
  covered_with_items,
  incarnation,
  routing,
  one_on_its_way,
  // Kept by the publisher.
  delivery_report,
  offset_in_report,
  refusal,
  gateway_ack,
};

struct GuardSpec {
  Guard guard = Guard::none;
  std::string_view name;
  std::string_view without;  // what is done instead
};

// All that can be switched off, in the order above.
std::span<const GuardSpec> guards();
// "none" or a name of `guards()`.
std::optional<Guard> guard_named(std::string_view name);
std::string_view name_of(Guard guard);

}  // namespace segue::simulation
