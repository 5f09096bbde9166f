#pragma once

#include <Eigen/Core>
#include <span>
#include <string_view>

#include "core/ranking/query.h"

namespace segue {

// The situation is the same for all candidates of a query and decides which of their features
// matter: the listener's habits, the session so far, the hour. Input of the ranker's network only.
std::span<const std::string_view> situation_columns();
// Writes situation_columns().size() numbers, about -1 to 1.
void describe_situation(const Query& query, Eigen::VectorXf& situation);

}  // namespace segue
