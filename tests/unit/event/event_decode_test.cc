#include <gtest/gtest.h>

#include <random>
#include <string>

#include "core/event/event.h"

namespace segue {
namespace {

constexpr Micros kReceived = 1'795'228'013'000'000;  // 2026-11-21T02:26:53Z

Record record_of(std::string value, std::string type = "segue.playback.completed.v1") {
  Record record;
  record.offset = 41;
  record.timestamp = kReceived;
  record.key = "ada";
  record.value = std::move(value);
  record.headers = {{"ce_id", "e-1"}, {"ce_type", std::move(type)}};
  return record;
}

// A completed track with more fields.
std::string completed(const std::string& more = "") {
  return R"({"user_id":"ada","track_id":"blue","time":"2026-11-21T02:26:52Z")" + more + "}";
}

Event accepted(const Record& record) {
  EventDecoder decoder;
  const Result<Event> event = decoder.decode(record);
  EXPECT_TRUE(event) << event.error().detail;
  return event ? *event : Event{};
}

Error refused(const Record& record) {
  EventDecoder decoder;
  const Result<Event> event = decoder.decode(record);
  EXPECT_FALSE(event) << "was accepted";
  return event ? error(Reason::quarantined, "") : event.error();
}

Error refused(const std::string& value) { return refused(record_of(value)); }

TEST(EventDecode, refuses_ids_of_which_nothing_can_be_seen) {
  for (const std::string id : {" ", "\\t", "\u200B", "\u00A0\u2060", "\uFEFF", "\u2800"}) {
    const std::string quoted = "\"" + id + "\"";
    const std::string begin = R"({"user_id":"ada","time":"2026-11-21T02:26:52Z",)";
    EXPECT_EQ(refused(begin + "\"track_id\":" + quoted + "}").reason, Reason::bad_field) << id;
    EXPECT_EQ(refused(completed(",\"artist_id\":" + quoted)).reason, Reason::bad_field) << id;
    EXPECT_EQ(refused(record_of(begin + R"("target":{"type":"artist","id":)" + quoted + "}}",
                                "segue.feedback.hidden.v1"))
                  .reason,
              Reason::bad_field)
        << id;
    EXPECT_EQ(refused(record_of(begin + R"("exclude_track_ids":[)" + quoted + "]}",
                                "segue.request.made.v1"))
                  .reason,
              Reason::bad_field)
        << id;
  }
  EXPECT_EQ(accepted(record_of(completed(R"(,"artist_id":"\u200Bb")"))).artist_name, "\u200Bb");
}

TEST(EventDecode, a_byte_order_mark_says_nothing) {
  EXPECT_EQ(accepted(record_of("\xEF\xBB\xBF" + completed())).track_name, "blue");
  EXPECT_EQ(refused("\xEF\xBB\xBF\xEF\xBB\xBF" + completed()).reason, Reason::malformed);
}

TEST(EventDecode, a_field_that_is_ignored_may_hold_any_number) {
  EXPECT_EQ(accepted(record_of(completed(R"(,"player":98765432109876543210987,"gain":-1e999)")))
                .track_name,
            "blue");
  EXPECT_EQ(refused(completed(R"(,"played_ms":98765432109876543210987)")).reason,
            Reason::bad_field);
}

TEST(EventDecode, takes_what_the_record_says) {
  const Event event = accepted(record_of(completed(
      R"(,"session_id":"s","seq":7,"play_id":"p","artist_id":"miles","private_session":true)")));

  EXPECT_EQ(event.type, EventType::playback_completed);
  EXPECT_EQ(event.id, "e-1");
  EXPECT_EQ(event.user_id, "ada");
  EXPECT_EQ(event.session, session_id("s"));
  EXPECT_EQ(event.seq, 7U);
  EXPECT_EQ(event.play, play_id("p"));
  EXPECT_EQ(event.track, track_id("blue"));
  EXPECT_EQ(event.track_name, "blue");
  EXPECT_EQ(event.artist, artist_id("miles"));
  EXPECT_EQ(event.artist_name, "miles");
  EXPECT_TRUE(event.private_session);
  EXPECT_EQ(event.offset, 41);
  EXPECT_EQ(event.received, kReceived);
  EXPECT_EQ(event.time, kReceived - kSecond);
}

TEST(EventDecode, a_clock_at_its_first_second_is_a_clock) {
  const Event event =
      accepted(record_of(R"({"user_id":"ada","track_id":"blue","time":"1970-01-01T00:00:00Z",)"
                         R"("sent_at":"1970-01-01T00:00:20Z"})"));

  EXPECT_EQ(event.device_time, 0);
  EXPECT_EQ(event.time, kReceived - 20 * kSecond);
}

TEST(EventDecode, says_whose_idea_a_play_was) {
  const auto read = [](const std::string& more) { return accepted(record_of(completed(more))); };

  EXPECT_EQ(read(R"(,"reason_start":"clickrow")").started_by, StartedBy::listener);
  EXPECT_EQ(read(R"(,"reason_start":"backbtn")").started_by, StartedBy::listener);
  EXPECT_EQ(read(R"(,"reason_start":"trackdone")").started_by, StartedBy::player);
  EXPECT_EQ(read(R"(,"reason_start":"fwdbtn")").started_by, StartedBy::player);
  EXPECT_EQ(read(R"(,"reason_start":"hummed")").started_by, StartedBy::unknown);
  EXPECT_EQ(read(R"(,"reason_start":7)").started_by, StartedBy::unknown);
  EXPECT_EQ(read("").started_by, StartedBy::unknown);
  EXPECT_TRUE(read(R"(,"rec_id":"ada/7")").from_list);
  EXPECT_FALSE(read(R"(,"rec_id":null)").from_list);
  EXPECT_FALSE(read("").from_list);
}

TEST(EventDecode, a_key_must_be_the_listener) {
  Record keyless = record_of(completed());
  keyless.key.reset();
  Record strange = record_of(completed());
  strange.key = "bob";

  EXPECT_EQ(refused(keyless).reason, Reason::null_key);
  EXPECT_EQ(refused(strange).reason, Reason::wrong_key);
}

TEST(EventDecode, what_is_not_a_json_object_is_malformed) {
  Record tombstone = record_of("");
  tombstone.value.reset();

  EXPECT_EQ(refused(tombstone).reason, Reason::malformed);
  for (const std::string value : {"", "{", "[]", "7", "null", "{\"a\":1}x", "{'a':1}",
                                  "\xEF\xBB\xBF", "{\"user_id\":\"\xFF\"}"}) {
    EXPECT_EQ(refused(value).reason, Reason::malformed) << value;
  }
}

TEST(EventDecode, sixty_four_kibibytes_are_the_limit) {
  const std::string frame = completed(R"(,"x":"")");
  const auto sized = [&](std::size_t bytes) {
    return completed(R"(,"x":")" + std::string(bytes - frame.size(), 'x') + "\"");
  };

  EXPECT_EQ(sized(kEventBytesMax).size(), kEventBytesMax);
  accepted(record_of(sized(kEventBytesMax)));
  EXPECT_EQ(refused(sized(kEventBytesMax + 1)).reason, Reason::too_large);
}

TEST(EventDecode, depth_is_bounded) {
  const auto nested = [](std::size_t deep) {
    return completed(",\"x\":" + std::string(deep, '[') + std::string(deep, ']'));
  };

  accepted(record_of(nested(14)));
  EXPECT_EQ(refused(nested(16)).reason, Reason::too_deep);
  EXPECT_EQ(refused(std::string(30'000, '[') + std::string(30'000, ']')).reason, Reason::too_deep);
}

TEST(EventDecode, the_type_stands_in_a_header) {
  const auto reason = [](const std::string& type) {
    return refused(record_of(completed(), type)).reason;
  };

  EXPECT_EQ(reason(""), Reason::missing_type);
  EXPECT_EQ(reason("segue.playback.completed.v2"), Reason::unknown_version);
  EXPECT_EQ(reason("segue.playback.completed.v10"), Reason::unknown_version);
  EXPECT_EQ(reason("playback.completed.v1"), Reason::bad_field);
  EXPECT_EQ(reason("segue.playback.completed"), Reason::bad_field);
  EXPECT_EQ(reason("segue.v1"), Reason::bad_field);
  EXPECT_EQ(accepted(record_of(completed(), "segue.playback.hummed.v1")).type, EventType::other);
}

TEST(EventDecode, what_must_be_there_is_named) {
  EXPECT_EQ(refused(R"({"track_id":"t","time":"2026-11-21T02:26:52Z"})").detail,
            "user_id is missing");
  EXPECT_EQ(refused(R"({"user_id":"ada","time":"2026-11-21T02:26:52Z"})").detail,
            "track_id is missing");
  EXPECT_EQ(refused(R"({"user_id":"ada","track_id":"t"})").detail, "time is missing");
  EXPECT_EQ(refused(R"({"user_id":null,"track_id":"t"})").reason, Reason::missing_field);
  accepted(
      record_of(R"({"user_id":"ada","time":"2026-11-21T02:26:52Z"})", "segue.session.started.v1"));
}

TEST(EventDecode, fields_of_the_wrong_kind_are_named) {
  for (const std::string more :
       {R"(,"seq":0)", R"(,"seq":-1)", R"(,"seq":1.5)", R"(,"seq":"1")",
        R"(,"seq":9007199254740993)", R"(,"score":2)", R"(,"private_session":"yes")",
        R"(,"duration_ms":-1)", R"(,"played_ms":2147483648)", R"(,"played_fraction":-0.1)",
        R"(,"session_id":7)", R"(,"play_id":"")", R"(,"artist_id":[])"}) {
    const Error error = refused(completed(more));
    EXPECT_EQ(error.reason, Reason::bad_field) << more;
    EXPECT_EQ(error.detail.find(more.substr(2, more.find('"', 2) - 2)), 0U) << error.detail;
  }
}

TEST(EventDecode, ids_have_at_most_128_bytes) {
  const std::string longest(kIdBytesMax, 'x');

  EXPECT_EQ(accepted(record_of(completed(",\"session_id\":\"" + longest + "\""))).session,
            session_id(longest));
  EXPECT_EQ(refused(completed(",\"session_id\":\"" + longest + "x\"")).reason, Reason::bad_field);
}

TEST(EventDecode, the_header_id_stays_readable_text) {
  Record record = record_of(completed());
  record.headers[0].value = std::string(127, 'x') + "\u00e9";  // cut inside the last letter
  EXPECT_EQ(accepted(record).id, std::string(127, 'x'));

  record.headers[0].value = "\xFF\xFE";
  EXPECT_EQ(refused(record).reason, Reason::bad_field);
}

TEST(EventDecode, times_are_utc_and_hardly_ahead) {
  const auto at = [](const std::string& time) {
    return R"({"user_id":"ada","track_id":"t","time":)" + time + "}";
  };

  EXPECT_EQ(refused(at(R"("yesterday")")).reason, Reason::bad_time);
  EXPECT_EQ(refused(at("7")).reason, Reason::bad_time);
  EXPECT_EQ(refused(at(R"("2026-11-21T02:36:53.001Z")")).reason, Reason::bad_time);
  EXPECT_EQ(accepted(record_of(at(R"("2026-11-21T02:36:53Z")"))).time, kReceived)
      << "ten minutes ahead is read, but nothing happens after it was received";
  EXPECT_EQ(accepted(record_of(at(R"("2026-11-21T03:26:52+01:00")"))).time, kReceived - kSecond);
}

TEST(EventDecode, the_header_time_stands_in_for_a_missing_one) {
  Record record = record_of(R"({"user_id":"ada","track_id":"t"})");
  record.headers.push_back({"ce_time", "2026-11-21T02:26:50Z"});

  EXPECT_EQ(accepted(record).time, kReceived - 3 * kSecond);
}

TEST(EventDecode, a_wrong_clock_is_corrected_by_when_it_was_sent) {
  // The device is an hour behind and had the event for ten seconds.
  const Event event = accepted(record_of(
      R"({"user_id":"ada","track_id":"t","time":"2026-11-21T01:26:43Z","sent_at":"2026-11-21T01:26:53Z"})"));

  EXPECT_EQ(event.time, kReceived - 10 * kSecond);
  EXPECT_EQ(event.device_time, kReceived - kHour - 10 * kSecond) << "the same at a retry";
}

TEST(EventDecode, a_slow_network_is_no_wrong_clock) {
  const Event event = accepted(record_of(
      R"({"user_id":"ada","track_id":"t","time":"2026-11-21T02:26:43Z","sent_at":"2026-11-21T02:26:50Z"})"));

  EXPECT_EQ(event.time, kReceived - 10 * kSecond);
}

TEST(EventDecode, the_fraction_played_comes_from_where_it_is_known) {
  const auto fraction = [](const std::string& more) {
    return accepted(record_of(completed(more))).played_fraction;
  };

  EXPECT_EQ(fraction(""), -1);
  EXPECT_EQ(fraction(R"(,"duration_ms":200000,"played_ms":50000)"), 0.25F);
  EXPECT_EQ(fraction(R"(,"duration_ms":200000,"played_ms":0)"), 0);
  EXPECT_EQ(fraction(R"(,"duration_ms":100,"played_ms":50000)"), 1) << "heard with rewinds";
  EXPECT_EQ(fraction(R"(,"played_fraction":0.75)"), 0.75F);
  EXPECT_EQ(fraction(R"(,"played_fraction":3)"), 1);
  EXPECT_EQ(fraction(R"(,"duration_ms":200000)"), -1) << "how much was played is not said";
  EXPECT_EQ(fraction(R"(,"duration_ms":200000,"played_fraction":0.75)"), 0.75F);
}

TEST(EventDecode, feedback_may_name_its_track_as_target) {
  const std::string common = R"({"user_id":"ada","time":"2026-11-21T02:26:52Z","target":)";
  const std::string saved = "segue.feedback.saved.v1";

  EXPECT_EQ(accepted(record_of(common + R"({"type":"track","id":"blue"}})", saved)).track,
            track_id("blue"));
  EXPECT_FALSE(accepted(record_of(common + R"({"type":"album","id":"kind"}})", saved)).track);
  EXPECT_EQ(refused(record_of(common + R"({"type":"track"}})", saved)).reason,
            Reason::missing_field);
}

TEST(EventDecode, feedback_on_nothing_is_refused) {
  const auto why = [](const std::string& more, const std::string& type) {
    return refused(record_of(R"({"user_id":"ada","time":"2026-11-21T02:26:52Z")" + more + "}",
                             "segue.feedback." + type + ".v1"))
        .reason;
  };

  for (const std::string type : {"hidden", "saved", "unsaved", "rated"}) {
    EXPECT_EQ(why("", type), Reason::missing_field) << type;
  }
  EXPECT_EQ(why(R"(,"artist_id":"miles")", "hidden"), Reason::missing_field)
      << "an artist is hidden as a target; beside a track it says whose that is";
  EXPECT_EQ(why(R"(,"track_id":null,"target":null)", "hidden"), Reason::missing_field);
  EXPECT_EQ(why(R"(,"target":{"id":"miles"})", "hidden"), Reason::missing_field);
}

TEST(EventDecode, feedback_is_about_its_target_alone) {
  const auto said = [](const std::string& target) {
    return accepted(record_of(completed(R"(,"artist_id":"miles","target":)" + target),
                              "segue.feedback.hidden.v1"));
  };

  const Event artist = said(R"({"type":"artist","id":"john"})");
  EXPECT_TRUE(artist.about_artist);
  EXPECT_EQ(artist.artist, artist_id("john"));
  EXPECT_FALSE(artist.track);
  const Event album = said(R"({"type":"album","id":"kind"})");
  EXPECT_FALSE(album.about_artist);
  EXPECT_FALSE(album.track) << "hiding an album does not hide the track that plays";
  EXPECT_EQ(said(R"({"type":"track","id":"so"})").track, track_id("so"));
}

TEST(EventDecode, a_request_says_what_the_list_may_hold) {
  const std::string request = "segue.request.made.v1";

  const Event event = accepted(
      record_of(completed(R"(,"exclude_track_ids":["x","y"],"exclude_artist_ids":["a"],)"
                          R"("queued_track_ids":["q"],"explicit_allowed":false,"adventurous":1)"),
                request));

  ASSERT_TRUE(event.request);
  EXPECT_EQ(event.request->excluded_tracks, (std::vector{track_id("x"), track_id("y")}));
  EXPECT_EQ(event.request->excluded_artists, std::vector{artist_id("a")});
  EXPECT_EQ(event.request->queued, std::vector{track_id("q")});
  EXPECT_FALSE(event.request->explicit_allowed);
  EXPECT_EQ(event.request->adventurous, 1);
  EXPECT_EQ(accepted(record_of(completed(), request)).request, Request{});
  EXPECT_FALSE(accepted(record_of(completed(R"(,"exclude_track_ids":7)"))).request)
      << "only a request is read as one";
}

TEST(EventDecode, lists_of_ids_are_bounded_and_hold_ids) {
  const auto listed = [](std::size_t ids) {
    std::string list;
    for (std::size_t i = 0; i < ids; ++i)
      list += (i == 0 ? "\"x" : ",\"x") + std::to_string(i) + '"';
    return record_of(completed(R"(,"exclude_track_ids":[)" + list + "]"), "segue.request.made.v1");
  };

  EXPECT_EQ(accepted(listed(64)).request->excluded_tracks.size(), 64U);
  EXPECT_EQ(refused(listed(65)).detail, "exclude_track_ids is not a list of at most 64 ids");
  for (const std::string more :
       {R"(,"queued_track_ids":"q")", R"(,"queued_track_ids":[7])", R"(,"queued_track_ids":[""])",
        R"(,"exclude_artist_ids":[null])", R"(,"adventurous":1.5)", R"(,"adventurous":"very")",
        R"(,"explicit_allowed":1)"}) {
    EXPECT_EQ(refused(record_of(completed(more), "segue.request.made.v1")).reason,
              Reason::bad_field)
        << more;
  }
}

TEST(EventDecode, a_session_may_tell_the_listeners_setting) {
  const std::string started = "segue.session.started.v1";

  EXPECT_EQ(
      accepted(record_of(completed(R"(,"explicit_allowed":false)"), started)).explicit_allowed,
      false);
  EXPECT_FALSE(accepted(record_of(completed(), started)).explicit_allowed);
}

TEST(EventDecode, unknown_fields_and_nulls_are_ignored) {
  accepted(record_of(completed(R"(,"mood":{"a":[1,{}]},"artist_id":null,"seq":null)")));
}

TEST(EventDecode, damaged_events_never_crash_it) {
  const std::string whole = completed(
      R"(,"session_id":"s","seq":7,"play_id":"p","target":{"type":"track","id":"x"},"score":1)");
  EventDecoder decoder;
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string value = whole;
    for (auto changes = 1 + random() % 4; changes > 0; --changes) {
      value[random() % value.size()] = static_cast<char>(random());
    }
    if (random() % 4 == 0) value.resize(random() % value.size());
    static_cast<void>(decoder.decode(record_of(value)));
  }
  EXPECT_TRUE(decoder.decode(record_of(whole))) << "and the decoder still works";
}

}  // namespace
}  // namespace segue
