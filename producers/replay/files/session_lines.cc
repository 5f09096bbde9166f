#include "producers/replay/files/session_lines.h"

#include <algorithm>
#include <utility>

#include "producers/replay/files/listen_row.h"
#include "producers/replay/files/rows.h"

namespace segue {
namespace {

class SessionLines final : public Listening {
 public:
  explicit SessionLines(const std::string& path) : rows_(path) {}

  std::optional<EventDraft> next() override {
    while (at_ == tracks_.size()) {
      if (!read_session()) return std::nullopt;
    }
    if (time_ > kTimeMax)
      throw std::runtime_error(
          rows_.at("expected fewer listens: the synthetic clock has come to "
                   "the year 2199"));
    ListenRow row{.time = time_,
                  .user_id = session_,
                  .session_id = session_,
                  .track_id = std::move(tracks_[at_]),
                  .artist_id = {}};
    time_ += kSessionTrack;
    return event_of(std::move(row), session_, ++at_);
  }

  double progress() const override { return rows_.progress(); }
  Skipped skipped() const override { return rows_.skipped(); }

 private:
  bool read_session() {
    const auto row = rows_.next();
    if (!row) return false;
    tracks_.clear();
    at_ = 0;
    const auto tracks = tracks_of_line(*row);
    if (!tracks) {
      rows_.leave_out(tracks.error().detail);
      return true;
    }
    tracks_.assign(tracks->begin(), tracks->end());
    session_ = "session-" + std::to_string(++sessions_);
    return true;
  }

  Rows rows_;
  std::uint64_t sessions_ = 0;
  std::string session_;
  std::vector<std::string> tracks_;  // of the session, those before `at_` are played
  std::size_t at_ = 0;
  Micros time_ = kSessionsBegin;
};

}  // namespace

Result<std::vector<std::string_view>> tracks_of_line(std::string_view line) {
  while (line.ends_with(' ')) line.remove_suffix(1);
  std::vector<std::string_view> tracks;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view track = line.substr(0, end);
    if (track.empty() || track.find('\t') != std::string_view::npos || !is_listen_id(track))
      return error(Reason::bad_field,
                   "expected track ids of at most 128 bytes in UTF-8, with something to be seen, "
                   "separated by single spaces");
    tracks.push_back(track);
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return tracks;
}

std::unique_ptr<Listening> open_session_lines(const std::string& path) {
  return std::make_unique<SessionLines>(path);
}

}  // namespace segue
