#include "loadtest/evaluate/baselines/baselines.h"

#include <array>

#include "loadtest/evaluate/baselines/isgd.h"
#include "loadtest/evaluate/baselines/markov.h"
#include "loadtest/evaluate/baselines/personal_repeat.h"
#include "loadtest/evaluate/baselines/popularity.h"
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
  static constexpr std::array kAll = {
      named<baseline::DecayedPopularity>(), named<baseline::Markov>(),
      named<baseline::SequentialRules>(),   named<baseline::RulesOfTen>(),
      named<baseline::VmisKnn>(),           named<baseline::Isgd>(),
      named<baseline::PersonalRepeat>()};
  return kAll;
}

}  // namespace segue
