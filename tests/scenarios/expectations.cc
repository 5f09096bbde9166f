#include "tests/scenarios/expectations.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "core/listener/listening.h"
#include "tests/scenarios/fields.h"

namespace segue::scenarios {
namespace {

using Failures = std::vector<std::string>;

std::string word_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::applied:
      return "applied";
    case Outcome::duplicate:
      return "duplicate";
    case Outcome::too_old:
      return "too_old";
    case Outcome::dead_letter:
      return "dead_letter";
    case Outcome::ignored:
    case Outcome::refused:
      break;  // of a trainer's signals, not of events
  }
  return "?";
}

std::string all_names(const ItemSignal& signal, const Stage& stage) {
  std::string all;
  for (const ItemId item : signal.before) all += (all.empty() ? "" : " and ") + stage.name_of(item);
  return all;
}

// "blue followed by so", as README.md of this folder writes them.
std::string words_of(const ItemSignal& signal, const Stage& stage) {
  const std::string item = stage.name_of(signal.item);
  switch (signal.kind) {
    case SignalKind::played:
    case SignalKind::of_artist:
      return item + " played";
    case SignalKind::skipped:
      return item + " skipped";
    case SignalKind::followed:
      return item + " followed by " + stage.name_of(signal.other);
    case SignalKind::led_to:
      return item + " led to " + stage.name_of(signal.other);
    case SignalKind::left:
      return all_names(signal, stage) + " left";
  }
  return "?";
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
  return all.empty() ? "nothing" : all;
}

std::string shown(const std::optional<Recommendation>& list) {
  if (!list) return "there is no list yet";
  if (list->items.empty()) return "the list is empty";
  std::string all = "the list is";
  int place = 0;
  for (const RecommendedTrack& item : list->items) {
    all += "\n    " + std::to_string(++place) + ". " + item.track_id + "  " +
           std::to_string(item.score);
    for (const TrackReason& reason : item.reasons) {
      all += "\n         " + std::string(reason.source) + " " + std::to_string(reason.part) + "  " +
             std::string(reason.text);
    }
  }
  return all;
}

// Position in the list from 0, or its size.
std::size_t place_of(const std::vector<std::string>& tracks, const std::string& track) {
  return static_cast<std::size_t>(std::find(tracks.begin(), tracks.end(), track) - tracks.begin());
}

template <class Value>
void compare(Failures& failures, std::string_view name, const std::optional<Value>& wanted,
             const Value& found) {
  if (!wanted || *wanted == found) return;
  const auto text = [](const Value& value) {
    if constexpr (std::is_same_v<Value, std::string>) {
      return value;
    } else if constexpr (std::is_same_v<Value, bool>) {
      return std::string(value ? "true" : "false");
    } else if constexpr (std::is_same_v<Value, std::vector<std::string>>) {
      return joined(value);
    } else {
      return std::to_string(value);
    }
  };
  failures.push_back(std::string(name) + ": expected " + text(*wanted) + ", found " + text(found));
}

void check_event(Fields& fields, const Heard& heard, const Stage& stage, Failures& failures) {
  compare(failures, "outcome", fields.text("outcome"), word_of(heard.outcome));
  compare(failures, "dead_letter", fields.text("dead_letter"),
          heard.dead_letter ? std::string(segue::name_of(heard.dead_letter->reason))
                            : std::string("none"));
  compare(failures, "refreshed", fields.flag("refreshed"), heard.refreshed);
  std::vector<std::string> signals;
  for (const ItemSignal& signal : heard.signals) signals.push_back(words_of(signal, stage));
  compare(failures, "signals", fields.texts("signals"), signals);
  compare(failures, "was_at", fields.whole("was_at"),
          heard.score ? std::int64_t{heard.score->rank} : std::int64_t{-1});
  compare(failures, "composes", fields.text("composes"),
          heard.job ? std::string(name_of(heard.job->trigger.decision.rule)) : std::string("none"));
  compare(failures, "job_has_wish", fields.flag("job_has_wish"),
          heard.job && !heard.job->wish.empty());
  compare(failures, "job_must_be_new", fields.flag("job_must_be_new"),
          heard.job && heard.job->must_be_new);
}

void check_order(const std::vector<std::string>& order, const std::vector<std::string>& tracks,
                 Failures& failures) {
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t place = place_of(tracks, order[i]);
    if (place == tracks.size()) {
      failures.push_back("order: " + order[i] + " is not in the list");
    } else if (i > 0 && place_of(tracks, order[i - 1]) > place) {
      failures.push_back("order: " + order[i - 1] + " does not stand above " + order[i]);
    }
  }
}

// The list's longest row of tracks by one artist.
std::int64_t longest_run(const std::optional<Recommendation>& list) {
  std::int64_t longest = 0;
  std::int64_t run = 0;
  const RecommendedTrack* before = nullptr;
  if (!list) return 0;
  for (const RecommendedTrack& item : list->items) {
    const bool goes_on = before != nullptr && before->artist_id == item.artist_id;
    run = goes_on && !item.artist_id.empty() ? run + 1 : 1;
    longest = std::max(longest, run);
    before = &item;
  }
  return longest;
}

void check_reason(const boost::json::object& expect, const std::optional<Recommendation>& list,
                  Failures& failures) {
  Fields fields(expect, "reason");
  const std::string track = fields.required_text("track");
  const std::string source = fields.required_text("source");
  const std::optional<std::string> text = fields.text("text");
  fields.done();
  if (list) {
    for (const RecommendedTrack& item : list->items) {
      if (item.track_id != track) continue;
      for (const TrackReason& reason : item.reasons) {
        if (reason.source == source && (!text || reason.text == *text)) return;
      }
    }
  }
  failures.push_back("reason: " + track + " is not there because of " + source +
                     (text ? " (" + *text + ")" : ""));
}

// The tracks that a machine made, in the list's order.
std::vector<std::string> labelled(const std::optional<Recommendation>& list) {
  std::vector<std::string> tracks;
  if (!list) return tracks;
  for (const RecommendedTrack& item : list->items) {
    if (item.ai) tracks.push_back(item.track_id);
  }
  return tracks;
}

void check_tracks(Fields& fields, const Heard& heard, Failures& failures) {
  const std::vector<std::string> tracks =
      heard.list ? test::tracks_of(*heard.list) : std::vector<std::string>{};
  compare(failures, "list", fields.texts("list"), tracks);
  compare(failures, "labelled", fields.texts("labelled"), labelled(heard.list));
  compare(failures, "list_size", fields.whole("list_size"),
          static_cast<std::int64_t>(tracks.size()));
  compare(failures, "first", fields.text("first"),
          tracks.empty() ? std::string("nothing") : tracks.front());
  for (const std::string& track : fields.texts("list_contains").value_or(Failures{})) {
    if (place_of(tracks, track) == tracks.size()) {
      failures.push_back("list_contains: " + track + " is not in the list");
    }
  }
  for (const std::string& track : fields.texts("list_lacks").value_or(Failures{})) {
    if (place_of(tracks, track) < tracks.size()) {
      failures.push_back("list_lacks: " + track + " is in the list");
    }
  }
  const auto offer = heard.list ? heard.list->offer : std::nullopt;
  compare(failures, "offer", fields.text("offer"), offer ? offer->text : std::string("none"));
  compare(failures, "can_accept", fields.flag("can_accept"), offer && !offer->job_id.empty());
  check_order(fields.texts("order").value_or(Failures{}), tracks, failures);
  const std::optional<std::int64_t> run_max = fields.whole("artist_run_max");
  if (run_max && longest_run(heard.list) > *run_max) {
    failures.push_back("artist_run_max: " + std::to_string(longest_run(heard.list)) + " in a row");
  }
  compare(failures, "list_changed", fields.flag("list_changed"),
          tracks != (heard.before ? test::tracks_of(*heard.before) : std::vector<std::string>{}));
  if (const boost::json::object* reason = fields.object("reason")) {
    check_reason(*reason, heard.list, failures);
  }
}

void check_state(Fields& fields, const Listener& listener, Failures& failures) {
  compare(failures, "events", fields.whole("events"), static_cast<std::int64_t>(listener.events));
  compare(failures, "listens", fields.whole("listens"),
          static_cast<std::int64_t>(listener.listens));
  compare(failures, "session_listens", fields.whole("session_listens"),
          std::int64_t{listener.session_listens});
  for (const std::string& track : fields.texts("remembers").value_or(Failures{})) {
    if (!knows(listener, track_id(track))) failures.push_back("remembers: not " + track);
  }
  for (const std::string& track : fields.texts("remembers_not").value_or(Failures{})) {
    if (knows(listener, track_id(track))) failures.push_back("remembers_not: " + track);
  }
  const std::optional<std::int64_t> bytes_max = fields.whole("bytes_max");
  const auto bytes = static_cast<std::int64_t>(encode(listener).size());
  if (bytes_max && bytes > *bytes_max) {
    failures.push_back("bytes_max: the listener takes " + std::to_string(bytes) + " bytes");
  }
}

}  // namespace

std::vector<std::string> check_listener(const boost::json::object& expect, Stage& stage) {
  Fields fields(expect, "expect");
  const std::string listener = fields.required_text("listener");
  const bool unheard = fields.flag("unheard").value_or(false);
  const Heard* known = stage.heard(listener);
  const Heard nothing;
  const Heard& heard = known != nullptr ? *known : nothing;
  Failures failures;
  if (unheard != (known == nullptr)) {
    failures.push_back(unheard ? "unheard: there was an event of " + listener
                               : "there was no event of " + listener);
  }
  check_event(fields, heard, stage, failures);
  check_tracks(fields, heard, failures);
  check_state(fields, known != nullptr ? stage.world().listener(listener) : Listener{}, failures);
  fields.done();
  if (expect.size() < 2) throw ScenarioError("expect: says nothing of " + listener);
  if (!failures.empty()) failures.push_back(shown(heard.list));
  return failures;
}

std::vector<std::string> check_item(const boost::json::object& expect, Stage& stage) {
  Fields fields(expect, "expect_item");
  const std::optional<std::string> track = fields.text("track");
  const std::optional<std::string> artist = fields.text("artist");
  if (track.has_value() == artist.has_value()) {
    throw ScenarioError("expect_item: names one track or one artist");
  }
  const Item* known =
      stage.world().item(track ? item_of(track_id(*track)) : item_of(artist_id(*artist)));
  const Item unknown;
  const Item& item = known != nullptr ? *known : unknown;
  std::vector<std::string> followers;
  for (const Neighbour& neighbour : model_of(item).neighbours) {
    if (neighbour.follows == 0) continue;  // only heard before it
    followers.push_back(stage.name_of(item_of(neighbour.track)));
  }
  Failures failures;
  compare(failures, "known", fields.flag("known"), known != nullptr);
  compare(failures, "plays", fields.whole("plays"), static_cast<std::int64_t>(item.plays));
  compare(failures, "skips", fields.whole("skips"), static_cast<std::int64_t>(item.skips));
  compare(failures, "signals", fields.whole("signals"), static_cast<std::int64_t>(item.signals));
  compare(failures, "followers", fields.texts("followers"), followers);
  fields.done();
  return failures;
}

std::vector<std::string> check_list(const Recommendation& list, const Tuning& tuning) {
  Failures failures;
  std::set<std::string> seen;
  for (const RecommendedTrack& item : list.items) {
    if (!seen.insert(item.track_id).second) failures.push_back(item.track_id + " stands twice");
    if (!(item.propensity > 0 && item.propensity <= 1)) {
      failures.push_back(item.track_id + " was shown with probability " +
                         std::to_string(item.propensity));
    }
    float sum = 0;
    for (const TrackReason& reason : item.reasons) sum += reason.part;
    if (std::abs(sum - item.score) > 1e-3F) {
      failures.push_back("the reasons of " + item.track_id + " sum to " + std::to_string(sum));
    }
  }
  if (list.items.size() > static_cast<std::size_t>(tuning.k)) failures.push_back("it is too long");
  if (!failures.empty()) failures.push_back(shown(list));
  return failures;
}

}  // namespace segue::scenarios
