#include "consumers/tail/screen.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/time.h"
#include "core/words/printed.h"

namespace segue::tail {
namespace {

constexpr std::size_t kTop = 5;
constexpr std::size_t kBarEighths = 80;
constexpr std::size_t kNameWidth = 40;
constexpr std::size_t kKindWidth = 12;
constexpr std::size_t kReasonsShown = 2;

constexpr std::string_view kBold = "1";
constexpr std::string_view kDim = "2";
constexpr std::string_view kRed = "31";
constexpr std::string_view kGreen = "32";
constexpr std::string_view kYellow = "33";
constexpr std::string_view kCyan = "36";

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::size_t characters_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

// C0 and DEL as bytes, C1 as U+0080 to U+009F (C2 80 to C2 9F).
std::string printable(std::string_view text) {
  std::string clean;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool c1 =
        c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c1) ++i;
    clean += c < 0x20 || c == 0x7F || c1 ? '?' : text[i];
  }
  return clean;
}

// An id that says nothing to a reader is not shown.
std::string named(std::string_view title, std::string_view artist, std::string_view track_id) {
  std::string name(!title.empty() ? title : is_opaque_id(track_id) ? "Unknown title" : track_id);
  if (!artist.empty()) name.append(" · ").append(artist);
  return name;
}

std::string bar(double share) {
  constexpr std::array<std::string_view, 8> kEighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const double clamped = std::clamp(share, 0.0, 1.0);
  const auto eighths = static_cast<std::size_t>(std::lround(clamped * double{kBarEighths}));
  std::string text;
  for (std::size_t i = 0; i < eighths / 8; ++i) text += "█";
  text += kEighths[eighths % 8];
  text.append(kBarEighths / 8 - characters_of(text), ' ');
  return text;
}

std::string reasons_of(const SeenTrack& track) {
  std::string text;
  for (std::size_t i = 0; i < std::min(track.reasons.size(), kReasonsShown); ++i) {
    text += (i == 0 ? "" : " · ") + printable(track.reasons[i]);
  }
  return text;
}

std::string outcome_of(const SeenRecommendation& seen) {
  if (!seen.previous) return {};
  if (seen.previous->rank > 0) return "it was number " + std::to_string(seen.previous->rank);
  return seen.previous->candidate ? "it was a candidate, not on the list"
                                  : "it was not among the candidates";
}

std::string played(const Event& event) {
  if (!is_terminal(event.type) || event.played_fraction < 0) return {};
  return "played " + std::to_string(std::lround(event.played_fraction * 100)) + " %";
}

// "playback.completed" reads "completed".
std::string_view word_of(EventType type) {
  const std::string_view name = name_of(type);
  return name.substr(name.rfind('.') + 1);
}

std::string_view colour_of(EventType type) {
  if (type == EventType::playback_skipped || type == EventType::playback_failed) return kYellow;
  return type == EventType::playback_completed ? kGreen : kCyan;
}

}  // namespace

std::string fitted(std::string_view text, std::size_t characters) {
  std::string clean = printable(text);
  const std::size_t length = characters_of(clean);
  if (length <= characters) return clean.append(characters - length, ' ');
  std::size_t kept = 0;
  std::size_t end = 0;
  for (; end < clean.size(); ++end) {
    if (!continues(clean[end]) && ++kept == characters) break;
  }
  return clean.substr(0, end) + "…";
}

std::string Screen::heading(std::string_view user_id) const {
  return "\n" + paint("Following " + printable(user_id) + ".", kBold) + "\n";
}

std::string Screen::event(const Event& event, const Titles& titles) const {
  const Title* title = titles.find(event.track_name);
  const Title said{.title = event.title, .artist = event.artist_title};
  const Title& shown = title == nullptr ? said : *title;
  const bool by_id = shown.artist.empty() && !is_opaque_id(event.artist_name);
  const std::string name =
      named(shown.title, by_id ? event.artist_name : shown.artist, event.track_name);
  const std::string clock = format_time(event.time).substr(11, 8);
  return "\n" + paint(clock, kDim) + "  " +
         paint(fitted(word_of(event.type), kKindWidth), colour_of(event.type)) +
         paint(fitted(name, kNameWidth), kBold) + "  " + paint(played(event), kDim) + "\n";
}

std::string Screen::recommendation(const SeenRecommendation& seen,
                                   const std::vector<std::string>& before) const {
  std::vector<std::string> now;
  double best = 0;
  for (const SeenTrack& track : seen.tracks) {
    now.push_back(track.track_id);
    best = std::max(best, track.score);
  }
  const std::vector<Movement> moves = movements(before, now);
  std::string text;
  if (const std::string outcome = outcome_of(seen); !outcome.empty()) {
    text += "          " + paint(outcome, seen.previous->rank > 0 ? kGreen : kDim) + "\n";
  }
  for (std::size_t i = 0; i < std::min(seen.tracks.size(), kTop); ++i) {
    const double share = best > 0 ? seen.tracks[i].score / best : 0;
    text += row(i + 1, seen.tracks[i], moves[i], share);
  }
  return text;
}

std::string Screen::row(std::size_t place, const SeenTrack& track, const Movement& movement,
                        double share) const {
  return "     " + std::to_string(place) + " " + moved(movement) + " " +
         fitted(named(track.title, track.artist, track.track_id), kNameWidth) + "  " +
         paint(bar(share), kCyan) + "  " + paint(reasons_of(track), kDim) + "\n";
}

std::string Screen::moved(const Movement& movement) const {
  constexpr std::size_t kWidth = 4;
  const std::string places = std::to_string(movement.places);
  switch (movement.kind) {
    case Movement::Kind::unknown:
      return fitted("", kWidth);
    case Movement::Kind::same:
      return paint(fitted("=", kWidth), kDim);
    case Movement::Kind::up:
      return paint(fitted("▲" + places, kWidth), kGreen);
    case Movement::Kind::down:
      return paint(fitted("▼" + places, kWidth), kRed);
    case Movement::Kind::entered:
      return paint(fitted("new", kWidth), kCyan);
  }
  return {};
}

std::string Screen::paint(std::string_view text, std::string_view code) const {
  if (colour_ == Colour::no || text.empty()) return std::string(text);
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

}  // namespace segue::tail
