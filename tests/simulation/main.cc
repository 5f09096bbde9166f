#include <charconv>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "core/io/log.h"
#include "tests/simulation/verdict.h"

// Runs the real workers through seeded accidents and counts what was lost, counted twice or torn.
namespace segue::simulation {
namespace {

constexpr std::string_view kHelp =
    "segue-simulation: the worker loop against kills, zombies, lost replies, lost reports, late\n"
    "commands, client retries, moving partitions and a Redis that goes back in time.\n\n"
    "  --runs N         how many worlds (default 500)\n"
    "  --seed S         seed of the first (default 1); a failing seed is printed and repeats\n"
    "  --happenings N   length of a run (default 120)\n"
    "  --without GUARD  fence, validated-reads, atomic-apply or delivery-reports is switched off:\n"
    "                   exit 0 only if the verdict notices\n\n"
    "example: segue-simulation --runs 1 --seed 4711\n";

struct Options {
  std::uint64_t runs = 500;
  std::uint64_t seed = 1;
  std::uint64_t happenings = 120;
  Sabotage sabotage = Sabotage::none;
};

bool read_guard(std::string_view name, Sabotage& sabotage) {
  if (name == "fence") sabotage = Sabotage::no_fence;
  if (name == "validated-reads") sabotage = Sabotage::blind_reads;
  if (name == "atomic-apply") sabotage = Sabotage::split_apply;
  if (name == "delivery-reports") sabotage = Sabotage::forgotten_report;
  return sabotage != Sabotage::none;
}

// Whole numbers above zero only: a typo must not pass as a proof.
bool read_number(const char* text, std::uint64_t& number) {
  const char* const end = text + std::strlen(text);
  const auto [stopped, error] = std::from_chars(text, end, number);
  return error == std::errc() && stopped == end && number > 0;
}

bool read_options(int argc, char** argv, Options& options) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const char* const value = argv[i + 1];
    const bool read = name == "--runs"         ? read_number(value, options.runs)
                      : name == "--seed"       ? read_number(value, options.seed)
                      : name == "--happenings" ? read_number(value, options.happenings)
                      : name == "--without"    ? read_guard(value, options.sabotage)
                                               : false;
    if (!read) return false;
  }
  return argc % 2 == 1;
}

int run(const Options& options) {
  Verdict total;
  std::uint64_t bad_runs = 0;
  std::uint64_t faults = 0;
  for (std::uint64_t i = 0; i < options.runs; ++i) {
    World world(options.seed + i, options.sabotage);
    world.run(options.happenings);
    const Verdict verdict = judge(world);
    total += verdict;
    faults += world.faults_bitten();
    if (verdict.good()) continue;
    if (++bad_runs == 1 && options.sabotage == Sabotage::none) {
      std::printf("seed %llu: lost %llu, twice %llu, torn %llu, missing %llu, unsettled %llu\n",
                  static_cast<unsigned long long>(options.seed + i),
                  static_cast<unsigned long long>(verdict.lost),
                  static_cast<unsigned long long>(verdict.twice),
                  static_cast<unsigned long long>(verdict.torn),
                  static_cast<unsigned long long>(verdict.missing),
                  static_cast<unsigned long long>(verdict.unsettled));
    }
  }
  std::printf(
      "simulation: %llu runs from seed %llu, %llu events, %llu faults: lost %llu, twice %llu, "
      "torn %llu, missing %llu, unsettled %llu; runs with a violation %llu\n",
      static_cast<unsigned long long>(options.runs), static_cast<unsigned long long>(options.seed),
      static_cast<unsigned long long>(total.events), static_cast<unsigned long long>(faults),
      static_cast<unsigned long long>(total.lost), static_cast<unsigned long long>(total.twice),
      static_cast<unsigned long long>(total.torn), static_cast<unsigned long long>(total.missing),
      static_cast<unsigned long long>(total.unsettled), static_cast<unsigned long long>(bad_runs));
  const bool should_fail = options.sabotage != Sabotage::none;
  return (bad_runs > 0) == should_fail ? 0 : 1;
}

}  // namespace
}  // namespace segue::simulation

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "--help") == 0) {
    std::fputs(segue::simulation::kHelp.data(), stdout);
    return 0;
  }
  segue::simulation::Options options;
  if (!segue::simulation::read_options(argc, argv, options)) {
    std::fputs("segue-simulation: unknown, incomplete or wrong option; see --help\n", stderr);
    return 2;
  }
  segue::io::log::start("segue-simulation", "error");
  return segue::simulation::run(options);
}
