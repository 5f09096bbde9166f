#include "tests/simulation/world/players.h"

#include <algorithm>
#include <array>

#include "core/event/topics.h"
#include "tests/simulation/world/works.h"

namespace segue::simulation {
namespace {

io::Publication publication_of(const EncodedEvent& event) {
  return {.topic = std::string(topic::kEvents),
          .partition = -1,
          .key = event.key,
          .value = event.value,
          .headers = event.headers};
}

std::string id_of(const EncodedEvent& event) {
  return std::ranges::find(event.headers, "ce_id", &Header::name)->value;
}

}  // namespace

EventDraft Players::draft() {
  constexpr std::array kTypes = {EventType::playback_started, EventType::playback_completed,
                                 EventType::playback_completed, EventType::playback_skipped,
                                 EventType::playback_heartbeat};
  // The first listener is here most, and begins session after session: more than are remembered.
  const std::uint64_t who = std::min(faults_.below(5), faults_.below(5));
  const std::uint64_t track = faults_.below(9);
  EventDraft draft;
  draft.type = kTypes[faults_.below(kTypes.size())];
  draft.user_id = "listener-" + std::to_string(who);
  const std::uint64_t nth = drafts_[draft.user_id]++;
  draft.session_id = draft.user_id + "/" + std::to_string(who == 0 ? nth / 2 : faults_.below(3));
  std::uint64_t& seq = seqs_[draft.session_id];
  seq += 1 + (faults_.chance(0.1) ? faults_.below(90) : 0);  // what was dropped had numbers, too
  draft.seq = seq;
  draft.id = draft.session_id + "/" + std::to_string(draft.seq);
  draft.track_id = faults_.chance(0.005) ? kPoison : "track-" + std::to_string(track);
  draft.artist_id = "artist-" + std::to_string(track % 3);
  latest_ = std::max(now_, latest_ + 1);
  draft.time = latest_;
  return draft;
}

void Players::send() {
  if (!open_.empty() && faults_.chance(0.5)) return send_rest();
  const std::uint64_t events = 1 + faults_.below(4);
  for (std::uint64_t i = 0; i < events; ++i) {
    if (!sent_.empty() && faults_.chance(0.15)) {  // an acknowledgement got lost
      const std::size_t back =
          faults_.chance(0.3) ? sent_.size() : std::min<std::size_t>(30, sent_.size());
      send(sent_[sent_.size() - 1 - faults_.below(back)]);
      continue;
    }
    EncodedEvent event = encode(draft(), "/simulation");
    if (faults_.chance(0.03)) {  // from a producer of somebody else's
      constexpr std::array<std::size_t, 3> kPadding = {0, 2'000, 10'000};
      event.value = "{not json" + std::string(kPadding[faults_.below(kPadding.size())], ' ');
      log_.append(publication_of(event), now_);
      continue;
    }
    if (faults_.chance(0.01)) {  // or with a partitioner of its own
      io::Publication astray = publication_of(event);
      astray.partition = 1 - partition_of(event.key, 2);
      log_.append(astray, now_);
      continue;
    }
    if (faults_.chance(0.01)) {  // and one that no client can read
      ++faults_.bitten;
      log_.append_unreadable(std::string(topic::kEvents),
                             static_cast<std::int32_t>(faults_.below(2)),
                             1 + static_cast<std::int64_t>(faults_.below(4)), now_);
    }
    sent_.push_back(event);
    send(event);
  }
}

void Players::send_rest() {
  const std::vector<EncodedEvent> again = std::exchange(open_, {});
  for (const EncodedEvent& event : again) send(event);
}

void Players::send(const EncodedEvent& event) {
  const FaultyBroker::Report report = gateway_.produce(publication_of(event));
  if (faults_.off == Guard::gateway_ack || io::in_log(report.error, report.offset)) {
    acknowledged_.push_back(id_of(event));
  } else {
    open_.push_back(event);
  }
}

}  // namespace segue::simulation
