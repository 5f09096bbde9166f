#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "loadtest/evaluate/baselines/tally.h"

namespace segue::baseline {

// VMIS-kNN (Kersbergen, Sprangers & Schelter, SIGMOD 2022), streamed: every listen is indexed at
// once. Of the sessions that share a track with this one the 500 most recent are compared, a shared
// track counting by its place in this session; the 100 most alike vote for their tracks, by
// likeness, by how late the latest shared track stands in this session, and by idf. Unlike the
// paper's shop, the latest track may be recommended again.
class VmisKnn {
 public:
  static constexpr std::string_view kName = "VMIS-kNN";
  static constexpr std::size_t kRecentMax = 500;  // sessions kept a track, and compared
  static constexpr std::size_t kNeighbours = 100;
  static constexpr std::size_t kSessionTracksMax = 100;  // of a longer session: the first
  static constexpr std::size_t kReach = 10;  // tracks of this session that are looked at
  static constexpr std::size_t kSessionsMax = 2'000'000;  // older ones are forgotten

  void rank(const Moment& moment, std::vector<Track>& list) { rank(moment, list, true); }
  void teach(const Moment& before, Track track);
  void hear(const Moment&, Track) {}

 protected:
  void rank(const Moment& moment, std::vector<Track>& list, bool latest_again);

 private:
  using Session = std::uint32_t;
  struct Past {
    Session session = 0;
    std::uint64_t latest = 0;   // number of its latest listen
    std::vector<Track> tracks;  // each once
  };
  struct Posting {
    std::uint64_t sessions = 0;   // ever, for idf
    std::vector<Session> recent;  // a ring once full
  };
  struct Alike {
    Session session = 0;
    std::uint64_t latest = 0;
    float likeness = 0;
    std::uint32_t nearest = 0;  // place of the latest shared track, 1 = latest of this session
  };

  Past* find(Session session);
  void meet(const Moment& moment);
  void keep_most_recent();
  void keep_most_alike();

  std::vector<Past> sessions_;  // by number modulo kSessionsMax
  std::vector<Posting> postings_;
  std::uint64_t listens_ = 0;
  std::uint64_t sessions_seen_ = 0;
  std::vector<Alike> alike_;
  std::vector<std::uint32_t> places_;  // by session modulo kSessionsMax: 1 + position in alike_
  Tally tally_;
};

// As the paper has it: never the track that plays. In music, which repeats, it loses by that; in a
// shop it wins.
class VmisKnnOther : private VmisKnn {
 public:
  static constexpr std::string_view kName = "VMIS-kNN, another track";

  void rank(const Moment& moment, std::vector<Track>& list) { VmisKnn::rank(moment, list, false); }
  using VmisKnn::hear;
  using VmisKnn::teach;
};

}  // namespace segue::baseline
