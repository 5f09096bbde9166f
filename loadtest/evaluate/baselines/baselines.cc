#include "loadtest/evaluate/baselines/baselines.h"

#include <array>

#include "loadtest/evaluate/baselines/rules.h"
#include "loadtest/evaluate/baselines/vmis_knn.h"

namespace segue {
namespace {

template <class Baseline>
constexpr NamedBaseline named() {
  return {Baseline::kName, lane_of<Baseline>};
}

}  // namespace

std::span<const NamedBaseline> baselines() {
  static constexpr std::array kAll = {named<baseline::SequentialRules>(),
                                      named<baseline::RulesOfTen>(), named<baseline::VmisKnn>()};
  return kAll;
}

}  // namespace segue
