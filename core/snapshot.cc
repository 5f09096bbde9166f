#include "core/snapshot.h"

#include "core/blob.h"
#include "core/sources/source.h"

namespace segue {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kTracksMax = 100;
constexpr std::size_t kRecIdBytesMax = 320;

std::uint8_t position_of(std::string_view source) {
  for (std::size_t i = 0; i < sources().size(); ++i) {
    if (sources()[i]->name == source) return static_cast<std::uint8_t>(i);
  }
  return 0xFF;
}

}  // namespace

std::string encode_snapshot(const Recommendation& recommendation) {
  std::string blob;
  blob.reserve(64 + recommendation.items.size() * 24);
  BlobWriter out(blob);
  out.u8(kVersion);
  out.text(recommendation.id);
  out.svarint(recommendation.version);
  out.varint(recommendation.items.size());
  for (const RecommendedTrack& item : recommendation.items) {
    out.text(item.track_id);
    out.f16(item.score);
    out.u8(position_of(item.source));
  }
  return blob;
}

Result<Snapshot> decode_snapshot(std::string_view blob) {
  BlobReader in(blob);
  if (in.u8() != kVersion) return error(Reason::unknown_version, "snapshot is not version 1");
  Snapshot snapshot;
  snapshot.rec_id = in.text(kRecIdBytesMax);
  snapshot.version = in.svarint();
  snapshot.tracks.resize(in.count(kTracksMax));
  for (Snapshot::Track& track : snapshot.tracks) {
    track.track_id = in.text(kIdBytesMax);
    track.score = in.f16();
    track.source = in.u8();
  }
  if (!in.ok() || !in.at_end()) return error(Reason::malformed, "snapshot does not add up");
  return snapshot;
}

}  // namespace segue
