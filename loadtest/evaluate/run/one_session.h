#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "producers/replay/files/listening.h"

namespace segue {

// All listens of a listener as one session, whatever their times: listeners come one after another,
// in the order of their latest listen, on the clock of sessions that have none (session_lines.h).
// Nothing is learned earlier than it was heard by that order; who listened long learns later. Holds
// the whole file. One thread.
class OneSession final : public Listening {
 public:
  explicit OneSession(std::unique_ptr<Listening> listening) : listening_(std::move(listening)) {}

  // Reads all at the first call. Throws as what it reads does.
  std::optional<EventDraft> next() override;
  double progress() const override;
  Skipped skipped() const override { return listening_->skipped(); }

 private:
  void read();

  std::unique_ptr<Listening> listening_;
  std::vector<EventDraft> drafts_;
  std::size_t next_ = 0;
  bool read_ = false;
};

}  // namespace segue
