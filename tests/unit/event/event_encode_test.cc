#include <gtest/gtest.h>

#include <string>

#include "core/event/event.h"

namespace segue {
namespace {

EventDraft heard_whole() {
  EventDraft draft;
  draft.type = EventType::playback_completed;
  draft.id = "e-1";
  draft.user_id = "ada";
  draft.session_id = "s-1";
  draft.seq = 7;
  draft.play_id = "p-1";
  draft.track_id = "t-1";
  draft.artist_id = "a-1";
  draft.time = 1'795'228'012'125'000;
  draft.duration_ms = 200'000;
  draft.played_ms = 150'000;
  draft.reason = "trackdone";
  return draft;
}

Record record_of(const EncodedEvent& event) {
  Record record;
  record.timestamp = 1'795'228'013'000'000;
  record.key = event.key;
  record.value = event.value;
  record.headers = event.headers;
  return record;
}

TEST(EventEncode, writes_cloud_events_in_binary_mode) {
  const EncodedEvent event = encode(heard_whole(), "/segue/replay");

  const Record record = record_of(event);
  EXPECT_EQ(event.key, "ada");
  EXPECT_EQ(header(record, "ce_specversion"), "1.0");
  EXPECT_EQ(header(record, "ce_id"), "e-1");
  EXPECT_EQ(header(record, "ce_type"), "segue.playback.completed.v1");
  EXPECT_EQ(header(record, "ce_source"), "/segue/replay");
  EXPECT_EQ(header(record, "ce_time"), "2026-11-21T02:26:52.125Z");
  EXPECT_EQ(header(record, "content-type"), "application/json");
}

TEST(EventEncode, writes_compact_json_of_what_is_known) {
  EXPECT_EQ(encode(heard_whole(), "/x").value,
            R"({"user_id":"ada","session_id":"s-1","seq":7,"time":"2026-11-21T02:26:52.125Z",)"
            R"("play_id":"p-1","track_id":"t-1","artist_id":"a-1","duration_ms":200000,)"
            R"("played_ms":150000,"reason_end":"trackdone"})");

  EventDraft bare;
  bare.type = EventType::session_started;
  bare.user_id = "ada";
  EXPECT_EQ(encode(bare, "/x").value, R"({"user_id":"ada","time":"1970-01-01T00:00:00.000Z"})");
}

TEST(EventEncode, names_the_reason_by_type) {
  EventDraft draft = heard_whole();
  draft.type = EventType::playback_started;
  draft.played_ms = 0;

  const std::string value = encode(draft, "/x").value;

  EXPECT_NE(value.find(R"("reason_start":"trackdone")"), std::string::npos);
  EXPECT_EQ(value.find("played_ms"), std::string::npos);
}

TEST(EventEncode, an_ended_play_says_whose_idea_it_was) {
  EventDecoder decoder;
  EventDraft draft = heard_whole();
  draft.reason_start = "autoplay";
  draft.rec_id = "ada/7";

  const auto event = decoder.decode(record_of(encode(draft, "/x")));

  ASSERT_TRUE(event) << event.error().detail;
  EXPECT_EQ(event->started_by, StartedBy::player);
  EXPECT_TRUE(event->from_list);
}

TEST(EventEncode, a_play_ended_at_once_says_so) {
  EventDraft draft = heard_whole();
  draft.type = EventType::playback_skipped;
  draft.played_ms = 0;

  EXPECT_NE(encode(draft, "/x").value.find(R"("played_ms":0)"), std::string::npos);
}

TEST(EventEncode, an_import_has_a_fraction_and_no_milliseconds) {
  EventDraft draft = heard_whole();
  draft.duration_ms = draft.played_ms = 0;
  draft.played_fraction = 0.25F;

  const std::string value = encode(draft, "/x").value;

  EXPECT_NE(value.find(R"("played_fraction":0.25)"), std::string::npos);
  EXPECT_EQ(value.find("_ms"), std::string::npos);
}

TEST(EventEncode, ratings_carry_their_score_and_private_sessions_their_flag) {
  EventDraft draft = heard_whole();
  draft.type = EventType::feedback_rated;
  draft.score = -1;
  draft.private_session = true;

  const std::string value = encode(draft, "/x").value;

  EXPECT_NE(value.find(R"("score":-1)"), std::string::npos);
  EXPECT_NE(value.find(R"("private_session":true)"), std::string::npos);
}

TEST(EventEncode, a_wish_for_new_music_is_read_back) {
  EventDecoder decoder;
  EventDraft draft;
  draft.type = EventType::request_made;
  draft.user_id = "ada";
  draft.genre = "jazz";
  draft.tempo_bpm = 60;
  draft.key = "F# minor";
  draft.seconds = 90.5F;
  draft.instruments = {"piano", "double bass"};
  draft.energy = 0.25F;
  draft.generate = true;

  const auto event = decoder.decode(record_of(encode(draft, "/x")));

  ASSERT_TRUE(event) << event.error().detail;
  EXPECT_TRUE(event->generate);
  EXPECT_EQ(event->request->genre, kind_hash("jazz"));
  EXPECT_EQ(event->request->wished, (Wished{.genre = "jazz",
                                            .tempo_bpm = 60,
                                            .key = "F# minor",
                                            .seconds = 90.5F,
                                            .instruments = {"piano", "double bass"},
                                            .energy = 0.25F}));
}

TEST(EventEncode, what_is_said_of_composed_music_is_read_back) {
  EventDecoder decoder;
  EventDraft draft;
  draft.type = EventType::privacy_consent_changed;
  draft.user_id = "ada";
  draft.ai_music = {.mode = AiMode::on, .refused = bit_of(AiPart::voice)};

  const auto event = decoder.decode(record_of(encode(draft, "/x")));

  ASSERT_TRUE(event) << event.error().detail;
  EXPECT_EQ(event->ai_music, draft.ai_music);
  EXPECT_FALSE(event->consent.learning);
}

TEST(EventEncode, an_accepted_offer_names_its_job) {
  EventDecoder decoder;
  EventDraft draft;
  draft.type = EventType::generation_accepted;
  draft.user_id = "ada";
  draft.job_id = "0f5c";

  const auto event = decoder.decode(record_of(encode(draft, "/x")));

  ASSERT_TRUE(event) << event.error().detail;
  EXPECT_EQ(event->job_id, "0f5c");
}

TEST(EventEncode, requests_and_feedback_on_artists_are_read_back) {
  EventDecoder decoder;
  EventDraft request;
  request.type = EventType::request_made;
  request.user_id = "ada";
  request.time = 1'795'228'012'125'000;
  request.exclude_track_ids = {"x", "y"};
  request.exclude_artist_ids = {"a"};
  request.queued_track_ids = {"q"};
  request.explicit_allowed = false;
  request.adventurous = 0.5F;
  request.seed_track_id = "s";
  request.genre = "Jazz";
  request.mood = "calm";
  EventDraft hidden;
  hidden.type = EventType::feedback_hidden;
  hidden.user_id = "ada";
  hidden.time = request.time;
  hidden.artist_id = "miles";

  const Result<Event> asked = decoder.decode(record_of(encode(request, "/x")));
  const Result<Event> hid = decoder.decode(record_of(encode(hidden, "/x")));

  ASSERT_TRUE(asked) << asked.error().detail;
  EXPECT_EQ(asked->request, (Request{.excluded_tracks = {track_id("x"), track_id("y")},
                                     .excluded_artists = {artist_id("a")},
                                     .queued = {track_id("q")},
                                     .explicit_allowed = false,
                                     .adventurous = 0.5F,
                                     .seed = track_id("s"),
                                     .genre = kind_hash("jazz"),
                                     .mood = kind_hash("calm"),
                                     .wished = {.genre = "Jazz", .mood = "calm"}}));
  ASSERT_TRUE(hid) << hid.error().detail;
  EXPECT_TRUE(hid->about_artist);
  EXPECT_EQ(hid->artist, artist_id("miles"));
}

TEST(EventEncode, the_decoder_reads_back_what_was_written) {
  EventDecoder decoder;
  EventDraft draft = heard_whole();
  draft.session_id = "quote \" backslash \\ tab \t bell \a umlaut \xC3\xBC";

  const auto event = decoder.decode(record_of(encode(draft, "/segue/replay")));

  ASSERT_TRUE(event) << event.error().detail;
  EXPECT_EQ(event->type, draft.type);
  EXPECT_EQ(event->id, draft.id);
  EXPECT_EQ(event->user_id, draft.user_id);
  EXPECT_EQ(event->session, session_id(draft.session_id));
  EXPECT_EQ(event->seq, draft.seq);
  EXPECT_EQ(event->play, play_id(draft.play_id));
  EXPECT_EQ(event->track, track_id(draft.track_id));
  EXPECT_EQ(event->track_name, draft.track_id);
  EXPECT_EQ(event->artist_name, draft.artist_id);
  EXPECT_EQ(event->time, draft.time);
  EXPECT_EQ(event->duration_ms, draft.duration_ms);
  EXPECT_EQ(event->played_ms, draft.played_ms);
  EXPECT_FLOAT_EQ(event->played_fraction, 0.75F);
}

}  // namespace
}  // namespace segue
