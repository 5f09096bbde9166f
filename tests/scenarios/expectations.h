#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "tests/scenarios/stage.h"

namespace segue::scenarios {

// Holds an "expect" object against what is. Returns what does not agree, in words, with the list
// that stands there instead. Throws ScenarioError for keys it does not know.
std::vector<std::string> check_listener(const boost::json::object& expect, Stage& stage);
// The same for "expect_item".
std::vector<std::string> check_item(const boost::json::object& expect, Stage& stage);
// Rules for every list: no track twice, no longer than it may be, shown with a
// probability, and its reasons' parts sum to each score.
std::vector<std::string> check_list(const Recommendation& list, const Tuning& tuning);

}  // namespace segue::scenarios
