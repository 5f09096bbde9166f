#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/event/event.h"
#include "core/item/catalog.h"

namespace segue {

// Rows of a file that could not be read.
struct Skipped {
  std::uint64_t rows = 0;
  std::string first;  // file, line and what was expected there
};

// "3 rows were left out. The first: FILE, line 7: …"; empty for none.
std::string text_of(const Skipped& skipped);

// Listening as it happened, recorded or simulated: a stream of events. One thread.
class Listening {
 public:
  virtual ~Listening();
  // The next event, in order of time; none at the end. Throws std::runtime_error naming file and
  // line when the input cannot be read, or more than 1 % of it is not what it should be.
  virtual std::optional<EventDraft> next() = 0;
  // Share of the input taken so far, 0 to 1; -1 where there is no end to compare with.
  virtual double progress() const = 0;
  // The rows left out so far. The file's reader reports them.
  virtual Skipped skipped() const { return {}; }
};

// All formats, for a message.
inline constexpr std::string_view kListenFormats = "30music, segue-csv or sessions";

// How recorded listens are taken.
struct Reading {
  Micros not_after = 0;
  // The name of a listener of the file in events, and in all that is made from the name; empty: as
  // there. For sessions, which name no listener, it is not asked.
  std::function<std::string(std::string_view)> listener;
};

// Recorded listens, plain or gzip (known by content). Each row is one event: playback.skipped where
// less than half was played, else playback.completed. Ids, sessions and numbers follow from the
// rows alone: the same file gives the same events.
//   30music    tab-separated: ts user session track artist slice played_fraction gap_s
//   segue-csv  time,user_id,session_id,track_id,artist_id,played_fraction  (RFC 4180, a row a line)
//              and, if the header has them as well, title,artist: what these are called
//   sessions   a session a line, track ids separated by spaces: no listener, no clock, no artist
//              (session_lines.h says what takes their place)
// Without a session_id a listener's session ends where 1,800 s pass between two rows.
// Rows are left out, with the reason, that cannot be read, name a time before 1990 or after
// `not_after`, or stand where their time does not belong.
// Throws std::runtime_error for an unknown format, an unreadable file or another header.
std::unique_ptr<Listening> open_listens(const std::string& path, const std::string& format,
                                        Reading reading);
// Until the moment of the program's first call: later ones would be refused as of the future.
std::unique_ptr<Listening> open_listens(const std::string& path, const std::string& format);

// A world of listeners. The same numbers give the same events, on any machine; a later `start` only
// moves them in time.
struct Simulation {
  std::uint64_t seed = 1;
  std::int64_t listeners = 200;
  std::int64_t tracks = 5'000;
  std::int64_t events_max = 0;             // 0: without end
  Micros start = 1'767'225'600 * kSecond;  // 2026-01-01T00:00:00Z
};

// About a kilobyte of memory a listener and a hundred bytes a track. Requires: at least one
// listener, 50 tracks.
std::unique_ptr<Listening> simulate(const Simulation& parameters);

// The tracks of that world, as published on segue.catalog.v1.
std::vector<CatalogEntry> catalog_of(const Simulation& parameters);

}  // namespace segue
