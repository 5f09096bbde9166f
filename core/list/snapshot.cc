#include "core/list/snapshot.h"

#include <algorithm>

#include "core/ranking/sources/source.h"
#include "core/wire/blob.h"
#include "core/words/printed.h"

namespace segue {
namespace {

constexpr std::uint8_t kVersion = 3;
constexpr std::size_t kTracksMax = 100;
constexpr std::size_t kRecIdBytesMax = 320;
constexpr std::size_t kReasonBytesMax = 320;
constexpr std::uint8_t kNoReason = 0xFF;

std::uint8_t position_of(std::string_view source) {
  for (std::size_t i = 0; i < sources().size(); ++i) {
    if (sources()[i]->name == source) return static_cast<std::uint8_t>(i);
  }
  return 0xFF;
}

// Tracks share reasons, so each stands there once.
std::vector<std::string_view> reasons_of(const Recommendation& recommendation) {
  std::vector<std::string_view> reasons;
  for (const RecommendedTrack& item : recommendation.items) {
    if (item.reasons.empty() || item.reasons.front().text.size() > kReasonBytesMax) continue;
    const std::string_view reason = item.reasons.front().text;
    if (std::ranges::find(reasons, reason) == reasons.end()) reasons.push_back(reason);
  }
  return reasons;
}

std::uint8_t position_of(const std::vector<std::string_view>& reasons,
                         const RecommendedTrack& item) {
  if (item.reasons.empty()) return kNoReason;
  const auto found = std::ranges::find(reasons, item.reasons.front().text);
  return found == reasons.end() ? kNoReason : static_cast<std::uint8_t>(found - reasons.begin());
}

}  // namespace

std::string encode_snapshot(const Recommendation& recommendation) {
  std::string blob;
  blob.reserve(64 + recommendation.items.size() * 24);
  BlobWriter out(blob);
  out.u8(kVersion);
  out.text(recommendation.id);
  out.svarint(recommendation.version);
  const std::vector<std::string_view> reasons = reasons_of(recommendation);
  out.varint(reasons.size());
  for (const std::string_view reason : reasons) out.text(reason);
  out.varint(recommendation.items.size());
  for (const RecommendedTrack& item : recommendation.items) {
    out.text(item.track_id);
    out.f16(item.score);
    out.u8(position_of(item.source));
    out.u8(position_of(reasons, item));
    out.text(item.in_catalogue ? std::string_view() : item.title);
    out.text(item.in_catalogue ? std::string_view() : item.artist);
  }
  return blob;
}

Result<Snapshot> decode_snapshot(std::string_view blob) {
  BlobReader in(blob);
  const std::uint8_t version = in.u8();
  if (version < 1 || version > kVersion) {
    return error(Reason::unknown_version, "snapshot is not version 1 to 3");
  }
  Snapshot snapshot;
  snapshot.rec_id = in.text(kRecIdBytesMax);
  snapshot.version = in.svarint();
  std::vector<std::string> reasons(version > 1 ? in.count(kTracksMax) : 0);
  for (std::string& reason : reasons) reason = in.text(kReasonBytesMax);
  snapshot.tracks.resize(in.count(kTracksMax));
  for (Snapshot::Track& track : snapshot.tracks) {
    track.track_id = in.text(kIdBytesMax);
    track.score = in.f16();
    track.source = in.u8();
    const std::uint8_t reason = version > 1 ? in.u8() : kNoReason;
    // Those of version 2 may end with an id that says nothing to a reader, or with nothing.
    if (version > 2 && reason < reasons.size()) track.reason = reasons[reason];
    if (version > 2) track.title = in.text(kTitleBytesMax);
    if (version > 2) track.artist = in.text(kTitleBytesMax);
  }
  if (!in.ok() || !in.at_end()) return error(Reason::malformed, "snapshot does not add up");
  return snapshot;
}

}  // namespace segue
