#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <random>

#include "consumers/tail/latencies.h"
#include "consumers/tail/latest_versions.h"
#include "consumers/tail/message.h"
#include "consumers/tail/movement.h"
#include "consumers/tail/screen.h"
#include "consumers/tail/summary.h"
#include "consumers/tail/titles.h"
#include "core/item/catalog.h"

namespace segue::tail {
namespace {

namespace bj = boost::json;

constexpr std::string_view kMessage = R"({
  "rec_id": "segue.events.v1/3/190/0", "version": 190, "user_id": "u-1", "later": [1],
  "cause": {"id": "e-6", "type": "playback.completed"},
  "event_time": "2026-11-21T20:06:07.250Z", "event_received": "2026-11-21T20:06:07.931Z",
  "items": [
    {"track_id": "t-5", "artist_id": "a-31", "title": "Blue in Green", "artist": "Miles Davis",
     "score": 2.125, "reasons": [{"source": "follows", "text": "after So What", "part": 1.6},
                                 {"source": "artist", "text": "you stay", "part": 0.625},
                                 {"source": "skips", "text": "you skipped it", "part": -0.1}]},
    {"track_id": "t-9", "score": 1, "artist_id": "a-2"}],
  "previous": {"rank": 3, "candidate": true, "new": false}})";

SeenRecommendation seen(std::string user_id, std::int64_t version, Micros received,
                        std::int32_t rank) {
  return {.user_id = std::move(user_id),
          .version = version,
          .event_received = received,
          .tracks = {},
          .previous = Score{.rank = rank}};
}

Record catalog_record(const std::string& track_id, const std::string& title) {
  CatalogEntry entry;
  entry.track_id = track_id;
  entry.title = title;
  Record record;
  record.key = track_id;
  record.value = encode(entry);
  return record;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(Latencies, percentiles_are_within_two_percent_of_sorted_values) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> latency(9, 1.5);
  Latencies latencies;
  std::vector<Micros> values;
  for (int i = 0; i < 20'000; ++i) {
    values.push_back(static_cast<Micros>(latency(random)));
    latencies.add(values.back());
  }
  std::sort(values.begin(), values.end());

  for (const double share : {0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto at = static_cast<std::size_t>(std::ceil(share * 20'000)) - 1;
    const auto exact = static_cast<double>(values[at]);
    EXPECT_NEAR(static_cast<double>(*latencies.percentile(share)), exact, exact * 0.01 + 0.5);
  }
}

TEST(Latencies, hold_every_value_from_below_nothing_to_too_long) {
  for (const Micros value : {Micros{0}, Micros{1}, Micros{127}, Micros{128}, Micros{129},
                             Micros{255}, Micros{256}, Micros{1} << 35}) {
    Latencies latencies;
    latencies.add(value);
    EXPECT_NEAR(static_cast<double>(*latencies.percentile(1)), static_cast<double>(value),
                static_cast<double>(value) * 0.01 + 0.5);
  }
  Latencies odd;
  odd.add(-5);
  EXPECT_EQ(odd.percentile(0.5), 0);
  odd.add(Micros{1} << 60);
  EXPECT_NEAR(static_cast<double>(*odd.percentile(1)), 68.7e9, 1e9);
  EXPECT_EQ(Latencies{}.percentile(0.5), std::nullopt);
}

TEST(LatestVersions, take_only_what_is_newer) {
  LatestVersions versions(10);

  EXPECT_TRUE(versions.take("u-1", 0));
  EXPECT_FALSE(versions.take("u-1", 0));
  EXPECT_TRUE(versions.take("u-1", 5));
  EXPECT_FALSE(versions.take("u-1", 4));
  EXPECT_TRUE(versions.take("u-2", 4));
}

TEST(LatestVersions, forget_the_listener_met_first_when_full) {
  LatestVersions versions(2);
  versions.take("u-1", 1);
  versions.take("u-2", 1);
  versions.take("u-3", 1);

  EXPECT_FALSE(versions.take("u-2", 1));
  EXPECT_FALSE(versions.take("u-3", 1));
  EXPECT_TRUE(versions.take("u-1", 1));
}

TEST(Message, a_recommendation_is_read) {
  const auto read = read_recommendation(kMessage);

  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->user_id, "u-1");
  EXPECT_EQ(read->version, 190);
  EXPECT_EQ(format_time(read->event_received), "2026-11-21T20:06:07.931Z");
  ASSERT_EQ(read->tracks.size(), 2U);
  EXPECT_EQ(read->tracks[0].title, "Blue in Green");
  EXPECT_EQ(read->tracks[0].reasons, (std::vector<std::string>{"after So What", "you stay"}));
  EXPECT_EQ(read->tracks[1].score, 1);
  EXPECT_EQ(read->tracks[1].artist, "a-2");
  EXPECT_EQ(read->previous->rank, 3);
  EXPECT_TRUE(read->previous->candidate);
}

TEST(Message, what_is_no_recommendation_is_refused_with_its_reason) {
  EXPECT_EQ(read_recommendation("{").error().reason, Reason::malformed);
  EXPECT_EQ(read_recommendation("[]").error().reason, Reason::malformed);
  EXPECT_EQ(read_recommendation("{}").error().reason, Reason::missing_field);
  EXPECT_EQ(read_recommendation(R"({"user_id":"u"})").error().reason, Reason::missing_field);
  EXPECT_EQ(read_recommendation(R"({"user_id":"u","version":1.5})").error().reason,
            Reason::bad_field);
  EXPECT_EQ(read_recommendation(R"({"user_id":"u","version":1})").error().reason,
            Reason::bad_field);
}

TEST(Message, lines_are_one_json_object_each) {
  Titles titles(10);
  titles.take(catalog_record("t-5", "Say \"so\""));
  Event event;
  event.type = EventType::playback_completed;
  event.id = "e-6";
  event.track_name = "t-5";

  const std::string printed = event_line(event, "{\n \"track_id\": \"t-5\"\n}\n", titles);
  const std::string bare = event_line(event, " { } ", titles);
  const std::string list = recommendation_line(kMessage);

  const bj::object object = bj::parse(printed).at("event").as_object();
  EXPECT_EQ(object.at("type"), "playback.completed");
  EXPECT_EQ(object.at("id"), "e-6");
  EXPECT_EQ(object.at("title"), "Say \"so\"");
  EXPECT_EQ(object.at("track_id"), "t-5");
  EXPECT_TRUE(bj::parse(bare).at("event").is_object());
  EXPECT_EQ(bj::parse(list).at("recommendation").at("version"), 190);
  EXPECT_FALSE(has(printed + bare + list, "\n"));
}

TEST(Movement, tells_risen_fallen_kept_and_new) {
  using Kind = Movement::Kind;

  const auto moves = movements({"a", "b", "c"}, {"c", "b", "d", "a"});

  EXPECT_EQ(moves,
            (std::vector<Movement>{{Kind::up, 2}, {Kind::same}, {Kind::entered}, {Kind::down, 3}}));
  EXPECT_EQ(movements({}, {"a"}), (std::vector<Movement>{{Kind::unknown}}));
}

TEST(Titles, are_bounded_and_go_with_a_tombstone) {
  Titles titles(1);
  titles.take(catalog_record("t-1", "One"));
  titles.take(catalog_record("t-2", "Two"));
  EXPECT_NE(titles.find("t-1"), nullptr);
  EXPECT_EQ(titles.find("t-2"), nullptr);

  Record gone = catalog_record("t-1", "");
  gone.value.reset();
  titles.take(gone);
  Record odd = catalog_record("t-3", "");
  odd.value = "no catalogue";
  titles.take(odd);
  EXPECT_EQ(titles.find("t-1"), nullptr);
  EXPECT_EQ(titles.find("t-3"), nullptr);
}

TEST(Summary, times_and_scores_each_recommendation_once) {
  const Micros start = 1'000 * kSecond;
  Summary summary(start, Summary::Counted::since_start);
  summary.event(start, start);
  summary.recommendation(seen("u-1", 1, start + kMillisecond, 2), start + 5 * kMillisecond);
  summary.recommendation(seen("u-1", 1, start + kMillisecond, 2), start + 9 * kMillisecond);
  summary.recommendation(seen("u-2", 1, start + kMillisecond, 21), start + 5 * kMillisecond);
  summary.recommendation(seen("u-3", 1, start + kMillisecond, 0), start + 5 * kMillisecond);

  const Figures figures = summary.figures(start + 4 * kSecond);

  EXPECT_EQ(figures.events, 1U);
  EXPECT_EQ(figures.recommendations, 3U);
  EXPECT_EQ(figures.seconds, 4);
  EXPECT_EQ(figures.recommendations_per_second, 0.75);
  EXPECT_NEAR(*figures.p50_ms, 4, 0.04);
  EXPECT_NEAR(*figures.p99_ms, 4, 0.04);
  EXPECT_EQ(figures.scored, 3U);
  EXPECT_NEAR(*figures.hit_rate_at_20, 1.0 / 3, 1e-12);
  EXPECT_NEAR(*figures.mrr_at_20, 0.5 / 3, 1e-12);
}

TEST(Summary, what_was_received_before_the_start_is_never_timed) {
  const Micros start = 1'000 * kSecond + 500;
  Summary recent(start, Summary::Counted::since_start);
  Summary whole(start, Summary::Counted::whole_log);

  for (Summary* summary : {&recent, &whole}) {
    summary->event(start - kSecond, start);
    summary->recommendation(seen("u-1", 1, start - kSecond, 1), start);
  }

  EXPECT_EQ(recent.figures(start).events, 0U);
  EXPECT_EQ(recent.figures(start).recommendations, 0U);
  EXPECT_EQ(whole.figures(start).events, 1U);
  EXPECT_EQ(whole.figures(start).recommendations, 1U);
  EXPECT_EQ(whole.figures(start).p50_ms, std::nullopt);
}

TEST(Summary, an_event_of_the_starting_millisecond_counts) {
  const Micros start = 1'000 * kSecond + 999;
  Summary summary(start, Summary::Counted::since_start);

  summary.event(1'000 * kSecond, start);

  EXPECT_EQ(summary.figures(start).events, 1U);
}

TEST(Summary, its_line_is_json_with_null_where_nothing_was_measured) {
  const bj::value nothing = bj::parse(json_of(Figures{}));

  EXPECT_EQ(nothing.at("events"), 0);
  EXPECT_TRUE(nothing.at("event_to_recommendation_ms").at("p50").is_null());
  EXPECT_TRUE(nothing.at("hit_rate_at_20").is_null());
  EXPECT_EQ(nothing.as_object().size(), 10U);
}

TEST(Summary, its_line_for_people_shows_the_rate_since_the_line_before) {
  Figures before;
  before.seconds = 10;
  before.events = 1'000;
  Figures now = before;
  now.seconds = 12;
  now.events = 2'000;
  now.p50_ms = 4.25;

  const std::string line = line_of(now, before);

  EXPECT_TRUE(has(line, "2000 (500/s)")) << line;
  EXPECT_TRUE(has(line, "p50 4.2 ms")) << line;
}

TEST(Summary, lists_of_earlier_events_are_said_apart_while_they_come) {
  const Micros start = 1'000 * kSecond;
  Summary summary(start, Summary::Counted::since_start);
  summary.recommendation(seen("u-1", 1, start - kSecond, 1), start);
  const Figures late = summary.figures(start + kSecond);

  EXPECT_EQ(late.recommendations, 0U);
  EXPECT_EQ(late.earlier, 1U);
  EXPECT_TRUE(has(line_of(late, Figures{}), "recommendations 0 (0/s), and 1 of events before"));
  EXPECT_FALSE(has(line_of(late, late), "of events before"));
}

TEST(Screen, shows_the_first_five_with_reasons_and_movement) {
  const auto read = read_recommendation(kMessage);
  const Screen screen(Screen::Colour::no);

  const std::string text = screen.recommendation(*read, {"t-9"});

  EXPECT_TRUE(has(text, "it was number 3")) << text;
  EXPECT_TRUE(has(text, "1 new  Blue in Green · Miles Davis")) << text;
  EXPECT_TRUE(has(text, "██████████  after So What · you stay")) << text;
  EXPECT_TRUE(has(text, "2 ▼1")) << text;
  EXPECT_FALSE(has(text, "\x1b"));
  EXPECT_TRUE(has(Screen(Screen::Colour::yes).recommendation(*read, {}), "\x1b["));
}

TEST(Screen, an_event_names_what_was_played_and_how_much_of_it) {
  Titles titles(10);
  Event event;
  event.type = EventType::playback_skipped;
  event.time = *parse_time("2026-11-21T20:06:07.250Z");
  event.track_name = "t-5";
  event.played_fraction = 0.125F;

  const std::string text = Screen(Screen::Colour::no).event(event, titles);

  EXPECT_TRUE(has(text, "20:06:07  skipped     t-5 ")) << text;
  EXPECT_TRUE(has(text, "played 13 %")) << text;
}

TEST(Screen, shows_what_a_client_calls_a_track_and_no_id_made_of_names) {
  Titles titles(10);
  Event event;
  event.type = EventType::playback_completed;
  event.track_name = "name:692a000000000000";
  event.artist_name = "name:607d000000000000";
  const Screen screen(Screen::Colour::no);
  EXPECT_TRUE(has(screen.event(event, titles), "completed   Unknown title "))
      << screen.event(event, titles);

  event.title = "J\u00F3ga";
  event.artist_title = "Bj\u00F6rk";
  EXPECT_TRUE(has(screen.event(event, titles), "J\u00F3ga · Bj\u00F6rk "));

  const auto read = read_recommendation(
      R"({"user_id":"u","version":1,"event_received":"2026-11-21T20:06:07.931Z","items":[)"
      R"({"track_id":"mbid:98255a8c","artist_id":"name:607d000000000000","score":1}]})");
  ASSERT_TRUE(read);
  const std::string list = screen.recommendation(*read, {});
  EXPECT_TRUE(has(list, "Unknown title ")) << list;
  EXPECT_FALSE(has(list, "name:") || has(list, "mbid:")) << list;
}

TEST(Screen, text_from_the_log_cannot_command_the_terminal) {
  EXPECT_EQ(fitted("a\x1b[2J\x07\xC2\x9B", 8), "a?[2J?? ");
  EXPECT_EQ(fitted("Füße über", 4), "Füß…");
  EXPECT_EQ(fitted("Füße", 5), "Füße ");
}

}  // namespace
}  // namespace segue::tail
