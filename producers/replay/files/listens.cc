#include <algorithm>
#include <array>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "core/io/clock.h"
#include "producers/replay/files/listen_row.h"
#include "producers/replay/files/listening.h"
#include "producers/replay/files/rows.h"
#include "producers/replay/files/session_lines.h"
#include "producers/replay/files/session_numbers.h"

namespace segue {
namespace {

constexpr std::string_view kConverter =
    "; deploy/listens turns exports of Spotify, ListenBrainz and Last.fm into segue-csv";

// The kind of a file that begins with this line, for a person.
std::string what_is(std::string_view line) {
  using Mark = std::pair<std::string_view, std::string_view>;
  static constexpr std::array<Mark, 6> kMarks = {{{"PK", "a zip archive or a spreadsheet"},
                                                  {"PAR1", "a Parquet file"},
                                                  {"\x28\xB5\x2F\xFD", "a file packed with zstd"},
                                                  {"\xFF\xFE", "text in UTF-16"},
                                                  {"\xFE\xFF", "text in UTF-16"},
                                                  {"SQLite format 3", "an SQLite database"}}};
  if (line.empty()) return "an empty file or line";
  if (line.starts_with('{') || line.starts_with('[')) return "JSON" + std::string(kConverter);
  for (const auto& [mark, name] : kMarks) {
    if (line.starts_with(mark)) return std::string(name) + std::string(kConverter);
  }
  for (const ListenFormat* other : {listen_format("30music"), listen_format("segue-csv")}) {
    if (line == other->header) return "that of " + std::string(other->name);
  }
  constexpr std::size_t kShown = 80;
  std::string shown(line.substr(0, kShown));
  for (char& c : shown) c = c < ' ' || c > '~' ? '?' : c;
  return '"' + shown + '"' + std::string(kConverter);
}

class RecordedListening final : public Listening {
 public:
  RecordedListening(const std::string& path, const ListenFormat& format, Reading reading)
      : rows_(path), format_(format), reading_(std::move(reading)) {
    const std::string_view header = rows_.header();
    if (!begins(header) && !begins(without_quotes(header)))
      throw std::runtime_error(path + ", line 1: expected the header of " +
                               std::string(format_.name) + ": " + std::string(format_.header) +
                               "; found " + what_is(header));
  }

  // One row is always read ahead: which of two that are out of order is misplaced, the one before
  // both tells.
  std::optional<EventDraft> next() override {
    while (auto row = read()) {
      if (!held_) {
        held_ = std::move(row);
      } else if (row->listen.time >= held_->listen.time) {
        return draft(std::move(std::exchange(held_, std::move(row))->listen));
      } else if (row->listen.time >= latest_) {
        rows_.leave_out(held_->line_number,
                        "expected a time not after the row below; sort the file by time");
        held_ = std::move(row);
      } else {
        rows_.leave_out(row->line_number,
                        "expected a time not before the row above; sort the file by time");
      }
    }
    if (!held_) return std::nullopt;
    return draft(std::move(std::exchange(held_, std::nullopt)->listen));
  }

  double progress() const override { return rows_.progress(); }
  Skipped skipped() const override { return rows_.skipped(); }

 private:
  struct Row {
    ListenRow listen;
    std::uint64_t line_number = 0;
  };

  std::optional<Row> read() {
    while (const auto line = rows_.next()) {
      auto row = format_.read(*line);
      if (!row) {
        rows_.leave_out(row.error().detail);
      } else if (const auto wrong = unlikely(row->time, reading_.not_after)) {
        rows_.leave_out(wrong->detail);
      } else {
        return Row{.listen = std::move(*row), .line_number = rows_.line_number()};
      }
    }
    return std::nullopt;
  }

  EventDraft draft(ListenRow row) {
    latest_ = row.time;
    if (reading_.listener) row.user_id = reading_.listener(row.user_id);
    auto [session, seq] = numbers_.place(row.user_id, row.session_id, row.time);
    return event_of(std::move(row), std::move(session), seq);
  }

  bool begins(std::string_view header) const {
    return header == format_.header ||
           (!format_.longer_header.empty() && header == format_.longer_header);
  }

  // As R and spreadsheets write a header.
  static std::string without_quotes(std::string_view header) {
    std::string bare;
    std::ranges::copy_if(header, std::back_inserter(bare), [](char c) { return c != '"'; });
    return bare;
  }

  Rows rows_;
  const ListenFormat& format_;
  const Reading reading_;
  SessionNumbers numbers_;
  std::optional<Row> held_;
  Micros latest_ = 0;  // of the row returned last
};

}  // namespace

Listening::~Listening() = default;

std::string text_of(const Skipped& skipped) {
  if (skipped.rows == 0) return {};
  const std::string rows =
      skipped.rows == 1 ? "1 row was" : std::to_string(skipped.rows) + " rows were";
  return rows + " left out. The first: " + skipped.first;
}

std::unique_ptr<Listening> open_listens(const std::string& path, const std::string& format) {
  // Asked once, so that a file that is read again gives the same events.
  static const Micros now = wall_clock();
  return open_listens(path, format, Reading{.not_after = now, .listener = {}});
}

std::unique_ptr<Listening> open_listens(const std::string& path, const std::string& format,
                                        Reading reading) {
  if (format == "sessions") return open_session_lines(path);
  const ListenFormat* known = listen_format(format);
  if (known == nullptr)
    throw std::runtime_error("Unknown format \"" + format + "\" of listens: expected " +
                             std::string(kListenFormats) + ".");
  return std::make_unique<RecordedListening>(path, *known, std::move(reading));
}

}  // namespace segue
