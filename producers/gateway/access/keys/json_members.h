#pragma once

#include <simdjson.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace segue::gateway {

// Whether no member's name stands twice in the object or in one that it holds. Two readers that
// each take another of two values would see two different documents (RFC 7515, 4; RFC 7519, 4).
// Requires: nesting is bounded, as simdjson's parsers see to.
inline bool members_are_single(const simdjson::dom::element& element);

inline bool members_are_single(const simdjson::dom::object& object) {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : object) {
    if (!members_are_single(value)) return false;
    names.push_back(name);
  }
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) == names.end();
}

inline bool members_are_single(const simdjson::dom::element& element) {
  simdjson::dom::object object;
  if (element.get(object) == simdjson::SUCCESS) return members_are_single(object);
  simdjson::dom::array list;
  if (element.get(list) != simdjson::SUCCESS) return true;
  for (const simdjson::dom::element each : list) {
    if (!members_are_single(each)) return false;
  }
  return true;
}

}  // namespace segue::gateway
