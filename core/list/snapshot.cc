#include "core/list/snapshot.h"

#include <algorithm>

#include "core/ranking/sources/source.h"
#include "core/wire/blob.h"
#include "core/words/printed.h"

namespace segue {
namespace {

constexpr std::uint8_t kVersion = 4;
constexpr std::size_t kTracksMax = 100;
constexpr std::size_t kRecIdBytesMax = 320;
constexpr std::size_t kReasonBytesMax = 320;
constexpr std::uint8_t kNoReason = 0xFF;
// How a track stands there: by its text, or by hashes of what listeners sent of it.
constexpr std::uint8_t kSent = 1;
constexpr std::uint8_t kTitled = 2;

std::uint8_t position_of(std::string_view source) {
  for (std::size_t i = 0; i < sources().size(); ++i) {
    if (sources()[i]->name == source) return static_cast<std::uint8_t>(i);
  }
  return 0xFF;
}

// A reason without the name at its end that listeners sent, and whose name that is.
struct StoredReason {
  std::string_view text;
  ItemId of;
  bool operator==(const StoredReason&) const = default;
};

struct ReadReason {
  std::string text;
  ItemId of;
};

StoredReason reason_of(const Recommendation& recommendation, const TrackReason& reason) {
  const Texts::Naming* const naming =
      recommendation.texts ? recommendation.texts->naming_of(reason.text) : nullptr;
  if (naming == nullptr) return {reason.text, {}};
  return {reason.text.substr(0, naming->before), naming->item};
}

// Tracks share reasons, so each stands there once. Which of them each track has, by position.
struct Reasons {
  std::vector<StoredReason> all;
  std::vector<std::uint8_t> of_tracks;
};

Reasons reasons_of(const Recommendation& recommendation) {
  Reasons reasons;
  for (const RecommendedTrack& item : recommendation.items) {
    reasons.of_tracks.push_back(kNoReason);
    if (item.reasons.empty()) continue;
    const StoredReason first = reason_of(recommendation, item.reasons.front());
    if (first.text.size() > kReasonBytesMax) continue;
    const auto found = std::ranges::find(reasons.all, first);
    reasons.of_tracks.back() = static_cast<std::uint8_t>(found - reasons.all.begin());
    if (found == reasons.all.end()) reasons.all.push_back(first);
  }
  return reasons;
}

void write_track(BlobWriter& out, const RecommendedTrack& item) {
  if (item.in_catalogue) {
    out.u8(0);
    out.text(item.track_id);
    return;
  }
  // A name that is on its way is looked for where the list is shown.
  out.u8(item.titled ? kSent | kTitled : kSent);
  out.u64(track_id(item.track_id).value);
  out.u64(item.by.value);
}

void read_track(BlobReader& in, Snapshot::Track& track) {
  const std::uint8_t how = in.u8();
  if ((how & kSent) == 0) {
    track.track_id = in.text(kIdBytesMax);
    return;
  }
  track.sent = TrackId{in.u64()};
  track.titled = (how & kTitled) != 0;
  track.by = ArtistId{in.u64()};
}

}  // namespace

std::string encode_snapshot(const Recommendation& recommendation) {
  std::string blob;
  blob.reserve(64 + recommendation.items.size() * 24);
  BlobWriter out(blob);
  out.u8(kVersion);
  out.text(recommendation.id);
  out.svarint(recommendation.version);
  const Reasons reasons = reasons_of(recommendation);
  out.varint(reasons.all.size());
  for (const StoredReason& reason : reasons.all) {
    out.text(reason.text);
    out.u64(reason.of.value);
  }
  out.varint(recommendation.items.size());
  for (std::size_t i = 0; i < recommendation.items.size(); ++i) {
    const RecommendedTrack& item = recommendation.items[i];
    write_track(out, item);
    out.f16(item.score);
    out.u8(position_of(item.source));
    out.u8(reasons.of_tracks[i]);
  }
  return blob;
}

Result<Snapshot> decode_snapshot(std::string_view blob) {
  BlobReader in(blob);
  const std::uint8_t version = in.u8();
  if (version < 1 || version > kVersion) {
    return error(Reason::unknown_version, "snapshot is not version 1 to 4");
  }
  Snapshot snapshot;
  snapshot.rec_id = in.text(kRecIdBytesMax);
  snapshot.version = in.svarint();
  std::vector<ReadReason> reasons(version > 1 ? in.count(kTracksMax) : 0);
  for (ReadReason& reason : reasons) {
    reason.text = in.text(kReasonBytesMax);
    if (version > 3) reason.of = ItemId{in.u64()};
  }
  snapshot.tracks.resize(in.count(kTracksMax));
  for (Snapshot::Track& track : snapshot.tracks) {
    if (version > 3) {
      read_track(in, track);
    } else {
      track.track_id = in.text(kIdBytesMax);
    }
    track.score = in.f16();
    track.source = in.u8();
    const std::uint8_t reason = version > 1 ? in.u8() : kNoReason;
    // Those of version 2 may end with an id that says nothing to a reader, or with nothing.
    if (version > 2 && reason < reasons.size()) {
      track.reason = reasons[reason].text;
      track.reason_of = reasons[reason].of;
    }
    if (version == 3) track.title = in.text(kTitleBytesMax);
    if (version == 3) track.artist = in.text(kTitleBytesMax);
  }
  if (!in.ok() || !in.at_end()) return error(Reason::malformed, "snapshot does not add up");
  return snapshot;
}

}  // namespace segue
