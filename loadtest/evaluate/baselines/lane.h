#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "loadtest/evaluate/figures/exposure.h"
#include "loadtest/evaluate/figures/quality.h"
#include "loadtest/evaluate/report/progress.h"

namespace segue {

// How one model did on the scored listens.
struct Lane {
  std::string name;
  std::vector<Verdict> verdicts;  // one a scored listen, in order
  Exposure exposure;
};

// The sessions' tracks while a log is played again.
class SessionTracks {
 public:
  static constexpr std::size_t kTracksMax = 100;  // of a longer session: the latest

  baseline::Moment before(const LoggedListen& listen) {
    Session& session = baseline::at(sessions_, listen.listener);
    if (session.number != listen.session) session = {.number = listen.session, .tracks = {}};
    return {.listener = listen.listener,
            .session = listen.session,
            .now = listen.now,
            .session_tracks = session.tracks};
  }
  void hear(const LoggedListen& listen) {
    auto& tracks = sessions_[listen.listener].tracks;
    if (tracks.size() == kTracksMax) tracks.erase(tracks.begin());
    tracks.push_back(listen.track);
  }

 private:
  struct Session {
    std::uint32_t number = 0;
    std::vector<baseline::Track> tracks;
  };
  std::vector<Session> sessions_;  // by listener: the latest
};

// Plays the log to a baseline by the same protocol as to the mix: each scored listen is predicted
// first, and every listen is learned after.
template <class Baseline>
Lane lane_of(const History& history, Progress& progress) {
  Lane lane{.name = std::string(Baseline::kName), .verdicts = {}, .exposure = {}};
  Baseline baseline;
  SessionTracks sessions;
  std::vector<std::uint32_t> plays(history.tracks());
  std::vector<baseline::Track> list;
  for (const LoggedListen& listen : history.listens()) {
    const baseline::Moment moment = sessions.before(listen);
    if (listen.scored) {
      baseline.rank(moment, list);
      lane.verdicts.push_back(verdict_of(list, listen.track));
      if (listen.counts) lane.exposure.add(list, listen.track, plays, history.artists());
    }
    if (listen.learned) {
      if (listen.use == Use::all) {
        baseline.teach(moment, listen.track);
        ++plays[listen.track];
      }
      baseline.hear(moment, listen.track);
    }
    if (listen.in_context) sessions.hear(listen);
    progress.add(1);
  }
  return lane;
}

}  // namespace segue
