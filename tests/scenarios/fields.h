#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace segue::scenarios {

// A mistake in a scenario's text, as opposed to a failure that it finds.
struct ScenarioError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Reads one object of a scenario. Every key must be asked for: one not asked for is a mistake
// of the writer, and `done` says so. Throws ScenarioError. Requires: the object outlives it.
class Fields {
 public:
  // `what` names the object in messages: "event".
  Fields(const boost::json::object& object, std::string_view what) : object_(object), what_(what) {}

  std::optional<std::string> text(std::string_view name);
  std::string required_text(std::string_view name);
  std::optional<std::int64_t> whole(std::string_view name);
  std::optional<double> number(std::string_view name);
  std::optional<bool> flag(std::string_view name);
  std::optional<std::vector<std::string>> texts(std::string_view name);
  const boost::json::object* object(std::string_view name);
  const boost::json::array* array(std::string_view name);
  void done() const;

 private:
  const boost::json::value* find(std::string_view name);
  [[noreturn]] void wrong(std::string_view name, std::string_view wanted) const;

  const boost::json::object& object_;
  std::string what_;
  std::vector<std::string> asked_;
};

}  // namespace segue::scenarios
