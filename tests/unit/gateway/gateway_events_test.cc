#include "producers/gateway/log/events.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "core/words/printed.h"
#include "tests/unit/twins.h"

namespace segue::gateway {
namespace {

constexpr Micros kArrived = 1'790'000'000 * kSecond;
const Player kAda{.subject = "ada", .listener = "pseudonym-of-ada", .expires = kArrived + kHour};

class EventReaderTest : public testing::Test {
 protected:
  EventReaderTest() {
    CatalogEntry entry;
    entry.track_id = "t-1";
    entry.artist_id = "a-1";
    entry.genre = "Jazz";
    entry.mood = "calm";
    Record record;
    record.key = "t-1";
    record.value = encode(entry);
    catalogue.take(record);
    entry.track_id = "t-named";
    entry.title = "Evening, slower";
    entry.artist = "A machine";
    record.key = "t-named";
    record.value = encode(entry);
    catalogue.take(record);
  }

  Result<ReadEvents> read(std::string_view body) {
    return reader.read(body, kAda, catalogue, kArrived);
  }
  ReadEvent one(std::string_view body) {
    auto events = read(body);
    EXPECT_TRUE(events) << body;
    if (!events) return {};
    EXPECT_EQ(events->size(), 1U);
    EXPECT_TRUE(events->front()) << events->front().error().detail;
    return events->front() ? *events->front() : ReadEvent();
  }
  Reason refused(std::string_view body) {
    const auto events = read(body);
    if (!events) return events.error().reason;
    EXPECT_FALSE(events->front()) << body;
    return events->front() ? Reason::quarantined : events->front().error().reason;
  }

  player::HeldCatalog catalogue{10};
  EventReader reader;
};

std::string header_of(const ReadEvent& event, std::string_view name) {
  for (const Header& header : event.record.headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

TEST_F(EventReaderTest, names_make_an_artist_and_give_way_to_the_catalogues) {
  const std::string unknown =
      one(
          R"({"event": {"type": "playback.completed", "time": "2026-09-21T14:00:00Z",
          "track_id": "x", "title": "J\u00F3ga", "artist": "Bj\u00F6rk"}})")
          .record.value;
  EXPECT_NE(unknown.find(R"("artist_id":")" + made_artist_id("bj\u00F6rk")), std::string::npos)
      << unknown;
  EXPECT_NE(unknown.find("J\u00F3ga"), std::string::npos);

  const std::string of_nulls =
      one(
          R"({"event": {"type": "playback.completed", "time": "2026-09-21T14:00:00Z",
          "track_id": "x", "artist_id": null, "user_id": null, "artist": "Bj\u00F6rk"}})")
          .record.value;
  EXPECT_NE(of_nulls.find(R"("artist_id":")" + made_artist_id("bj\u00F6rk")), std::string::npos)
      << of_nulls;
  EXPECT_EQ(of_nulls.find("null"), std::string::npos) << of_nulls;

  const std::string known =
      one(
          R"({"event": {"type": "playback.completed", "time": "2026-09-21T14:00:00Z",
          "track_id": "t-named", "title": "mine", "artist": "me"}})")
          .record.value;
  EXPECT_EQ(known.find("title"), std::string::npos) << known;
  EXPECT_EQ(known.find("name:"), std::string::npos) << known;
}

TEST_F(EventReaderTest, names_that_the_catalogue_lacks_are_kept) {
  const std::string named =
      one(
          R"({"event": {"type": "playback.completed", "time": "2026-09-21T14:00:00Z",
          "track_id": "t-1", "title": "mine", "artist": "me"}})")
          .record.value;

  EXPECT_NE(named.find(R"("title":"mine","artist":"me")"), std::string::npos) << named;
  EXPECT_NE(named.find(R"("artist_id":"a-1")"), std::string::npos) << named;
}

TEST_F(EventReaderTest, a_byte_order_mark_says_nothing) {
  const ReadEvent event =
      one("\xEF\xBB\xBF"
          R"({"event": {"type": "playback.completed", "track_id": "t-2",
          "time": "2026-09-21T14:00:00Z"}})");

  EXPECT_EQ(event.type, EventType::playback_completed);
}

TEST_F(EventReaderTest, a_number_of_any_size_costs_at_most_its_event) {
  const std::string begin =
      R"({"type":"playback.skipped","time":"2026-09-21T02:13:20Z","track_id":"t-2",)";
  const auto events = read("[" + begin + R"("player":123456789012345678901234567890},)" + begin +
                           R"("played_ms":99999999999999999999},)" + begin + R"("gain":1e999}])");

  ASSERT_TRUE(events) << events.error().detail;
  ASSERT_EQ(events->size(), 3U);
  EXPECT_TRUE((*events)[0]);
  ASSERT_FALSE((*events)[1]);
  EXPECT_EQ((*events)[1].error().reason, Reason::bad_field);
  EXPECT_TRUE((*events)[1].error().detail.starts_with("played_ms")) << (*events)[1].error().detail;
  EXPECT_TRUE((*events)[2]);
}

TEST_F(EventReaderTest, a_plain_event_is_wrapped) {
  const ReadEvent event = one(
      R"({"event": {"type": "playback.skipped", "id": "e-1", "session_id": "s", "seq": 3,
          "time": "2026-09-21T02:13:20Z", "track_id": "t-2", "played_ms": 900}})");

  EXPECT_EQ(event.type, EventType::playback_skipped);
  EXPECT_EQ(event.record.key, "pseudonym-of-ada");
  EXPECT_EQ(header_of(event, "ce_type"), "segue.playback.skipped.v1");
  EXPECT_EQ(header_of(event, "ce_id"), "e-1");
  EXPECT_EQ(header_of(event, "ce_source"), "/segue/gateway");
  EXPECT_EQ(event.record.value,
            R"({"user_id":"pseudonym-of-ada","session_id":"s","seq":3,)"
            R"("time":"2026-09-21T02:13:20Z","track_id":"t-2","played_ms":900})");
}

TEST_F(EventReaderTest, a_cloudevent_keeps_its_envelope) {
  const ReadEvent event = one(
      R"({"specversion": "1.0", "id": "e-2", "source": "/app", "type": "segue.playback.started.v1",
          "time": "2026-09-21T02:13:20Z",
          "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
          "data": {"user_id": "ada", "track_id": "t-1", "type": "kept"}})");

  EXPECT_EQ(header_of(event, "ce_id"), "e-2");
  EXPECT_EQ(header_of(event, "ce_time"), "2026-09-21T02:13:20Z");
  EXPECT_EQ(header_of(event, "traceparent"),
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  EXPECT_EQ(event.record.value,
            R"({"user_id":"pseudonym-of-ada","artist_id":"a-1","track_id":"t-1","type":"kept"})");
}

TEST_F(EventReaderTest, an_event_without_a_trace_takes_the_requests) {
  constexpr std::string_view kOfRequest = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  constexpr std::string_view kOwn = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const auto trace = [&](std::string_view event, std::string_view of_request) {
    const auto events = reader.read(event, kAda, catalogue, kArrived, of_request);
    return header_of(*events->front(), "traceparent");
  };
  constexpr std::string_view kPlain = R"({"event": {"type": "playback.completed", "track_id": "t-1",
      "time": "2026-09-21T02:13:20Z"}})";
  const std::string enveloped =
      R"({"specversion": "1.0", "id": "e-2", "source": "/app", "type": "segue.playback.started.v1",
          "time": "2026-09-21T02:13:20Z", "data": {"track_id": "t-1"}, "traceparent": ")";

  EXPECT_EQ(trace(kPlain, kOfRequest), kOfRequest);
  EXPECT_EQ(trace(enveloped + std::string(kOwn) + "\"}", kOfRequest), kOwn);
  EXPECT_EQ(trace(enveloped + "no trace\"}", kOfRequest), kOfRequest);
  EXPECT_EQ(trace(kPlain, "no trace"), "");
}

TEST_F(EventReaderTest, the_catalogue_names_the_artist) {
  const ReadEvent known =
      one(R"({"event":{"type":"playback.started","time":"2026-09-21T02:13:20Z",)"
          R"("track_id":"t-1","artist_id":"a-liar"}})");
  const ReadEvent unknown =
      one(R"({"event":{"type":"playback.started","time":"2026-09-21T02:13:20Z",)"
          R"("track_id":"t-9","artist_id":"a-9"}})");

  EXPECT_NE(known.record.value.find(R"("artist_id":"a-1")"), std::string::npos);
  EXPECT_EQ(known.record.value.find("a-liar"), std::string::npos);
  EXPECT_NE(unknown.record.value.find(R"("artist_id":"a-9")"), std::string::npos);
}

TEST_F(EventReaderTest, a_prompt_adds_what_it_names_and_the_request_does_not_say) {
  const auto wishes = [&](const std::string& said) {
    const ReadEvent event = one(R"({"event":{"type":"request.made","time":"2026-09-21T02:13:20Z",)"
                                R"("session_id":"s",)" +
                                said + R"("prompt":"calm JAZZ, please"}})");
    const std::string& value = event.record.value;
    const std::size_t user_end = value.find(R"(",)") + 2;
    return value.substr(user_end, value.find(R"("session_id")") - user_end);
  };

  EXPECT_EQ(wishes(""), R"("genre":"Jazz","mood":"calm",)"
                        R"("time":"2026-09-21T02:13:20Z",)");
  EXPECT_EQ(wishes(R"("genre":"polka",)"), R"("mood":"calm","time":"2026-09-21T02:13:20Z",)");
  EXPECT_EQ(one(R"({"event":{"type":"request.made","time":"2026-09-21T02:13:20Z",)"
                R"("session_id":"s","genre":null,"prompt":"jazz"}})")
                .record.value.find("null"),
            std::string::npos)
      << "null says nothing";
}

TEST_F(EventReaderTest, a_request_that_was_parsed_keeps_the_members_that_count) {
  static constexpr std::array<std::string_view, 2> kMembers = {"prompt", "seq"};
  simdjson::dom::parser parser;
  const simdjson::dom::object body = parser.parse(
      R"({"id":"r-1","type":"x","time":"2001-01-01T00:00:00Z","artist":"me","user_id":"bob","prompt":"jazz"})"_padded);

  const auto request = reader.read_request(body, kMembers, kAda, catalogue, kArrived);

  ASSERT_TRUE(request) << request.error().detail;
  EXPECT_EQ(request->type, EventType::request_made);
  EXPECT_EQ(request->record.value, R"({"user_id":"pseudonym-of-ada","time":")" +
                                       format_time(kArrived) +
                                       R"(","genre":"Jazz","prompt":"jazz"})");
}

TEST_F(EventReaderTest, a_prompt_is_read_to_its_2000th_character_in_any_alphabet) {
  const auto named_after = [&](std::size_t characters) {
    std::string prompt;
    for (std::size_t i = 0; i < characters; ++i) prompt += i + 1 < characters ? "ж" : " ";
    return one(R"({"event":{"type":"request.made","time":"2026-09-21T02:13:20Z",)"
               R"("session_id":"s","prompt":")" +
               prompt + R"(jazz"}})")
               .record.value.find(R"("genre":"Jazz")") != std::string::npos;
  };

  EXPECT_TRUE(named_after(1'996));
  EXPECT_FALSE(named_after(1'997));
}

TEST_F(EventReaderTest, only_a_requests_prompt_adds_anything) {
  const ReadEvent event = one(R"({"event":{"type":"session.ended","time":"2026-09-21T02:13:20Z",)"
                              R"("session_id":"s","prompt":"calm jazz"}})");

  EXPECT_EQ(event.record.value.find("Jazz"), std::string::npos) << event.record.value;
  EXPECT_EQ(event.record.value.find(R"("mood")"), std::string::npos) << event.record.value;
}

TEST_F(EventReaderTest, the_listeners_own_id_never_passes) {
  const ReadEvent event = one(R"({"event":{"type":"session.ended","time":"2026-09-21T02:13:20Z",)"
                              R"("session_id":"s","user_id":"ada"}})");

  EXPECT_EQ(event.record.value.find("\"ada\""), std::string::npos);
}

TEST_F(EventReaderTest, another_listeners_event_is_refused) {
  EXPECT_EQ(refused(R"({"event":{"type":"session.ended","time":"2026-09-21T02:13:20Z",)"
                    R"("session_id":"s","user_id":"bob"}})"),
            Reason::wrong_key);
  // The last of two counts for no one.
  EXPECT_EQ(refused(R"({"event":{"type":"session.ended","time":"2026-09-21T02:13:20Z",)"
                    R"("session_id":"s","user_id":"ada","user_id":"bob"}})"),
            Reason::wrong_key);
  EXPECT_EQ(refused(R"({"event":{"type":"session.ended","user_id":7}})"), Reason::wrong_key);
}

TEST_F(EventReaderTest, what_a_recommender_would_refuse_is_refused_here) {
  EXPECT_EQ(refused("{"), Reason::malformed);
  EXPECT_EQ(refused("[]"), Reason::missing_field);
  EXPECT_EQ(refused("{}"), Reason::missing_field);
  EXPECT_EQ(refused("[7]"), Reason::malformed);
  EXPECT_EQ(refused(R"({"event":7})"), Reason::malformed);
  EXPECT_EQ(refused(R"({"event":{"time":"2026-09-21T02:13:20Z"}})"), Reason::missing_type);
  EXPECT_EQ(refused(R"({"event":{"type":"session.ended","session_id":"s"}})"),
            Reason::missing_field);
  EXPECT_EQ(refused(R"({"event":{"type":"session.ended","time":"yesterday"}})"), Reason::bad_time);
  EXPECT_EQ(refused(R"({"event":{"type":"session.ended","time":"2199-01-01T00:00:00Z"}})"),
            Reason::bad_time);
  EXPECT_EQ(refused(R"({"specversion":"0.3","id":"1","type":"segue.session.ended.v1"})"),
            Reason::unknown_version);
  EXPECT_EQ(refused(R"({"specversion":"1.0","type":"segue.session.ended.v1","data":{}})"),
            Reason::missing_field);
  EXPECT_EQ(
      refused(R"({"specversion":"1.0","id":"1","source":"/a","type":"segue.session.ended.v2",)"
              R"("data":{"time":"2026-09-21T02:13:20Z"}})"),
      Reason::unknown_version);
  EXPECT_EQ(refused(R"({"event":)" + std::string(40, '[') + std::string(40, ']') + "}"),
            Reason::too_deep);
}

TEST_F(EventReaderTest, one_bad_event_of_a_batch_leaves_the_others) {
  const auto events =
      read(R"({"events":[{"type":"session.ended","time":"2026-09-21T02:13:20Z","session_id":"s"},)"
           R"({"type":"playback.started","time":"2026-09-21T02:13:20Z"}]})");

  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 2U);
  EXPECT_TRUE((*events)[0]);
  EXPECT_FALSE((*events)[1]);
}

TEST_F(EventReaderTest, what_becomes_a_header_has_an_end) {
  const auto plain = [](const std::string& type, const std::string& id) {
    return R"({"event":{"type":")" + type + R"(","id":")" + id +
           R"(","time":"2026-09-21T02:13:20Z"}})";
  };
  const auto timed = [](const std::string& time) {
    return R"({"specversion":"1.0","id":"1","source":"/a","type":"session.ended","time":")" + time +
           R"(","data":{"time":"2026-09-21T02:13:20Z"}})";
  };

  one(plain(std::string(128, 'x'), "1"));
  EXPECT_EQ(refused(plain(std::string(129, 'x'), "1")), Reason::bad_field);
  one(timed(std::string(64, '0')));
  EXPECT_EQ(refused(timed(std::string(65, '0'))), Reason::bad_time);
}

TEST_F(EventReaderTest, an_id_is_whole_or_refused_in_words) {
  const auto of = [](const std::string& id) {
    return R"({"event":{"type":"session.ended","id":")" + id +
           R"(","time":"2026-09-21T02:13:20Z"}})";
  };
  std::string letters;
  for (int i = 0; i < 64; ++i) letters += "é";

  EXPECT_EQ(header_of(one(of(letters)), "ce_id"), letters);
  const auto longer = read(of("a" + letters));
  ASSERT_TRUE(longer);
  ASSERT_FALSE(longer->front());
  EXPECT_EQ(longer->front().error().detail, "id is longer than 128 bytes");
}

TEST_F(EventReaderTest, a_batch_has_an_end) {
  std::string body = "[";
  for (int i = 0; i <= 500; ++i) body += i == 0 ? "{}" : ",{}";

  EXPECT_EQ(refused(body + "]"), Reason::too_large);
}

TEST_F(EventReaderTest, an_event_over_64_kib_is_refused_headers_and_all) {
  const auto of = [&](std::size_t bytes) {
    return R"({"event":{"id":"1","type":"session.ended","time":"2026-09-21T02:13:20Z","x":")" +
           std::string(bytes, 'x') + "\"}}";
  };
  const ReadEvent small = one(of(0));
  std::size_t rest = small.record.key.size() + small.record.value.size();
  for (const Header& each : small.record.headers) rest += each.name.size() + each.value.size();

  one(of(kEventBytesMax - rest));
  EXPECT_EQ(refused(of(kEventBytesMax - rest + 1)), Reason::too_large);
  EXPECT_EQ(refused(R"({"event":{"type":"session.ended","time":"2026-09-21T02:13:20Z","x":")" +
                    std::string(kEventBytesMax, 'x') + "\"}}"),
            Reason::too_large);
}

TEST_F(EventReaderTest, a_twin_of_a_catalogues_id_is_refused) {
  const twins::Twins track = twins::find("t-");
  const twins::Twins artist = twins::find("a-", twins::kOfArtists);
  CatalogEntry entry;
  entry.track_id = track.text;
  entry.artist_id = artist.text;
  Record record;
  record.key = entry.track_id;
  record.value = encode(entry);
  catalogue.take(record);
  const auto event = [](const std::string& field, const std::string& id) {
    return R"({"event":{"type":"playback.started","session_id":"s","play_id":"p","time":")" +
           format_time(kArrived) + R"(","track_id":"t-2",")" + field + "\":\"" + id + "\"}}";
  };

  ASSERT_EQ(track_id(track.text), track_id(track.twin));
  EXPECT_EQ(
      refused(R"({"event":{"type":"playback.started","session_id":"s","play_id":"p","time":")" +
              format_time(kArrived) + R"(","track_id":")" + track.twin + "\"}}"),
      Reason::bad_field);
  EXPECT_EQ(refused(event("artist_id", artist.twin)), Reason::bad_field);
  one(event("artist_id", artist.text));
}

TEST_F(EventReaderTest, a_twin_in_the_catalogue_replaces_no_id) {
  const twins::Twins ids = twins::find("t-");
  const auto take = [&](const std::string& id, const std::string& title, bool there = true) {
    CatalogEntry entry;
    entry.track_id = id;
    entry.title = title;
    Record record;
    record.key = id;
    if (there) record.value = encode(entry);
    catalogue.take(record);
  };

  take(ids.text, "First");
  take(ids.twin, "Second");
  take(ids.twin, "", false);

  ASSERT_NE(catalogue.find_track(ids.text), nullptr);
  EXPECT_EQ(catalogue.find_track(ids.text)->title, "First");
  EXPECT_EQ(catalogue.find_track(ids.twin), nullptr);
}

}  // namespace
}  // namespace segue::gateway
