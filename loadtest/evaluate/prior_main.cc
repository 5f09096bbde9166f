#include <charconv>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>

#include "core/columns.h"
#include "core/situation.h"
#include "loadtest/evaluate/prequential.h"
#include "producers/replay/listening.h"

// Plays simulated listening and writes what the ranker has learned then as core/prior_weights.cc.
namespace segue {
namespace {

constexpr std::int64_t kEvents = 400'000;
constexpr std::int64_t kListeners = 1'000;

std::string numbers(const std::array<float, Network::kHidden>& values) {
  std::string text;
  for (const float value : values) {
    char number[32];
    std::snprintf(number, sizeof number, "%.3fF", static_cast<double>(value));
    text += (text.empty() ? "" : ", ") + std::string(number);
  }
  return "{" + text + "}";
}

std::string row(const std::string& name, float weight, const Network& network, Eigen::Index input) {
  char number[32];
  std::snprintf(number, sizeof number, "%.3fF", static_cast<double>(weight));
  return "    {\"" + name + "\", " + number + ", {" + numbers(network.weights_of(input)) + "}},\n";
}

std::string source_of(const Ranker& ranker) {
  std::string rows;
  const auto& names = column_layout().names;
  Eigen::Index input = 0;
  for (const std::string& name : names) {
    rows += row(name, ranker.linear().weights()[input], ranker.network(), input);
    ++input;
  }
  for (const std::string_view name : situation_columns()) {
    rows += row("situation." + std::string(name), 0, ranker.network(), input++);
  }
  return "// Written by segue-learn-prior; not by hand.\n// clang-format off\n"
         "#include \"core/prior_weights.h\"\n\n"
         "namespace segue {\nnamespace {\n\n"
         "constexpr PriorColumn kColumns[] = {\n" + rows + "};\n\n"
         "constexpr std::array<float, Network::kHidden> kBias = {" +
         numbers(ranker.network().bias()) + "};\n"
         "constexpr std::array<float, Network::kHidden> kSecond = {" +
         numbers(ranker.network().second()) + "};\n\n"
         "}  // namespace\n\n"
         "std::span<const PriorColumn> prior_columns() { return kColumns; }\n"
         "const std::array<float, Network::kHidden>& prior_bias() { return kBias; }\n"
         "const std::array<float, Network::kHidden>& prior_second() { return kSecond; }\n\n"
         "}  // namespace segue\n";
}

int run(const char* path) {
  const Simulation simulation{.seed = 4'711, .listeners = kListeners, .events_max = kEvents};
  const auto listening = simulate(simulation);
  Prequential prequential(Tuning{}, 1);
  for (const CatalogEntry& entry : catalog_of(simulation)) prequential.enrich(entry);
  for (std::int64_t event = 0; const auto draft = listening->next(); ++event) {
    prequential.play(*draft);
    if (event % 20'000 == 0) {
      std::fprintf(stderr, "%lld of %lld events\n", static_cast<long long>(event),
                   static_cast<long long>(kEvents));
    }
  }
  std::FILE* const file = std::fopen(path, "w");
  const std::string text = source_of(prequential.ranker());
  if (file == nullptr || std::fwrite(text.data(), 1, text.size(), file) != text.size() ||
      std::fclose(file) != 0) {
    std::fprintf(stderr, "segue-learn-prior: cannot write %s: %s\n", path, std::strerror(errno));
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace segue

int main(int argc, char** argv) {
  if (argc != 2 || std::string_view(argv[1]).starts_with("-")) {
    std::printf("segue-learn-prior FILE\n\n"
                "Learns, on simulated listening alone, the weights that a new partition's ranker\n"
                "starts from, and writes them as C++. Build again afterwards.\n\n"
                "  segue-learn-prior core/prior_weights.cc\n");
    return argc == 2 && std::string_view(argv[1]) == "--help" ? 0 : 2;
  }
  try {
    return segue::run(argv[1]);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "segue-learn-prior: %s\n", e.what());
    return 1;
  }
}
