#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "core/event/event.h"
#include "loadtest/evaluate/baselines/moment.h"

namespace segue {

// Kinds of listens; one listen is of several.
enum Group : std::uint8_t {
  kAnyListen = 1,
  kRepeat = 2,         // of a track this listener has listened to before
  kNewToListener = 4,  // of another
  kFirstListens = 8,   // among the listener's first five
  kRareTrack = 16,     // of a track listened to fewer than five times by anyone, so far
  kUnseenTrack = 32,   // never listened to by anyone so far: what no statistics can propose
  kFirstThree = 64,    // among the listener's first three
};

// How the track of a listen stands to what was heard before it; a listen is of one kind.
enum class Kind : std::uint8_t {
  repeat,          // this listener has listened to it before
  last_artist,     // new to the listener, by the artist of the session's latest track
  session_artist,  // by another artist of the session
  known_artist,    // by an artist whom the listener heard before the session
  other,           // by an artist new to the listener, or unknown
  unseen_last,     // never listened to by anyone so far, by the latest track's artist
  unseen,          // the same, by another
};
inline constexpr std::size_t kKinds = 7;

// The fate of a listen.
enum class Use : std::uint8_t {
  all,            // it is learned
  listener_only,  // it is the listener's past, but says nothing of tracks: part of a test
};

// An ended play, numbered densely.
struct LoggedListen {
  Micros now = 0;
  std::uint32_t listener = 0;
  std::uint32_t session = 0;
  baseline::Track track = 0;
  std::uint8_t groups = 0;
  Kind kind = Kind::other;
  Use use = Use::all;
  bool scored = false;      // predicted, and what was predicted is kept
  bool counts = false;      // in the figures
  bool in_context = false;  // not skipped
  bool learned = false;     // neither skipped nor private
  bool operator==(const LoggedListen&) const = default;
};

// A stream's history before any model: who listened to what, in numbers, and the groups that
// figures are split by. Grows by 40 bytes a listen, and with listeners, tracks and pairs of both.
class History {
 public:
  static constexpr std::uint32_t kFirstListensMax = 5;
  static constexpr std::uint32_t kFirstThreeMax = 3;
  static constexpr std::uint32_t kRareBelow = 5;
  static constexpr std::size_t kSessionArtistsMax = 100;  // of a longer session: the latest

  struct How {
    bool begins_session = false;  // as `step` decided
    bool scored = false;
    bool counts = false;
    Use use = Use::all;
  };
  // An ended play becomes the past.
  const LoggedListen& add(const Event& event, const How& how);

  const std::vector<LoggedListen>& listens() const { return listens_; }
  std::uint32_t tracks() const { return static_cast<std::uint32_t>(plays_.size()); }
  std::uint32_t listeners() const { return static_cast<std::uint32_t>(listeners_.size()); }
  // By track: listens learned so far.
  const std::vector<std::uint32_t>& plays() const { return plays_; }
  // By track, as the latest event that named one had it; none: unknown.
  const std::vector<ArtistId>& artists() const { return artists_; }
  // The number of a track, which a new one gets.
  baseline::Track number_of(TrackId track);

 private:
  struct Known {
    std::uint32_t session = 0;
    std::uint32_t listens = 0;
    std::vector<ArtistId> artists;  // of the session, each once, the latest track's last
  };
  std::uint8_t groups_of(std::uint32_t listener, baseline::Track track) const;
  Kind kind_of(std::uint32_t listener, baseline::Track track) const;
  void hear_artist(std::uint32_t listener, ArtistId artist);

  boost::unordered_flat_map<std::uint64_t, baseline::Track> track_numbers_;
  boost::unordered_flat_map<std::string, std::uint32_t> listener_numbers_;
  boost::unordered_flat_set<std::uint64_t> heard_;          // listener and track
  boost::unordered_flat_set<std::uint64_t> heard_artists_;  // listener's number and artist, mixed
  std::vector<LoggedListen> listens_;
  std::vector<Known> listeners_;
  std::vector<std::uint32_t> plays_;
  std::vector<ArtistId> artists_;
  std::uint32_t sessions_ = 0;
};

}  // namespace segue
