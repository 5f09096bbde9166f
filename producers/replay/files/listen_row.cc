#include "producers/replay/files/listen_row.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include "core/ids.h"
#include "core/words/printed.h"

namespace segue {
namespace {

constexpr std::int64_t kSecondsMax = kTimeMax / kSecond;
// Less of a track than this is a skip.
constexpr float kSkippedBelow = 0.5F;

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<float> read_fraction(std::string_view text) {
  const auto fraction = number<double>(text);
  if (!fraction || !(*fraction >= 0) || *fraction > std::numeric_limits<float>::max())
    return error(Reason::bad_field, "expected played_fraction as a number from 0 to 1");
  // Players that count what was heard twice report more than the whole track.
  return static_cast<float>(std::min(*fraction, 1.0));
}

// The rules that all formats share: which of the texts are ids, and which must be there.
Result<ListenRow> checked(ListenRow row, std::string_view fraction) {
  if (row.user_id.empty()) return error(Reason::missing_field, "expected a user, found nothing");
  if (row.track_id.empty()) return error(Reason::missing_field, "expected a track, found nothing");
  for (const std::string* id : {&row.user_id, &row.session_id, &row.track_id, &row.artist_id})
    if (!is_listen_id(*id))
      return error(Reason::bad_field,
                   "expected ids of at most 128 bytes in UTF-8, with something to be seen");
  for (const std::string* text : {&row.title, &row.artist})
    if (!simdjson::validate_utf8(text->data(), text->size()))
      return error(Reason::bad_field, "expected title and artist in UTF-8");
  const auto read = read_fraction(fraction);
  if (!read) return read.error();
  row.played_fraction = *read;
  return row;
}

Error wrong_count(std::size_t expected, std::size_t found) {
  return error(Reason::malformed,
               "expected " + std::to_string(expected) + " fields, found " + std::to_string(found));
}

// ts user session track artist slice played_fraction gap_s
Result<ListenRow> read_30music(std::string_view line) {
  std::array<std::string_view, 8> fields;
  std::size_t count = 0;
  for (std::size_t from = 0; from <= line.size(); ++count) {
    const std::size_t to = std::min(line.find('\t', from), line.size());
    if (count < fields.size()) fields[count] = line.substr(from, to - from);
    from = to + 1;
  }
  if (count != fields.size()) return wrong_count(fields.size(), count);
  const auto seconds = number<std::int64_t>(fields[0]);
  if (!seconds || *seconds < 0 || *seconds > kSecondsMax)
    return error(Reason::bad_time, "expected ts as whole seconds since 1970");
  return checked({.time = *seconds * kSecond,
                  .user_id = std::string(fields[1]),
                  .session_id = std::string(fields[2]),
                  .track_id = std::string(fields[3]),
                  .artist_id = std::string(fields[4]),
                  .title = {},
                  .artist = {}},
                 fields[6]);
}

// time,user_id,session_id,track_id,artist_id,played_fraction and, in some files, title,artist
Result<ListenRow> read_segue_csv(std::string_view line) {
  auto fields = split_csv(line);
  if (!fields) return fields.error();
  std::vector<std::string>& field = *fields;
  constexpr std::size_t kLonger = 8;
  const bool longer = field.size() == kLonger;
  if (field.size() != 6 && !longer) return wrong_count(6, field.size());
  const auto time = parse_time(field[0]);
  if (!time) return time.error();
  return checked({.time = *time,
                  .user_id = std::move(field[1]),
                  .session_id = std::move(field[2]),
                  .track_id = std::move(field[3]),
                  .artist_id = std::move(field[4]),
                  .title = longer ? std::move(field[6]) : std::string(),
                  .artist = longer ? std::move(field[7]) : std::string()},
                 field[5]);
}

constexpr std::array kFormats = {
    ListenFormat{.name = "30music",
                 .header = "ts\tuser\tsession\ttrack\tartist\tslice\tplayed_fraction\tgap_s",
                 .longer_header = {},
                 .read = read_30music},
    ListenFormat{
        .name = "segue-csv",
        .header = "time,user_id,session_id,track_id,artist_id,played_fraction",
        .longer_header = "time,user_id,session_id,track_id,artist_id,played_fraction,title,artist",
        .read = read_segue_csv},
};

// Takes the rest of a field in quotes, whose opening quote is already gone.
bool take_quoted(std::string_view& rest, std::string& field) {
  while (true) {
    const std::size_t quote = rest.find('"');
    if (quote == std::string_view::npos) return false;
    field += rest.substr(0, quote);
    rest.remove_prefix(quote + 1);
    if (!rest.starts_with('"')) return true;
    field += '"';
    rest.remove_prefix(1);
  }
}

}  // namespace

const ListenFormat* listen_format(std::string_view name) {
  const auto found = std::ranges::find(kFormats, name, &ListenFormat::name);
  return found == kFormats.end() ? nullptr : &*found;
}

std::optional<Error> unlikely(Micros time, Micros not_after) {
  if (time < kTimeMin)
    return error(Reason::bad_time, "expected a time from 1990 on, found " + format_time(time));
  if (time > not_after)
    return error(Reason::bad_time,
                 "expected a time that is not in the future, found " + format_time(time));
  return std::nullopt;
}

bool is_listen_id(std::string_view text) {
  return text.size() <= kIdBytesMax && simdjson::validate_utf8(text.data(), text.size()) &&
         (text.empty() || is_visible(text));
}

EventDraft event_of(ListenRow row, std::string session, std::uint64_t seq) {
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
  draft.title = std::move(row.title);  // whole: an id may be made of it
  draft.artist_title = std::move(row.artist);
  draft.time = row.time;
  draft.played_fraction = row.played_fraction;
  return draft;
}

Result<std::vector<std::string>> split_csv(std::string_view line) {
  std::vector<std::string> fields;
  fields.reserve(6);
  while (true) {
    std::string& field = fields.emplace_back();
    if (line.starts_with('"')) {
      line.remove_prefix(1);
      if (!take_quoted(line, field))
        return error(Reason::malformed, "expected a closing quote in the same line");
      if (!line.empty() && line.front() != ',')
        return error(Reason::malformed, "expected a comma after a closing quote");
    } else {
      const std::size_t comma = std::min(line.find(','), line.size());
      field = line.substr(0, comma);
      if (field.find('"') != std::string::npos)
        return error(Reason::malformed, "expected quotes around the whole field");
      line.remove_prefix(comma);
    }
    if (line.empty()) return fields;
    line.remove_prefix(1);
  }
}

}  // namespace segue
