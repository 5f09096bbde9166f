#include "core/ranking/learned/rankers.h"

#include "core/wire/blob.h"

namespace segue {
namespace {

// Versions of pairs begin here, where those of single rankers end.
constexpr std::uint8_t kPairs = 0x80;
constexpr std::uint8_t kRankersVersion = kPairs + 1;
constexpr std::size_t kRankerBytesMax = 4U << 20U;

}  // namespace

Ranker& Rankers::of(Variant variant, const Experiment& experiment) {
  if (variant == Variant::control) return control;
  if (!trial || trial->experiment != experiment.name) {
    trial = Trial{.experiment = experiment.name, .ranker = control};
  }
  return trial->ranker;
}

void Rankers::keep_only(const Experiment& experiment) {
  if (trial && trial->experiment != experiment.name) trial.reset();
}

std::string encode(const Rankers& rankers) {
  if (!rankers.trial) return encode(rankers.control);
  std::string blob;
  BlobWriter out(blob);
  out.u8(kRankersVersion);
  out.text(rankers.trial->experiment);
  out.text(encode(rankers.control));
  out.text(encode(rankers.trial->ranker));
  return blob;
}

Result<Rankers> decode_rankers(std::string_view blob) {
  BlobReader in(blob);
  const std::uint8_t version = in.u8();
  if (version < kPairs) {
    auto alone = decode_ranker(blob);
    if (!alone) return alone.error();
    return Rankers{.control = std::move(*alone), .trial = {}};
  }
  if (version != kRankersVersion)
    return error(Reason::unknown_version, "pair of rankers is not version 1");
  const std::string_view experiment = in.text(Experiment::kNameBytesMax);
  const std::string_view control = in.text(kRankerBytesMax);
  const std::string_view trial = in.text(kRankerBytesMax);
  if (!in.ok() || !in.at_end()) return error(Reason::malformed, "rankers blob does not add up");
  auto first = decode_ranker(control);
  if (!first) return first.error();
  auto second = decode_ranker(trial);
  if (!second) return second.error();
  return Rankers{.control = std::move(*first),
                 .trial = Rankers::Trial{std::string(experiment), std::move(*second)}};
}

}  // namespace segue
