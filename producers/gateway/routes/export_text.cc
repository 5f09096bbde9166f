#include "producers/gateway/routes/export_text.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <unordered_map>

#include "consumers/player/list_text.h"
#include "core/generation/wish/wish.h"
#include "core/time.h"
#include "core/wire/json_text.h"

namespace segue::gateway {
namespace {

// Names things and writes them; one an export.
class Exporter {
 public:
  Exporter(std::string& text, const Kept& kept, const player::HeldCatalog& catalogue)
      : text_(text), catalogue_(catalogue) {
    for (const Item& item : kept.items)
      named_[item.id.value] = {item.name, item.title, item.artist};
    if (kept.list == nullptr) return;
    for (const auto& each : kept.list->tracks) {
      named_.try_emplace(track_id(each.track_id).value,
                         Named{.id = each.track_id, .title = each.title, .artist = {}});
    }
  }

  void write(json::ObjectWriter& out, const Listener& listener) {
    out.number("events", listener.events);
    out.number("listens", listener.listens);
    if (listener.time != 0) out.text("time", format_time(listener.time));
    out.number("listens_of_the_session", std::uint64_t{listener.session_listens});
    if (listener.playing) track(out.member("playing"), listener.playing->track);
    list(out, "heard_last", listener.context,
         [&](const HeardTrack& heard) { track(text_, heard.track); });
    repeats(out, listener.repeats);
    list(out, "artists", listener.artists, [&](const ArtistTaste& liked) {
      json::ObjectWriter each(text_);
      artist(each.member("artist"), liked.artist);
      taste(each, liked.plays, liked.last);
    });
    list(out, "skipped_in_the_session", listener.skips,
         [&](const SkippedTrack& skipped) { track(text_, skipped.track); });
    list(out, "hidden_tracks", listener.hidden_tracks, [&](TrackId id) { track(text_, id); });
    list(out, "hidden_artists", listener.hidden_artists, [&](ArtistId id) { artist(text_, id); });
    out.member("explicit_allowed") += listener.explicit_allowed ? "true" : "false";
    json::ObjectWriter consent(out.member("consent"));
    consent.member("learning") += listener.learning ? "true" : "false";
    consent.member("personalisation") += listener.personalisation ? "true" : "false";
    consent.close();
    composed(out, listener.composed);
    if (listener.erasure) out.text("erased_at", format_time(listener.erasure->at));
    if (listener.request) request(out, *listener.request);
    shares(out, listener);
  }

 private:
  // A track that was hidden or disliked keeps its place, with no plays left.
  void repeats(json::ObjectWriter& out, const std::vector<Repeat>& all) {
    std::vector<Repeat> counting;
    std::vector<Repeat> others;
    std::partition_copy(all.begin(), all.end(), std::back_inserter(counting),
                        std::back_inserter(others), [](const Repeat& r) { return r.plays > 0; });
    list(out, "comes_back_to", counting, [&](const Repeat& repeat) {
      json::ObjectWriter each(text_);
      track(each.member("track"), repeat.track);
      taste(each, repeat.plays, repeat.last);
    });
    list(out, "counts_no_more", others, [&](const Repeat& repeat) { track(text_, repeat.track); });
  }

  // Habits of listening, beside the tracks.
  void shares(json::ObjectWriter& out, const Listener& listener) {
    json::append_rounded(out.member("share_of_repeats"), listener.repeat_share);
    json::append_rounded(out.member("share_of_same_artist"), listener.stay_share);
    list(out, "place_among_tastes", listener.vector,
         [&](float number) { json::append_rounded(text_, number); });
    list(out, "own_weights", listener.offsets,
         [&](float weight) { json::append_rounded(text_, weight); });
    out.number("sessions_remembered_against_retries",
               std::uint64_t{listener.windows.windows().size()});
  }

  void request(json::ObjectWriter& out, const Request& request) {
    json::ObjectWriter wishes(out.member("request"));
    list(wishes, "without_tracks", request.excluded_tracks, [&](TrackId id) { track(text_, id); });
    list(wishes, "without_artists", request.excluded_artists,
         [&](ArtistId id) { artist(text_, id); });
    list(wishes, "queued", request.queued, [&](TrackId id) { track(text_, id); });
    if (request.seed) track(wishes.member("seed"), request.seed);
    if (!request.seeds.empty()) seeds(wishes, request.seeds);
    if (!request.filter.empty()) filter(wishes, request.filter);
    kind(wishes, "genre", request.genre, catalogue_.genres());
    kind(wishes, "mood", request.mood, catalogue_.moods());
    // It is stored in sixteen bits, which hold three decimals of it.
    if (request.adventurous >= 0) {
      json::append_rounded(wishes.member("adventurous"),
                           std::round(request.adventurous * 1e3F) / 1e3F);
    }
    if (!request.explicit_allowed) wishes.member("explicit_allowed") += "false";
    if (request.wishes()) wishes.text("in_words", phrase_of(request.wished));
    wishes.close();
  }

  void seeds(json::ObjectWriter& out, const std::vector<Seed>& all) {
    list(out, "seeds", all, [&](const Seed& seed) {
      json::ObjectWriter each(text_);
      if (seed.track) {
        track(each.member("track"), seed.track);
      } else {
        artist(each.member("artist"), seed.artist);
      }
      json::append_rounded(each.member("weight"), seed.weight);
      each.close();
    });
  }

  void filter(json::ObjectWriter& out, const Filter& said) {
    json::ObjectWriter parts(out.member("filter"));
    if (!said.genres.empty()) {
      list(parts, "genres", said.genres, [&](std::uint32_t genre) {
        if (const std::string* known = catalogue_.genres().find(genre)) {
          json::append_string(text_, *known);
        } else {
          text_ += "null";
        }
      });
    }
    if (said.kind != Filter::Kind::any) {
      parts.text("kind", said.kind == Filter::Kind::recorded ? "recorded" : "composed");
    }
    range(parts, "milliseconds", said.length_ms);
    range(parts, "year", said.year);
    if (said.not_heard_days > 0) {
      parts.number("not_heard_days", std::int64_t{said.not_heard_days});
    }
    parts.close();
  }

  void range(json::ObjectWriter& out, std::string_view name, const Filter::Range& said) {
    if (!said.said()) return;
    json::ObjectWriter ends(out.member(name));
    if (said.min != Filter::Range{}.min) ends.number("min", std::int64_t{said.min});
    if (said.max != Filter::Range{}.max) ends.number("max", std::int64_t{said.max});
    ends.close();
  }

  void composed(json::ObjectWriter& out, const ComposedMusic& music) {
    json::ObjectWriter setting(out.member("ai_music"));
    setting.text("mode", segue::name_of(music.setting.mode));
    for (std::size_t i = 0; i < kAiParts; ++i) {
      const bool refused = (music.setting.refused & bit_of(static_cast<AiPart>(i))) != 0;
      if (refused) setting.member(kAiPartNames[i]) += "false";
    }
    setting.close();
    if (music.budget.filled != 0) {
      json::append_rounded(out.member("may_be_composed"), music.budget.tokens);
    }
    if (music.offer) out.text("offered", phrase_of(music.offer->wished));
    if (music.job_wish != 0) out.text("composed_last", format_time(music.job_at));
    list(out, "composed_tracks_of_the_session", music.heard, [&](TrackId id) { track(text_, id); });
    out.number("early_skips", std::uint64_t{music.early_skips});
  }

  void kind(json::ObjectWriter& out, std::string_view name, std::uint32_t asked,
            const player::Kinds& kinds) {
    if (asked == 0) return;
    if (const std::string* known = kinds.find(asked)) {
      out.text(name, *known);
    } else {
      out.member(name) += "null";
    }
  }

  template <class Values, class Write>
  void list(json::ObjectWriter& out, std::string_view name, const Values& values, Write write) {
    out.member(name) += '[';
    bool first = true;
    for (const auto& value : values) {
      if (!first) text_ += ',';
      first = false;
      write(value);
    }
    text_ += ']';
  }

  void taste(json::ObjectWriter& out, float plays, Micros last) {
    json::append_rounded(out.member("plays"), plays);
    out.text("last", format_time(last));
    out.close();
  }

  // `unnamed`: a name is kept where somebody has heard the track to its end. The number that stands
  // for one that was only begun or hidden says nothing to its listener.
  void track(std::string& text, TrackId id) {
    json::ObjectWriter out(text);
    if (const CatalogEntry* entry = catalogue_.find(id)) {
      out.text("track_id", entry->track_id);
      if (!entry->title.empty()) out.text("title", entry->title);
      if (!entry->artist.empty()) out.text("artist", entry->artist);
    } else if (const auto found = named_.find(id.value); found != named_.end()) {
      out.text("track_id", found->second.id);
      if (!found->second.title.empty()) out.text("title", found->second.title);
      const std::string_view artist = name_of(found->second.artist);
      if (!artist.empty()) out.text("artist", artist);
    } else {
      out.member("unnamed") += "true";
    }
    out.close();
  }

  void artist(std::string& text, ArtistId id) {
    json::ObjectWriter out(text);
    if (const auto* known = catalogue_.find(id)) {
      out.text("artist_id", known->id);
      if (!known->name.empty()) out.text("name", known->name);
    } else if (const auto found = named_.find(id.value); found != named_.end()) {
      out.text("artist_id", found->second.id);
      if (!found->second.title.empty()) out.text("name", found->second.title);
    } else {
      out.member("unnamed") += "true";
    }
    out.close();
  }

  // Listeners' name for an artist whom the catalogue does not have: none takes its artists' names.
  std::string_view name_of(ArtistId artist) const {
    if (catalogue_.find(artist) != nullptr) return {};
    const auto found = named_.find(artist.value);
    return found == named_.end() ? std::string_view{} : found->second.title;
  }

  std::string& text_;
  const player::HeldCatalog& catalogue_;
  struct Named {
    std::string_view id;
    std::string_view title;
    ArtistId artist;
  };
  std::unordered_map<std::uint64_t, Named> named_;  // what the catalogue does not have, by hash
};

}  // namespace

std::vector<ItemId> unnamed(const Listener& listener, const player::HeldCatalog& catalogue) {
  std::vector<ItemId> all;
  const auto track = [&](TrackId id) {
    if (id && catalogue.find(id) == nullptr) all.push_back(item_of(id));
  };
  const auto artist = [&](ArtistId id) {
    if (id && catalogue.find(id) == nullptr) all.push_back(item_of(id));
  };
  const auto heard = [&](const auto& each) {
    track(each.track);
    artist(each.artist);
  };
  if (listener.playing) heard(*listener.playing);
  std::ranges::for_each(listener.context, heard);
  std::ranges::for_each(listener.skips, heard);
  for (const Repeat& repeat : listener.repeats) track(repeat.track);
  for (const ArtistTaste& liked : listener.artists) artist(liked.artist);
  std::ranges::for_each(listener.hidden_tracks, track);
  std::ranges::for_each(listener.composed.heard, track);
  std::ranges::for_each(listener.hidden_artists, artist);
  if (const auto& request = listener.request) {
    std::ranges::for_each(request->excluded_tracks, track);
    std::ranges::for_each(request->excluded_artists, artist);
    std::ranges::for_each(request->queued, track);
    track(request->seed);
    for (const Seed& seed : request->seeds) {
      track(seed.track);
      artist(seed.artist);
    }
  }
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

std::string export_text(const Player& player, const Kept& kept,
                        const player::HeldCatalog& catalogue) {
  std::string text;
  json::ObjectWriter out(text);
  out.text("pseudonym", player.listener);
  if (kept.listener != nullptr) {
    json::ObjectWriter state(out.member("state"));
    Exporter(text, kept, catalogue).write(state, *kept.listener);
    state.close();
  } else {
    out.member("state") += "null";
  }
  std::string& list = out.member("list");
  if (kept.list != nullptr) {
    list += player::list_text(
        {.version = kept.list->version, .published = {}, .snapshot = *kept.list}, catalogue);
  } else {
    list += "null";
  }
  out.close();
  return text;
}

std::vector<std::string> notes_on(const Listener& listener, TrackId track, ArtistId artist) {
  std::vector<std::string> notes;
  const auto holds = [](const auto& ids, auto id) {
    return std::ranges::find(ids, id) != ids.end();
  };
  if (holds(listener.hidden_tracks, track)) notes.emplace_back("You hid this track.");
  if (artist && holds(listener.hidden_artists, artist)) {
    notes.emplace_back("You hid this artist.");
  }
  const auto repeat = std::ranges::find(listener.repeats, track, &Repeat::track);
  const auto plays = repeat == listener.repeats.end() ? 0L : std::lround(repeat->plays);
  if (plays > 0) {
    notes.push_back("You have played it about " +
                    (plays == 1 ? "once" : std::to_string(plays) + " times") + " lately.");
  }
  if (std::ranges::find(listener.skips, track, &SkippedTrack::track) != listener.skips.end()) {
    notes.emplace_back("You skipped it in this session.");
  }
  if (listener.request && holds(listener.request->excluded_tracks, track)) {
    notes.emplace_back("You asked to leave it out.");
  }
  return notes;
}

}  // namespace segue::gateway
