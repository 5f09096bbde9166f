#include "core/listener/wishes.h"

#include <algorithm>

#include "core/listener/listening.h"
#include "core/listener/narrowed.h"

namespace segue {
namespace {

// In listens. Who likes or saves a track wants it again as surely as who came back to it twice;
// most tracks of a playlist were put there with others.
constexpr float kLike = 2;
constexpr float kSave = 2;
constexpr float kPlaylist = 1;
// A track that is not wanted says little of its artist.
constexpr float kDislikedArtist = -1;
// More than any listener's fading count: nothing is left of it.
constexpr float kAll = -1e4F;

template <class Id>
void hide(std::vector<Id>& hidden, Id id, std::size_t max) {
  if (!id || std::find(hidden.begin(), hidden.end(), id) != hidden.end()) return;
  if (hidden.size() == max) hidden.erase(hidden.begin());
  hidden.push_back(id);
}

// The artist stands in the event, or the track was just heard.
ArtistId artist_of(const Listener& listener, const Event& event) {
  if (event.artist) return event.artist;
  if (listener.playing && listener.playing->track == event.track) return listener.playing->artist;
  for (const HeardTrack& heard : listener.context) {
    if (heard.track == event.track) return heard.artist;
  }
  return {};
}

void strengthen(Listener& listener, const Event& event, float plays, Left& left) {
  if (event.private_session) return;
  const Micros now = std::max(listener.time, event.time);
  if (event.track) prefer(listener, event.track, plays, now, left);
  prefer(listener, artist_of(listener, event), plays, now, left);
}

void reject(Listener& listener, const Event& event, Left& left) {
  const Micros now = std::max(listener.time, event.time);
  if (event.about_artist) {
    hide(listener.hidden_artists, event.artist, Listener::kHiddenArtistsMax);
    prefer(listener, event.artist, kAll, now, left);
    return;
  }
  hide(listener.hidden_tracks, event.track, Listener::kHiddenTracksMax);
  prefer(listener, event.track, kAll, now, left);
  if (!event.private_session) {
    prefer(listener, artist_of(listener, event), kDislikedArtist, now, left);
  }
}

void take_back(Listener& listener, const Event& event) {
  if (event.about_artist) {
    std::erase(listener.hidden_artists, event.artist);
  } else {
    std::erase(listener.hidden_tracks, event.track);
  }
}

bool apply_feedback(Listener& listener, const Event& event, Left& left) {
  if (!event.track && !event.about_artist) return false;
  switch (event.type) {
    case EventType::feedback_hidden:
      reject(listener, event, left);
      break;
    case EventType::feedback_rated:
      if (event.score < 0) {
        reject(listener, event, left);
        break;
      }
      take_back(listener, event);
      if (event.score > 0) strengthen(listener, event, kLike, left);
      break;
    case EventType::feedback_saved:
      take_back(listener, event);
      strengthen(listener, event, kSave, left);
      break;
    default:  // unsaved
      strengthen(listener, event, -kSave, left);
      break;
  }
  return true;
}

bool is_of_offer(const Listener& listener, const Event& event) {
  return listener.composed.offer && listener.composed.offer->job_id == event.job_id;
}

// A track that was composed, or the offer of one.
bool reject_composed(Listener& listener, const Event& event) {
  hide(listener.hidden_tracks, event.track, Listener::kHiddenTracksMax);
  if (!is_of_offer(listener, event)) return static_cast<bool>(event.track);
  const std::uint64_t declined = listener.composed.offer->wish;
  ask_again(listener.composed);
  listener.composed.declined = declined;
  return true;
}

// A refusal that comes late still holds; what else a late session says is of then.
bool refuse_ai(Listener& listener, AiMusicSaid said) {
  said.allowed = 0;
  if (said.mode != AiMode::off) said.mode.reset();
  listener.composed.setting = listener.composed.setting.after(said);
  return !said.empty();
}

}  // namespace

bool apply_wish(Listener& listener, const Event& event, Left& left) {
  if (is_feedback(event.type)) return apply_feedback(listener, event, left);
  switch (event.type) {
    case EventType::playlist_track_added:
      strengthen(listener, event, kPlaylist, left);
      return false;
    case EventType::playlist_track_removed:
      strengthen(listener, event, -kPlaylist, left);
      return false;
    case EventType::session_started:
      if (is_late(listener, event)) return refuse_ai(listener, event.ai_music);
      enter_session(listener, event);
      listener.explicit_allowed = event.explicit_allowed.value_or(listener.explicit_allowed);
      listener.composed.setting = listener.composed.setting.after(event.ai_music);
      return true;
    case EventType::session_ended:
      // A list that follows from what was private goes with it.
      return !is_late(listener, event) && end_session(listener, event);
    case EventType::privacy_consent_changed:
      listener.learning = event.consent.learning.value_or(listener.learning);
      listener.personalisation = event.consent.personalisation.value_or(listener.personalisation);
      listener.composed.setting = listener.composed.setting.after(event.ai_music);
      return true;
    case EventType::request_made:
      if (is_late(listener, event)) return false;
      enter_session(listener, event);
      listener.request = event.request;
      ask_again(listener.composed);
      return true;
    case EventType::generation_accepted:
      return is_of_offer(listener, event);
    case EventType::generation_rejected:
      return reject_composed(listener, event);
    default:
      return false;
  }
}

const Listener& as_seen(const Listener& listener, Listener& anybody) {
  if (listener.personalisation) return listener;
  anybody.last_offset = listener.last_offset;
  anybody.time = listener.time;
  anybody.session = listener.session;
  anybody.request = listener.request;
  // Somebody unknown has heard nothing.
  if (const std::int32_t days = anybody.request ? anybody.request->filter.not_heard_days : 0) {
    for (const TrackId heard : heard_within(listener, days)) {
      anybody.request->excluded_tracks.push_back(heard);
    }
  }
  anybody.hidden_tracks = listener.hidden_tracks;
  anybody.hidden_artists = listener.hidden_artists;
  anybody.explicit_allowed = listener.explicit_allowed;
  anybody.composed = listener.composed;
  anybody.composed.early_skips = 0;
  return anybody;
}

}  // namespace segue
