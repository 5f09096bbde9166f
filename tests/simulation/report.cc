#include "tests/simulation/report.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace segue::simulation {
namespace {

using Kind = std::pair<const char*, std::uint64_t Verdict::*>;
constexpr std::array kKinds = {
    Kind{"lost", &Verdict::lost},           Kind{"twice", &Verdict::twice},
    Kind{"torn", &Verdict::torn},           Kind{"missing", &Verdict::missing},
    Kind{"unsettled", &Verdict::unsettled}, Kind{"intruded", &Verdict::intruded}};

// 84000 as "84,000".
std::string grouped(std::uint64_t n) {
  std::string text = std::to_string(n);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

std::string tenths(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f", value);
  return text.data();
}

std::string kinds_of(const Verdict& verdict) {
  std::string text;
  for (const auto& [name, count] : kKinds) {
    text += std::string(text.empty() ? "" : ", ") + name + " " + grouped(verdict.*count);
  }
  return text;
}

std::string seen_in(const Verdict& seen) {
  std::string text;
  for (const auto& [name, count] : kKinds) {
    if (seen.*count == 0) continue;
    text += std::string(text.empty() ? "" : ", ") + name + " " + grouped(seen.*count);
  }
  return text;
}

std::string json_kinds(const Verdict& verdict) {
  std::string text;
  for (const auto& [name, count] : kKinds) {
    text += std::string(",\"") + name + "\":" + std::to_string(verdict.*count);
  }
  return text;
}

std::string repeat_command(const RunOptions& options, std::uint64_t seed) {
  std::string text = "segue-simulation --runs 1 --seed " + std::to_string(seed);
  if (options.happenings != RunOptions{}.happenings) {
    text += " --happenings " + std::to_string(options.happenings);
  }
  if (options.off != Guard::none) text += " --without " + std::string(name_of(options.off));
  return text;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text;
}

std::string json_head(const RunOptions& options) {
  return "{\"seed\":" + std::to_string(options.seed) +
         ",\"happenings\":" + std::to_string(options.happenings);
}

}  // namespace

std::string summary_of(const RunOptions& options, const Tally& tally) {
  std::string text;
  if (tally.first) {
    text += "seed " + std::to_string(tally.first->seed) + ": " + kinds_of(tally.first->verdict) +
            "\n  again: " + repeat_command(options, tally.first->seed) + "\n";
  }
  return text + grouped(tally.runs) + " runs from seed " + std::to_string(options.seed) + " in " +
         tenths(tally.seconds) + " s: " + grouped(tally.total.events) + " events, " +
         grouped(tally.faults) + " faults; " + kinds_of(tally.total) +
         "; runs with a violation: " + grouped(tally.bad_runs) + "\n";
}

std::string table_of(const std::vector<Mutation>& mutations) {
  std::string text = "guard switched off            runs   with a violation   seen in runs as\n";
  for (const Mutation& mutation : mutations) {
    std::string name(mutation.off == Guard::none ? "(none)" : name_of(mutation.off));
    name.resize(24, ' ');
    text += name + padded(grouped(mutation.tally.runs), 10) +
            padded(grouped(mutation.tally.bad_runs), 19) + "   " + seen_in(mutation.tally.seen) +
            "\n";
  }
  return text;
}

std::string json_of(const RunOptions& options, const Tally& tally) {
  std::string text = json_head(options) + ",\"without\":\"" + std::string(name_of(options.off)) +
                     "\",\"runs\":" + std::to_string(tally.runs) +
                     ",\"bad_runs\":" + std::to_string(tally.bad_runs) +
                     ",\"events\":" + std::to_string(tally.total.events) +
                     ",\"faults\":" + std::to_string(tally.faults) + json_kinds(tally.total) +
                     ",\"seconds\":" + tenths(tally.seconds);
  if (tally.first) text += ",\"first_bad_seed\":" + std::to_string(tally.first->seed);
  return text + "}\n";
}

std::string json_of(const RunOptions& options, const std::vector<Mutation>& mutations) {
  std::string rows;
  for (const Mutation& mutation : mutations) {
    rows += std::string(rows.empty() ? "" : ",") + "{\"without\":\"" +
            std::string(name_of(mutation.off)) +
            "\",\"runs\":" + std::to_string(mutation.tally.runs) +
            ",\"bad_runs\":" + std::to_string(mutation.tally.bad_runs) +
            json_kinds(mutation.tally.seen) + "}";
  }
  return json_head(options) + ",\"mutations\":[" + rows + "]}\n";
}

std::string progress_of(const RunOptions& options, const Tally& so_far) {
  std::string text = grouped(so_far.runs) + " of " + grouped(options.runs) + " runs, " +
                     grouped(so_far.bad_runs) + " with a violation";
  if (so_far.runs == 0) return text;
  const double rate = static_cast<double>(so_far.runs) / so_far.seconds;
  const double left = static_cast<double>(options.runs - so_far.runs) / rate;
  return text + ", " + grouped(static_cast<std::uint64_t>(rate)) + " runs/s, " +
         grouped(static_cast<std::uint64_t>(std::ceil(left))) + " s to go";
}

}  // namespace segue::simulation
