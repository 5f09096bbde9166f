#include "core/item/coverage.h"

#include <algorithm>

#include "core/wire/blob.h"

namespace segue {
namespace {

constexpr std::uint8_t kCoverageVersion = 1;

}  // namespace

std::int64_t Coverage::new_from(const SignalBatch& batch) const {
  const auto found = covered_.find({batch.source, batch.partition});
  const std::int64_t covered = found == covered_.end() ? 0 : found->second;
  return std::clamp(covered, batch.first, batch.next);
}

bool Coverage::cover(const SignalBatch& batch) {
  const std::pair key{batch.source, batch.partition};
  if (covered_.size() >= kSourcesMax && !covered_.contains(key)) return false;
  std::int64_t& covered = covered_[key];
  covered = std::max(covered, batch.next);
  return true;
}

std::vector<ItemId> Coverage::due(Micros now) const {
  std::vector<ItemId> items;
  const bool too_many = pending_.size() >= kPendingMax;
  for (const ItemId item : pending_) {
    const auto found = again_.find(item);
    if (too_many || found == again_.end() || now >= found->second) items.push_back(item);
  }
  return items;
}

void Coverage::broadcast(ItemId item, Micros again) {
  pending_.erase(item);
  again_[item] = again;
}

void Coverage::forget_broadcasts(Micros now) {
  std::erase_if(again_, [&](const auto& sent) { return now >= sent.second; });
}

std::string encode(const Coverage& coverage) {
  std::string blob;
  BlobWriter out(blob);
  out.u8(kCoverageVersion);
  out.varint(coverage.covered_.size());
  for (const auto& [source, covered] : coverage.covered_) {
    out.text(source.first);
    out.varint(static_cast<std::uint64_t>(source.second));
    out.varint(static_cast<std::uint64_t>(covered));
  }
  out.varint(coverage.pending_.size());
  for (const ItemId item : coverage.pending_) out.u64(item.value);
  return blob;
}

Result<Coverage> decode_coverage(std::string_view blob) {
  BlobReader in(blob);
  if (in.u8() != kCoverageVersion)
    return error(Reason::unknown_version, "coverage blob is not version 1");
  Coverage coverage;
  const std::size_t sources = in.count(Coverage::kSourcesMax);
  for (std::size_t i = 0; i < sources && in.ok(); ++i) {
    std::string source(in.text(kSourceBytesMax));
    const auto partition = static_cast<std::int32_t>(in.count(INT32_MAX));
    coverage.covered_[{std::move(source), partition}] =
        static_cast<std::int64_t>(in.count(INT64_MAX));
  }
  // A batch may push the pending ones over their limit before they are all sent.
  const std::size_t pending = in.count(2 * Coverage::kPendingMax);
  for (std::size_t i = 0; i < pending && in.ok(); ++i) coverage.pending_.insert(ItemId{in.u64()});
  if (!in.ok() || !in.at_end()) return error(Reason::malformed, "coverage blob does not add up");
  return coverage;
}

}  // namespace segue
