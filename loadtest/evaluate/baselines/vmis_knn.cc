#include "loadtest/evaluate/baselines/vmis_knn.h"

#include <algorithm>
#include <cmath>

namespace segue::baseline {
namespace {

// Serenade's weight of a match: the latest track counts 0.9, the tenth nothing.
float match_weight(std::uint32_t place) {
  return std::max(0.0F, 1 - 0.1F * static_cast<float>(place));
}

}  // namespace

VmisKnn::Past* VmisKnn::find(Session session) {
  Past& past = at(sessions_, session % kSessionsMax);
  return past.tracks.empty() || past.session != session ? nullptr : &past;
}

void VmisKnn::rank(const Moment& moment, std::vector<Track>& list, bool latest_again) {
  meet(moment);
  keep_most_recent();
  keep_most_alike();
  for (const Alike& neighbour : alike_) {
    const float vote = neighbour.likeness * match_weight(neighbour.nearest);
    if (vote <= 0) continue;
    for (const Track track : find(neighbour.session)->tracks) {
      const double idf = std::log(static_cast<double>(sessions_seen_) /
                                  static_cast<double>(postings_[track].sessions));
      if (idf > 0) tally_.add(track, vote * static_cast<float>(idf));
    }
  }
  if (!latest_again && !moment.session_tracks.empty()) tally_.forget(moment.session_tracks.back());
  tally_.take_best(list);
}

// All sessions that share one of the latest tracks, with their likeness: the sum of the shared
// tracks' places, the latest being worth 1.
void VmisKnn::meet(const Moment& moment) {
  alike_.clear();
  std::array<Track, kReach> seen{};
  std::size_t tracks = 0;
  for (auto track = moment.session_tracks.rbegin();
       track != moment.session_tracks.rend() && tracks < kReach; ++track) {
    const auto end = seen.begin() + static_cast<std::ptrdiff_t>(tracks);
    if (std::find(seen.begin(), end, *track) == end) seen[tracks++] = *track;
  }
  for (std::size_t i = 0; i < tracks; ++i) {
    const float worth = static_cast<float>(tracks - i) / static_cast<float>(tracks);
    for (const Session session : at(postings_, seen[i]).recent) {
      if (session == moment.session) continue;
      const Past* past = find(session);
      if (past == nullptr) continue;
      std::uint32_t& place = at(places_, session % kSessionsMax);
      if (place == 0) {
        alike_.push_back({session, past->latest, 0, static_cast<std::uint32_t>(i + 1)});
        place = static_cast<std::uint32_t>(alike_.size());
      }
      alike_[place - 1].likeness += worth;
    }
  }
  for (const Alike& met : alike_) places_[met.session % kSessionsMax] = 0;
}

void VmisKnn::keep_most_recent() {
  if (alike_.size() <= kRecentMax) return;
  std::ranges::nth_element(alike_, alike_.begin() + kRecentMax, std::greater<>{}, &Alike::latest);
  alike_.resize(kRecentMax);
}

void VmisKnn::keep_most_alike() {
  if (alike_.size() <= kNeighbours) return;
  std::ranges::nth_element(
      alike_, alike_.begin() + kNeighbours, [](const Alike& a, const Alike& b) {
        return a.likeness != b.likeness ? a.likeness > b.likeness : a.latest > b.latest;
      });
  alike_.resize(kNeighbours);
}

void VmisKnn::teach(const Moment& before, Track track) {
  ++listens_;
  Past& past = at(sessions_, before.session % kSessionsMax);
  if (past.session != before.session || past.tracks.empty()) {
    past.session = before.session;
    past.tracks.clear();
    ++sessions_seen_;
  }
  past.latest = listens_;
  if (past.tracks.size() >= kSessionTracksMax || std::ranges::count(past.tracks, track) > 0) return;
  past.tracks.push_back(track);
  Posting& posting = at(postings_, track);
  if (posting.recent.size() < kRecentMax) {
    posting.recent.push_back(before.session);
  } else {
    posting.recent[posting.sessions % kRecentMax] = before.session;
  }
  ++posting.sessions;
}

}  // namespace segue::baseline
