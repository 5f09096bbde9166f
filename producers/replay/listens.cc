#include <stdexcept>
#include <utility>

#include "producers/replay/line_reader.h"
#include "producers/replay/listen_row.h"
#include "producers/replay/listening.h"
#include "producers/replay/row_tally.h"
#include "producers/replay/session_lines.h"
#include "producers/replay/session_numbers.h"

namespace segue {
namespace {

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
      tally_.row();
      auto row = format_.read(*line);
      if (row && row->time >= latest_) {
        latest_ = row->time;
        return draft(std::move(*row));
      }
      tally_.leave_out(
          lines_.at(row ? "expected a time not before the row above; sort the file by time"
                        : row.error().detail));
    }
    tally_.judge();
    return std::nullopt;
  }

  double progress() const override { return lines_.progress(); }
  Skipped skipped() const override { return tally_.skipped(); }

 private:
  EventDraft draft(ListenRow row) {
    auto [session, seq] = numbers_.place(row.user_id, row.session_id, row.time);
    return event_of(std::move(row), std::move(session), seq);
  }

  LineReader lines_;
  const ListenFormat& format_;
  SessionNumbers numbers_;
  RowTally tally_;
  Micros latest_ = 0;
};

}  // namespace

Listening::~Listening() = default;

std::unique_ptr<Listening> open_listens(const std::string& path, const std::string& format) {
  if (format == "sessions") return open_session_lines(path);
  const ListenFormat* known = listen_format(format);
  if (known == nullptr)
    throw std::runtime_error("Unknown format \"" + format + "\" of listens: expected " +
                             std::string(kListenFormats) + ".");
  return std::make_unique<RecordedListening>(path, *known);
}

}  // namespace segue
