#include "core/event/request_decode.h"

#include <cmath>
#include <functional>

namespace segue {
namespace {

// Types are checked; whether the composer can make it is decided where it is decided upon, so that
// the listener hears why not.
Wished read_wished(Fields& fields) {
  constexpr std::int64_t kNotSaid = -1;
  Wished wished;
  wished.genre = fields.word("genre");
  wished.mood = fields.word("mood");
  wished.key = fields.word("key");
  wished.instruments = fields.words("instruments", kInstrumentsMax);
  const std::int64_t tempo = fields.whole("tempo_bpm", 0, 1'000, kNotSaid);
  if (tempo != kNotSaid) wished.tempo_bpm = static_cast<int>(tempo);
  const double seconds = fields.number("seconds", 0, 86'400, kNotSaid);
  if (seconds != kNotSaid) wished.seconds = static_cast<float>(seconds);
  const double energy = fields.number("energy", 0, 1, kNotSaid);
  if (energy != kNotSaid) wished.energy = static_cast<float>(energy);
  return wished;
}

Seed read_seed(Fields& fields) {
  constexpr double kNotSaid = 2;
  constexpr float kWeightMin = 0.01F;  // so that products of it are numbers
  fields.only({"track_id", "artist_id", "weight"});
  Seed seed{.track = track_id(fields.item_id("track_id", Need::optional)),
            .artist = artist_id(fields.item_id("artist_id", Need::optional))};
  const bool one = static_cast<bool>(seed.track) != static_cast<bool>(seed.artist);
  if (!one) fields.fail("", "does not have one of track_id and artist_id");
  const double weight = fields.number("weight", -1, 1, kNotSaid);
  seed.weight = weight == kNotSaid ? 1 : static_cast<float>(weight);
  if (std::abs(seed.weight) < kWeightMin) {
    fields.fail("weight", "is nearer to 0 than 0.01, which says nothing");
  }
  return seed;
}

std::vector<Seed> read_seeds(Fields& fields) {
  std::vector<Seed> seeds;
  fields.objects("seeds", Request::kSeedsMax,
                 [&](Fields& each) { seeds.push_back(read_seed(each)); });
  std::ranges::stable_sort(seeds, std::ranges::greater(), &Seed::weight);
  return seeds;
}

// The ends of a range on the wire: both count, and one may be missing.
struct Ends {
  double min = 0;
  double max = 0;
  double scale = 1;  // the filter's own units in one of the wire's; 1: whole numbers
};

Filter::Range read_range(Fields& fields, std::string_view name, Ends bounds) {
  Filter::Range range;
  fields.object_at(name, [&](Fields& ends) {
    ends.only({"min", "max"});
    if (!ends.has("min") && !ends.has("max")) return ends.fail("", "has neither min nor max");
    const auto read = [&](std::string_view end, std::int32_t& into) {
      if (!ends.has(end)) return;
      const double scaled = bounds.scale * ends.number(end, bounds.min, bounds.max, bounds.min);
      into = static_cast<std::int32_t>(std::lround(scaled));
      if (bounds.scale == 1 && scaled != std::floor(scaled)) ends.fail(end, "is no whole number");
    };
    read("min", range.min);
    read("max", range.max);
    if (range.min > range.max) ends.fail("min", "is more than its max");
  });
  return range;
}

Filter::Kind read_kind(Fields& fields) {
  const std::string_view kind = fields.text("kind");
  if (kind == "recorded") return Filter::Kind::recorded;
  if (kind == "composed") return Filter::Kind::composed;
  if (fields.has("kind")) fields.fail("kind", "is not recorded or composed");
  return Filter::Kind::any;
}

// As long as the catalogue keeps them: the beginning of a long one is another.
std::vector<std::uint32_t> read_genres(Fields& fields) {
  std::vector<std::uint32_t> genres;
  for (const std::string& name : fields.words("genres", Filter::kGenresMax, kTitleBytesMax)) {
    genres.push_back(kind_hash(name));
  }
  if (fields.has("genres") && (genres.empty() || std::ranges::find(genres, 0U) != genres.end())) {
    fields.fail("genres", "is empty or holds a text without a letter");
  }
  std::ranges::sort(genres);
  genres.erase(std::unique(genres.begin(), genres.end()), genres.end());
  return genres;
}

Filter read_filter(Fields& fields) {
  constexpr double kMsPerSecond = 1'000;
  Filter filter;
  fields.object_at("filter", [&](Fields& parts) {
    parts.only({"genres", "kind", "seconds", "year", "not_heard_days"});
    filter.genres = read_genres(parts);
    filter.kind = read_kind(parts);
    filter.length_ms =
        read_range(parts, "seconds", {Filter::kSecondsMin, Filter::kSecondsMax, kMsPerSecond});
    filter.year = read_range(parts, "year", {Filter::kYearMin, Filter::kYearMax});
    filter.not_heard_days =
        static_cast<std::int32_t>(parts.whole("not_heard_days", 1, Filter::kDaysMax, 0));
  });
  return filter;
}

bool names_one_twice(const Request& request) {
  const std::vector<Seed>& seeds = request.seeds;
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    if (request.seed && seeds[i].track == request.seed) return true;
    for (std::size_t j = 0; j < i; ++j) {
      if (seeds[i].track == seeds[j].track && seeds[i].artist == seeds[j].artist) return true;
    }
  }
  return false;
}

// No list and no piece could be what both fields ask for.
void find_contradiction(Fields& fields, const Event& event) {
  constexpr float kMsPerSecond = 1'000;
  const Request& request = *event.request;
  const Filter& filter = request.filter;
  if (names_one_twice(request)) fields.fail("seeds", "names the same twice");
  if (request.genre != 0 && !filter.genres.empty() &&
      !std::ranges::binary_search(filter.genres, request.genre)) {
    fields.fail("filter.genres", "leaves out what genre asks for");
  }
  if (request.wished.seconds && !filter.length_ms.has(static_cast<std::int32_t>(
                                    std::lround(*request.wished.seconds * kMsPerSecond)))) {
    fields.fail("filter.seconds", "leaves out what seconds asks for");
  }
  if (event.generate && filter.kind == Filter::Kind::recorded) {
    fields.fail("filter.kind", "is recorded, and generate asks for a composed track");
  }
}

}  // namespace

void read_request(Fields& fields, Event& event) {
  if (event.type == EventType::session_started) {
    event.explicit_allowed = fields.flag("explicit_allowed");
  }
  if (event.type != EventType::request_made) return;
  event.request =
      Request{.excluded_tracks = fields.ids("exclude_track_ids", Request::kTracksMax, track_id),
              .excluded_artists = fields.ids("exclude_artist_ids", Request::kArtistsMax, artist_id),
              .queued = fields.ids("queued_track_ids", Request::kQueuedMax, track_id),
              .explicit_allowed = fields.flag("explicit_allowed").value_or(true),
              .adventurous = static_cast<float>(fields.number("adventurous", 0, 1, -1)),
              .seed = track_id(fields.item_id("seed_track_id", Need::optional)),
              .seeds = read_seeds(fields),
              .filter = read_filter(fields),
              .genre = kind_hash(display_text(fields.text("genre"))),
              .mood = kind_hash(display_text(fields.text("mood"))),
              .wished = read_wished(fields)};
  event.generate = fields.flag("generate").value_or(false);
  find_contradiction(fields, event);
}

}  // namespace segue
