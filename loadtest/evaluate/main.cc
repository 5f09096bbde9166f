#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/io/program.h"
#include "core/io/settings/settings.h"
#include "loadtest/evaluate/baselines/baselines.h"
#include "loadtest/evaluate/figures/comparison.h"
#include "loadtest/evaluate/figures/summary.h"
#include "loadtest/evaluate/overrides.h"
#include "loadtest/evaluate/report/curves.h"
#include "loadtest/evaluate/report/ranks.h"
#include "loadtest/evaluate/report/report_json.h"
#include "loadtest/evaluate/report/report_text.h"
#include "loadtest/evaluate/run/prefixes.h"
#include "loadtest/evaluate/run/runs.h"

namespace segue {
namespace {

const io::ProgramInfo kInfo{
    .name = "segue-evaluate",
    .summary =
        "Measures, test then train, how often the next listen stood in the list before it: of the "
        "mix, on production's own step and learn, and of simple methods on the same listens.",
    .sections = {"evaluate", "model", "log"},
    .own_section = "evaluate",
    .examples = {"segue-evaluate --listens listens.tsv.gz --format 30music --json",
                 "segue-evaluate --listens listens.tsv.gz --svg curves.svg --ranks ranks.tsv",
                 "segue-evaluate --listens listens.tsv.gz --misses --baselines markov,vmis",
                 "segue-evaluate --listens mine.csv --format segue-csv --sessions-by listener",
                 "segue-evaluate --listens sessions.txt.gz --format sessions --scored-from 0.9",
                 "segue-evaluate --listens train.txt --format sessions --test test.txt",
                 "segue-evaluate --listens listens.tsv.gz --ablate --partitions 16",
                 "segue-evaluate --listens listens.tsv.gz --compare \"\" "
                 "model.ranker_rate=0.05,model.k=10",
                 "segue-evaluate --events-max 100000 --seed 7    # on the simulator"},
    .commands = {}};

constexpr std::string_view kMix = "mix";
constexpr int kInterrupted = 130;

// Variants that are measured against a control.
struct Question {
  std::string_view title;
  Contender control;
  std::vector<Contender> trials;
};

std::string variant_name(std::string_view prefix, const std::string& changes) {
  return std::string(prefix) + (changes.empty() ? " (as set)" : " (" + changes + ")");
}

bool compares(const EvaluateConfig& config) {
  return !config.compare.empty() || !config.against.empty();
}

std::vector<Question> questions_of(const Config& config) {
  const EvaluateConfig& asked = config.evaluate;
  const Contender mix{.name = std::string(kMix), .tuning = config.model};
  std::vector<Question> questions;
  if (asked.ablate) {
    questions.push_back({.title = "ablation", .control = mix, .trials = ablations(config.model)});
  }
  if (asked.partitions > 1) {
    const auto partitions = static_cast<std::int32_t>(asked.partitions);
    questions.push_back({.title = "partitions",
                         .control = mix,
                         .trials = {{.name = std::to_string(partitions) + " partitions",
                                     .tuning = config.model,
                                     .partitions = partitions}}});
  }
  if (asked.rankers) {
    std::vector<Contender> all = rankers(config.model);
    const Contender linear = all.front();
    all.erase(all.begin());
    questions.push_back({.title = "rankers", .control = linear, .trials = std::move(all)});
  }
  if (compares(asked)) {
    questions.push_back({.title = "comparison",
                         .control = {.name = variant_name("A", asked.compare),
                                     .tuning = tuning_with(config, asked.compare)},
                         .trials = {{.name = variant_name("B", asked.against),
                                     .tuning = tuning_with(config, asked.against)}}});
  }
  return questions;
}

// Runs what a question still needs: its trials, and its control unless that is the mix itself.
Comparison answer(const Setup& setup, const Question& question, const Evaluated& mix) {
  std::vector<Contender> contenders = question.trials;
  const bool is_mix = question.control.name == kMix;
  if (!is_mix) contenders.push_back(question.control);
  std::vector<Evaluated> results = run_all(setup, contenders);
  const Evaluated& control = is_mix ? mix : results.back();
  Comparison comparison{.title = question.title,
                        .control = question.control.name,
                        .quality = control.quality(control.mix()),
                        .event_us = control.costs.event_us_mean,
                        .differences = {}};
  if (setup.stopping()) return comparison;
  for (std::size_t i = 0; i < question.trials.size(); ++i)
    comparison.differences.push_back(difference_of(contenders[i].name, control, results[i]));
  return comparison;
}

void complain(const Skipped& skipped) {
  if (skipped.rows > 0) std::fprintf(stderr, "%s\n", text_of(skipped).c_str());
}

// Tracks in all questions: each is worked on.
std::uint64_t count_questions(const EvaluateConfig& config) {
  if (config.test.empty()) return 0;
  Prefixes prefixes(config.test);
  std::uint64_t count = 0;
  while (!io::Program::stopping()) {
    const auto question = prefixes.next();
    if (!question) break;
    count += question->size();
  }
  complain(prefixes.skipped());
  if (count == 0) throw std::runtime_error("there is no question in " + config.test);
  return count;
}

std::uint64_t work_of(std::size_t baselines, const std::vector<Question>& questions,
                      std::uint64_t a_run) {
  std::uint64_t runs = 1 + baselines;
  for (const Question& question : questions)
    runs += question.trials.size() + (question.control.name == kMix ? 0 : 1);
  return runs * a_run;
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path);
}

std::string caption_of(const EvaluateConfig& config) {
  if (config.listens.empty()) return "the simulator, seed " + std::to_string(config.seed);
  return config.listens.substr(config.listens.find_last_of('/') + 1);
}

void print(const std::vector<Comparison>& comparisons) {
  for (const Comparison& comparison : comparisons) {
    std::fputs(text_of(comparison).c_str(), stdout);
    if (comparison.title == "comparison") std::printf("  %s\n", verdict_on(comparison).c_str());
  }
}

int run_all_parts(io::Program& program) {
  const EvaluateConfig& config = program.config().evaluate;
  const std::vector<Question> questions = questions_of(program.config());
  const std::vector<NamedBaseline> baselines = baselines_named(config.baselines);
  const Extent extent = measure(config, io::Program::stopping);
  complain(extent.skipped);
  complain(extent.catalogue_skipped);
  const std::uint64_t a_run = extent.events + count_questions(config);
  Progress progress(work_of(baselines.size(), questions, a_run),
                    isatty(STDERR_FILENO) != 0 ? Progress::Show::bar : Progress::Show::lines);
  const Setup setup{config, extent, progress, io::Program::stopping};

  const Evaluated mix =
      run(setup, {.name = std::string(kMix), .tuning = program.config().model}, baselines);
  std::vector<Comparison> comparisons;
  for (const Question& question : questions) {
    if (io::Program::stopping()) break;
    comparisons.push_back(answer(setup, question, mix));
  }
  progress.close();
  if (io::Program::stopping()) {
    std::fputs("Interrupted: figures of a part of the stream would mislead.\n", stderr);
    return kInterrupted;
  }
  const Summary summary = summary_of(mix);
  if (summary.mix().all().scored == 0) {
    throw std::runtime_error(
        "no listen was scored: one counts where its session had an earlier listen, from "
        "evaluate.scored_from of the stream on");
  }
  std::fputs(text_of(summary).c_str(), stdout);
  if (config.misses) std::fputs(text_of(summary.ends).c_str(), stdout);
  print(comparisons);
  if (!config.ranks.empty()) {
    std::ostringstream ranks;
    write_ranks(ranks, mix);
    write_file(config.ranks, std::move(ranks).str());
  }
  if (!config.svg.empty())
    write_file(config.svg, svg_of(curves_of(mix), mix.events, caption_of(config)));
  if (config.json) std::printf("%s\n", json_of(&summary, comparisons).c_str());
  return 0;
}

}  // namespace
}  // namespace segue

int main(int argc, char** argv) {
  std::vector<std::string> args = segue::spread_compare({argv, argv + argc});
  std::vector<char*> words;
  words.reserve(args.size() + 1);
  for (std::string& arg : args) words.push_back(arg.data());
  words.push_back(nullptr);
  return segue::io::run_program(segue::kInfo, static_cast<int>(args.size()), words.data(),
                                segue::run_all_parts);
}
