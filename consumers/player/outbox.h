#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "consumers/player/jobs.h"
#include "consumers/player/list.h"

namespace segue::player {

// Messages that wait for one connected player. Bounded whatever happens: a newer list replaces
// the one that waits, acknowledgements are one number, of a job what is newest waits, of kJobsMax
// jobs at most, and past kComplaintsMax the player is not worth keeping. One thread.
class Outbox {
 public:
  static constexpr std::size_t kComplaintsMax = 64;
  static constexpr std::size_t kJobsMax = 8;

  struct Message {
    enum class Kind : std::uint8_t { complaint, acknowledgement, erased, progress, list };
    Kind kind = Kind::list;
    std::string complaint;           // one JSON object
    std::uint64_t acknowledged = 0;  // all events up to this number
    ResultPtr progress;
    ListPtr list;
  };

  // `wake` is called whenever something is put in. `seen`: the version the player has already.
  Outbox(std::function<void()> wake, std::int64_t seen) : wake_(std::move(wake)), seen_(seen) {}

  enum class Put : std::uint8_t { waiting, replaced, not_newer };
  Put put(ListPtr list);
  // How far a job is. Requires: what comes later of one job is newer.
  void put(ResultPtr progress);
  void acknowledge(std::uint64_t number);
  // Everything known of the listener was erased: what waits too.
  void erase();
  // False if too many wait: close the connection.
  bool complain(std::string json);

  // The next message: complaints, the acknowledgement, jobs, then the list. None: nothing waits.
  std::optional<Message> take();

 private:
  std::function<void()> wake_;
  std::int64_t seen_;  // the newest version given to the player or waiting for it
  std::deque<std::string> complaints_;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t acknowledgement_sent_ = 0;
  bool erased_ = false;
  std::deque<ResultPtr> jobs_;  // one of each
  ListPtr list_;
};

}  // namespace segue::player
