#include "tests/scenarios/fields.h"

#include <algorithm>

namespace segue::scenarios {

const boost::json::value* Fields::find(std::string_view name) {
  asked_.emplace_back(name);
  return object_.if_contains(name);
}

void Fields::wrong(std::string_view name, std::string_view wanted) const {
  throw ScenarioError(what_ + ": \"" + std::string(name) + "\" is not " + std::string(wanted));
}

std::optional<std::string> Fields::text(std::string_view name) {
  const boost::json::value* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) wrong(name, "a text");
  return std::string(value->as_string());
}

std::string Fields::required_text(std::string_view name) {
  const std::optional<std::string> found = text(name);
  if (!found) throw ScenarioError(what_ + ": \"" + std::string(name) + "\" is missing");
  return *found;
}

std::optional<std::int64_t> Fields::whole(std::string_view name) {
  const boost::json::value* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_int64()) wrong(name, "a whole number");
  return value->as_int64();
}

std::optional<double> Fields::number(std::string_view name) {
  const boost::json::value* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) wrong(name, "a number");
  return value->to_number<double>();
}

std::optional<bool> Fields::flag(std::string_view name) {
  const boost::json::value* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_bool()) wrong(name, "true or false");
  return value->as_bool();
}

std::optional<std::vector<std::string>> Fields::texts(std::string_view name) {
  const boost::json::array* found = array(name);
  if (found == nullptr) return std::nullopt;
  std::vector<std::string> all;
  for (const boost::json::value& value : *found) {
    if (!value.is_string()) wrong(name, "a list of texts");
    all.emplace_back(value.as_string());
  }
  return all;
}

const boost::json::object* Fields::object(std::string_view name) {
  const boost::json::value* value = find(name);
  if (value != nullptr && !value->is_object()) wrong(name, "an object");
  return value == nullptr ? nullptr : &value->as_object();
}

const boost::json::array* Fields::array(std::string_view name) {
  const boost::json::value* value = find(name);
  if (value != nullptr && !value->is_array()) wrong(name, "a list");
  return value == nullptr ? nullptr : &value->as_array();
}

void Fields::done() const {
  for (const auto& member : object_) {
    if (std::find(asked_.begin(), asked_.end(), member.key()) != asked_.end()) continue;
    std::string known;
    for (const std::string& name : asked_) known += (known.empty() ? "" : ", ") + name;
    throw ScenarioError(what_ + ": unknown key \"" + std::string(member.key()) + "\"; known are " +
                        known);
  }
}

}  // namespace segue::scenarios
