#include "loadtest/evaluate/run/one_session.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "producers/replay/files/session_lines.h"

namespace segue {

void OneSession::read() {
  read_ = true;
  std::unordered_map<std::string, std::size_t> latest;  // number of a listener's latest listen
  std::vector<std::pair<std::size_t, EventDraft>> listens;
  while (auto draft = listening_->next()) {
    latest[draft->user_id] = listens.size();
    listens.emplace_back(0, *std::move(draft));
  }
  for (auto& [place, draft] : listens) place = latest.at(draft.user_id);
  std::ranges::stable_sort(listens, {}, [](const auto& listen) { return listen.first; });

  drafts_.reserve(listens.size());
  for (auto& [place, draft] : listens) {
    const bool goes_on = !drafts_.empty() && drafts_.back().user_id == draft.user_id;
    draft.seq = goes_on ? drafts_.back().seq + 1 : 1;
    draft.session_id = draft.user_id;
    draft.time = kSessionsBegin + kSessionTrack * static_cast<Micros>(drafts_.size());
    drafts_.push_back(std::move(draft));
  }
}

std::optional<EventDraft> OneSession::next() {
  if (!read_) read();
  if (next_ == drafts_.size()) return std::nullopt;
  return drafts_[next_++];
}

double OneSession::progress() const {
  if (!read_ || drafts_.empty()) return 0;
  return static_cast<double>(next_) / static_cast<double>(drafts_.size());
}

}  // namespace segue
