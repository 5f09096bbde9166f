#pragma once

#include <array>
#include <string_view>

namespace segue {

// Every topic this build reads or writes; deploy/topics.toml gives their partitions and
// schemas/asyncapi.yaml what travels on them. A test keeps the three in step.
namespace topic {
inline constexpr std::string_view kEvents = "segue.events.v1";
inline constexpr std::string_view kRecommendations = "segue.recommendations.v1";
inline constexpr std::string_view kItemSignals = "segue.item-signals.v1";
inline constexpr std::string_view kItemModels = "segue.item-models.v1";
inline constexpr std::string_view kLessons = "segue.lessons.v1";
inline constexpr std::string_view kCatalog = "segue.catalog.v1";
inline constexpr std::string_view kGenerationJobs = "segue.generation-jobs.v1";
inline constexpr std::string_view kGenerationResults = "segue.generation-results.v1";
inline constexpr std::string_view kGenerationDecisions = "segue.generation-decisions.v1";
inline constexpr std::string_view kDeadLetters = "segue.dlq.v1";
// The topics that workers read from a stored checkpoint on: its offsets are theirs.
inline constexpr std::array kInputs = {kEvents, kItemSignals, kGenerationJobs};
}  // namespace topic

inline constexpr std::array kTopics = {
    topic::kEvents,         topic::kRecommendations,   topic::kItemSignals,
    topic::kItemModels,     topic::kLessons,           topic::kCatalog,
    topic::kGenerationJobs, topic::kGenerationResults, topic::kGenerationDecisions,
    topic::kDeadLetters};

}  // namespace segue
