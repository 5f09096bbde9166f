#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>

#include "core/ids.h"

namespace segue {

// The outcome of one drawn decision: the share of the plays after it that were heard, not skipped.
struct TrialEnd {
  bool composed = false;  // something composed was chosen, rather than the catalogue
  bool forced = false;    // against the rules
  float kept = 0;         // 0 to 1
  bool operator==(const TrialEnd&) const = default;
};

// Follows listeners from a decision that was drawn to their next plays, so that what is composed
// can be compared with what is found. One trial a listener; kHeldMax of them, of which the oldest
// goes uncounted. Begins afresh with the process: what it followed then is not counted either.
// One thread.
class Trials {
 public:
  static constexpr std::size_t kHeldMax = 16'384;
  // Plays of a trial; fewer where its session ends.
  static constexpr std::uint32_t kPlays = 5;

  // `of` is the same for decisions with the same draw: of those in a row the first begins a trial.
  // Returns the end of the trial before, if there was one and anything was played in it.
  std::optional<TrialEnd> begin(ListenerId who, SessionId session, std::uint64_t of, bool composed,
                                bool forced);
  // A play of that session ended.
  std::optional<TrialEnd> play(ListenerId who, SessionId session, bool kept);
  void forget(ListenerId who);
  std::size_t held() const { return order_.size(); }

 private:
  struct Trial {
    ListenerId who;
    SessionId session;
    std::uint64_t of = 0;
    bool composed = false;
    bool forced = false;
    std::uint32_t plays = 0;  // kPlays: it has ended, and is kept so as not to begin again
    std::uint32_t kept = 0;
  };
  using Order = std::list<Trial>;
  static std::optional<TrialEnd> end_of(const Trial& trial);

  Order order_;  // begun last at the end
  std::unordered_map<std::uint64_t, Order::iterator> of_;
};

}  // namespace segue
