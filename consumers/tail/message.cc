#include "consumers/tail/message.h"

#include <algorithm>
#include <boost/json.hpp>

#include "core/wire/json_text.h"
#include "core/words/printed.h"

namespace segue::tail {
namespace {

namespace bj = boost::json;

std::string text_at(const bj::object& object, std::string_view name) {
  const bj::value* found = object.if_contains(name);
  if (found == nullptr || !found->is_string()) return {};
  const bj::string& text = found->get_string();
  return {text.data(), text.size()};
}

double number_at(const bj::object& object, std::string_view name) {
  const bj::value* found = object.if_contains(name);
  if (found == nullptr || !found->is_number()) return 0;
  return found->to_number<double>();
}

bool truth_at(const bj::object& object, std::string_view name) {
  const bj::value* found = object.if_contains(name);
  return found != nullptr && found->is_bool() && found->get_bool();
}

const bj::array& array_at(const bj::object& object, std::string_view name) {
  static const bj::array none;
  const bj::value* found = object.if_contains(name);
  return found != nullptr && found->is_array() ? found->get_array() : none;
}

SeenTrack read_track(const bj::object& item) {
  SeenTrack track{.track_id = text_at(item, "track_id"),
                  .title = text_at(item, "title"),
                  .artist = text_at(item, "artist"),
                  .score = number_at(item, "score"),
                  .reasons = {}};
  if (const std::string id = text_at(item, "artist_id");
      track.artist.empty() && !is_opaque_id(id)) {
    track.artist = id;
  }
  for (const bj::value& reason : array_at(item, "reasons")) {
    if (!reason.is_object() || number_at(reason.get_object(), "part") < 0) continue;
    track.reasons.push_back(text_at(reason.get_object(), "text"));
  }
  return track;
}

std::optional<Score> read_previous(const bj::object& message) {
  const bj::value* found = message.if_contains("previous");
  if (found == nullptr || !found->is_object()) return std::nullopt;
  const bj::object& previous = found->get_object();
  return Score{
      .rank = static_cast<std::int32_t>(std::clamp(number_at(previous, "rank"), 0.0, 1'000'000.0)),
      .candidate = truth_at(previous, "candidate"),
      .new_to_listener = truth_at(previous, "new"),
      .session_position = 0};
}

// The log's JSON may be spread over lines; outside of texts a line break is only white space.
std::string on_one_line(std::string_view json) {
  std::string line(json);
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::replace(line.begin(), line.end(), '\r', ' ');
  return line;
}

}  // namespace

Result<SeenRecommendation> read_recommendation(std::string_view json) {
  boost::system::error_code problem;
  const bj::value parsed = bj::parse(json, problem);
  if (problem || !parsed.is_object()) return error(Reason::malformed, "not a JSON object");
  const bj::object& message = parsed.get_object();
  SeenRecommendation seen;
  seen.user_id = text_at(message, "user_id");
  if (seen.user_id.empty()) return error(Reason::missing_field, "user_id is missing");
  const bj::value* version = message.if_contains("version");
  if (version == nullptr) return error(Reason::missing_field, "version is missing");
  if (!version->is_int64()) return error(Reason::bad_field, "version is not a whole number");
  seen.version = version->get_int64();
  const auto received = parse_time(text_at(message, "event_received"));
  if (!received) return error(Reason::bad_field, "event_received is not a time");
  seen.event_received = *received;
  for (const bj::value& item : array_at(message, "items")) {
    if (item.is_object()) seen.tracks.push_back(read_track(item.get_object()));
  }
  seen.previous = read_previous(message);
  return seen;
}

std::string event_line(const Event& event, std::string_view data, const Titles& titles) {
  std::string line = "{\"event\":";
  json::ObjectWriter head(line);
  head.text("type", name_of(event.type));
  if (!event.id.empty()) head.text("id", event.id);
  head.text("received", format_time(event.received));
  if (const Title* title = titles.find(event.track_name); title != nullptr) {
    if (event.title.empty() && !title->title.empty()) head.text("title", title->title);
    if (event.artist_title.empty() && !title->artist.empty()) head.text("artist", title->artist);
  }
  std::string rest = on_one_line(data);
  rest.erase(0, rest.find('{') + 1);
  if (rest.find_first_not_of(" \t") != rest.find('}')) line += ',';
  return line + rest + "}";
}

std::string recommendation_line(std::string_view data) {
  return "{\"recommendation\":" + on_one_line(data) + "}";
}

}  // namespace segue::tail
