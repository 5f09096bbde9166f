#include <array>

#include "core/ranking/sources/source.h"

namespace segue {
namespace {

constexpr std::array<std::string_view, 2> kColumns = {"sources", "alone"};

// Proposes nothing: says how many of the others do.
void describe(const Query&, const Candidate& candidate, std::size_t, float* columns) {
  int proposing = 0;
  for (const float raw : candidate.raw) proposing += raw > 0 ? 1 : 0;
  columns[0] = 0.2F * static_cast<float>(proposing);
  columns[1] = proposing == 1 ? 1.0F : 0.0F;
}

std::string_view because(const Query&, const Candidate&, std::size_t, Texts&) {
  return "Several reasons agree";
}

}  // namespace

const Source kAgreement{.name = "agreement",
                        .prior_log = 0,
                        .prior_relative = 0,
                        .propose = nullptr,
                        .columns = kColumns,
                        .describe = describe,
                        .because = because};

}  // namespace segue
