#include "loadtest/evaluate/baselines/baselines.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

#include "loadtest/evaluate/baselines/isgd.h"
#include "loadtest/evaluate/baselines/markov.h"
#include "loadtest/evaluate/baselines/personal_repeat.h"
#include "loadtest/evaluate/baselines/popularity.h"
#include "loadtest/evaluate/baselines/rules.h"
#include "loadtest/evaluate/baselines/vmis_knn.h"

namespace segue {
namespace {

template <class Baseline>
constexpr NamedBaseline named(std::string_view key) {
  return {key, Baseline::kName, lane_of<Baseline>};
}

std::string keys_of(std::span<const NamedBaseline> all) {
  std::string text;
  for (const NamedBaseline& each : all) {
    if (!text.empty()) text += ", ";
    text += each.key;
  }
  return text;
}

}  // namespace

std::span<const NamedBaseline> baselines() {
  static constexpr std::array kAll = {named<baseline::DecayedPopularity>("popularity"),
                                      named<baseline::Markov>("markov"),
                                      named<baseline::SequentialRules>("rules"),
                                      named<baseline::RulesOfTen>("rules-10"),
                                      named<baseline::VmisKnn>("vmis"),
                                      named<baseline::VmisKnnOther>("vmis-other"),
                                      named<baseline::Isgd>("isgd"),
                                      named<baseline::PersonalRepeat>("repeats")};
  return kAll;
}

std::vector<NamedBaseline> baselines_named(std::string_view keys) {
  const auto all = baselines();
  if (keys == "all") return {all.begin(), all.end()};
  std::vector<std::string_view> wanted;
  if (keys != "none") {
    for (std::size_t from = 0; from <= keys.size();) {
      const std::size_t end = std::min(keys.find(',', from), keys.size());
      wanted.push_back(keys.substr(from, end - from));
      from = end + 1;
    }
  }
  for (const std::string_view key : wanted) {
    if (std::ranges::find(all, key, &NamedBaseline::key) == all.end())
      throw std::runtime_error("evaluate.baselines: there is no \"" + std::string(key) +
                               "\"; there are " + keys_of(all) + ", or all, or none");
  }
  std::vector<NamedBaseline> named;
  std::ranges::copy_if(all, std::back_inserter(named), [&](const NamedBaseline& each) {
    return std::ranges::find(wanted, each.key) != wanted.end();
  });
  return named;
}

}  // namespace segue
