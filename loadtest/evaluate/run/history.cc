#include "loadtest/evaluate/run/history.h"

#include <algorithm>

#include "core/listener/listening.h"

namespace segue {
namespace {

std::uint64_t pair_of(std::uint32_t listener, baseline::Track track) {
  return (std::uint64_t{listener} << 32) | track;
}

// Two artists of one listener that meet here would be one: in 2^64 they do not.
std::uint64_t pair_of(std::uint32_t listener, ArtistId artist) {
  return artist.value ^ (std::uint64_t{listener} * 0x9e3779b97f4a7c15);
}

}  // namespace

baseline::Track History::number_of(TrackId track) {
  const auto [found, added] = track_numbers_.try_emplace(track.value, tracks());
  if (added) {
    plays_.push_back(0);
    artists_.emplace_back();
  }
  return found->second;
}

std::uint8_t History::groups_of(std::uint32_t listener, baseline::Track track) const {
  int groups = kAnyListen;
  groups |= heard_.contains(pair_of(listener, track)) ? kRepeat : kNewToListener;
  if (listeners_[listener].listens < kFirstListensMax) groups |= kFirstListens;
  if (listeners_[listener].listens < kFirstThreeMax) groups |= kFirstThree;
  if (plays_[track] < kRareBelow) groups |= kRareTrack;
  if (plays_[track] == 0) groups |= kUnseenTrack;
  return static_cast<std::uint8_t>(groups);
}

Kind History::kind_of(std::uint32_t listener, baseline::Track track) const {
  if (heard_.contains(pair_of(listener, track))) return Kind::repeat;
  const ArtistId artist = artists_[track];
  const std::vector<ArtistId>& session = listeners_[listener].artists;
  const bool by_last = artist && !session.empty() && session.back() == artist;
  if (plays_[track] == 0) return by_last ? Kind::unseen_last : Kind::unseen;
  if (by_last) return Kind::last_artist;
  if (!artist) return Kind::other;
  if (std::ranges::find(session, artist) != session.end()) return Kind::session_artist;
  return heard_artists_.contains(pair_of(listener, artist)) ? Kind::known_artist : Kind::other;
}

// A track by an unknown artist leaves the session without a latest one.
void History::hear_artist(std::uint32_t listener, ArtistId artist) {
  std::vector<ArtistId>& session = listeners_[listener].artists;
  std::erase(session, artist);
  if (session.size() == kSessionArtistsMax) session.erase(session.begin());
  session.push_back(artist);
  if (artist) heard_artists_.insert(pair_of(listener, artist));
}

const LoggedListen& History::add(const Event& event, const How& how) {
  const auto [found, added] = listener_numbers_.try_emplace(event.user_id, listeners());
  const std::uint32_t listener = found->second;
  if (added) listeners_.emplace_back();
  Known& known = listeners_[listener];
  if (how.begins_session || added) {
    known.session = sessions_++;
    known.artists.clear();
  }
  const baseline::Track track = number_of(event.track);
  if (event.artist) artists_[track] = event.artist;

  const bool skipped = was_skipped(event);
  listens_.push_back({.now = event.time,
                      .listener = listener,
                      .session = known.session,
                      .track = track,
                      .groups = groups_of(listener, track),
                      .kind = kind_of(listener, track),
                      .use = how.use,
                      .scored = how.scored,
                      .counts = how.counts,
                      .in_context = !skipped,
                      .learned = !skipped && !event.private_session});
  ++known.listens;
  if (!skipped) hear_artist(listener, artists_[track]);
  if (listens_.back().learned) {
    heard_.insert(pair_of(listener, track));
    if (how.use == Use::all) ++plays_[track];
  }
  return listens_.back();
}

}  // namespace segue
