#include <stdexcept>
#include <utility>

#include "core/ids.h"
#include "producers/replay/line_reader.h"
#include "producers/replay/listen_row.h"
#include "producers/replay/listening.h"
#include "producers/replay/session_numbers.h"

namespace segue {
namespace {

// Of every hundred rows one may be bad; the share is first asked for after so many rows, and again
// at the end.
constexpr std::uint64_t kRowsBeforeJudging = 1'000;
constexpr std::uint64_t kRowsForEachBad = 100;
// Less of a track than this is a skip, as in the public skip data sets.
constexpr float kSkippedBelow = 0.5F;

class RecordedListening final : public Listening {
 public:
  RecordedListening(const std::string& path, const ListenFormat& format)
      : lines_(path), format_(format) {
    const auto header = lines_.next();
    if (!header || *header != format_.header)
      throw std::runtime_error(path + ", line 1: expected the header of " +
                               std::string(format_.name) + ": " + std::string(format_.header));
  }

  std::optional<EventDraft> next() override {
    while (const auto line = lines_.next()) {
      if (line->empty()) continue;
      ++rows_;
      auto row = format_.read(*line);
      if (row && row->time >= latest_) {
        latest_ = row->time;
        return draft(std::move(*row));
      }
      skip(row ? "expected a time not before the row above; sort the file by time"
               : row.error().detail);
    }
    if (!acceptable()) refuse();
    return std::nullopt;
  }

  double progress() const override { return lines_.progress(); }
  Skipped skipped() const override { return skipped_; }

 private:
  EventDraft draft(ListenRow row) {
    auto [session, seq] = numbers_.place(row.user_id, row.session_id, row.time);
    // Named by content, not by the line: a longer file gives old rows their old names.
    const std::string play = item_key(ItemId{
        play_id(row.user_id + '\n' + session + '\n' + std::to_string(seq) + '\n' + row.track_id)
            .value});
    EventDraft draft;
    draft.type = row.played_fraction < kSkippedBelow ? EventType::playback_skipped
                                                     : EventType::playback_completed;
    draft.id = play + "-end";
    draft.user_id = std::move(row.user_id);
    draft.session_id = std::move(session);
    draft.seq = seq;
    draft.play_id = play;
    draft.track_id = std::move(row.track_id);
    draft.artist_id = std::move(row.artist_id);
    draft.time = row.time;
    draft.played_fraction = row.played_fraction;
    return draft;
  }

  void skip(const std::string& expected) {
    if (skipped_.rows++ == 0) skipped_.first = lines_.at(expected);
    if (rows_ >= kRowsBeforeJudging && !acceptable()) refuse();
  }

  bool acceptable() const { return skipped_.rows * kRowsForEachBad <= rows_; }

  [[noreturn]] void refuse() const {
    throw std::runtime_error(std::to_string(skipped_.rows) + " of " + std::to_string(rows_) +
                             " rows cannot be read, more than 1 %. The first: " + skipped_.first);
  }

  LineReader lines_;
  const ListenFormat& format_;
  SessionNumbers numbers_;
  std::uint64_t rows_ = 0;  // without the header and empty lines
  Micros latest_ = 0;
  Skipped skipped_;
};

}  // namespace

Listening::~Listening() = default;

std::unique_ptr<Listening> open_listens(const std::string& path, const std::string& format) {
  const ListenFormat* known = listen_format(format);
  if (known == nullptr)
    throw std::runtime_error("Unknown format \"" + format + "\" of listens: expected " +
                             listen_format_names() + ".");
  return std::make_unique<RecordedListening>(path, *known);
}

}  // namespace segue
