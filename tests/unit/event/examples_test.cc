#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "core/event/event.h"
#include "core/item/catalog.h"
#include "core/item/item.h"
#include "core/item/item_signal.h"
#include "core/list/recommendation.h"

// The code reads what schemas/examples shows.
namespace segue {
namespace {

namespace bj = boost::json;

struct Example {
  std::string name;  // of the file
  bj::object headers;
  bj::value key;
  bj::object value;
};

std::vector<Example> examples(std::string_view message) {
  std::vector<Example> found;
  for (const auto& entry : std::filesystem::directory_iterator(SEGUE_EXAMPLES)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(message)) continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    bj::object example = bj::parse(text.str()).as_object();
    found.push_back(
        {name, example["headers"].as_object(), example["key"], example["value"].as_object()});
  }
  return found;
}

std::string text_of(const bj::object& object, std::string_view field) {
  const bj::value* found = object.if_contains(field);
  return found != nullptr ? std::string(found->as_string()) : "";
}

Record record_of(const Example& example) {
  Record record;
  record.key = std::string(example.key.as_string());
  record.value = bj::serialize(example.value);
  for (const auto& header : example.headers) {
    record.headers.push_back({header.key(), std::string(header.value().as_string())});
  }
  // Received when it was sent, so that no skew is corrected.
  const std::string sent = text_of(example.value, "sent_at");
  const auto received = parse_time(sent.empty() ? text_of(example.value, "time") : sent);
  EXPECT_TRUE(received) << example.name;
  record.timestamp = *received;
  return record;
}

std::uint64_t item_from(const bj::value& hex) {
  return std::stoull(std::string(hex.as_string()), nullptr, 16);
}

float float_from(const bj::value& number) { return number.to_number<float>(); }

// Absent: nothing is known.
Vector vector_from(const bj::object& object, std::string_view field) {
  Vector vector{};
  const bj::value* found = object.if_contains(field);
  if (found == nullptr) return vector;
  EXPECT_EQ(found->as_array().size(), vector.size());
  for (std::size_t d = 0; d < vector.size(); ++d) vector[d] = float_from(found->at(d));
  return vector;
}

std::vector<ItemId> items_from(const bj::object& object, std::string_view field) {
  std::vector<ItemId> items;
  const bj::value* found = object.if_contains(field);
  if (found == nullptr) return items;
  for (const bj::value& item : found->as_array()) items.push_back({item_from(item)});
  return items;
}

TEST(Examples, each_event_is_decoded) {
  EventDecoder decoder;
  std::size_t decoded = 0;

  for (const Example& example : examples("event.")) {
    const auto event = decoder.decode(record_of(example));

    ASSERT_TRUE(event) << example.name << ": " << event.error().detail;
    EXPECT_TRUE(example.name.starts_with("event." + std::string(name_of(event->type)) + "."))
        << example.name;
    EXPECT_EQ(event->user_id, text_of(example.value, "user_id"));
    EXPECT_EQ(event->id, text_of(example.headers, "ce_id"));
    EXPECT_EQ(format_time(event->time), format_time(*parse_time(text_of(example.value, "time"))));
    ++decoded;
  }

  EXPECT_GE(decoded, static_cast<std::size_t>(EventType::other));
}

TEST(Examples, each_event_type_has_one) {
  for (std::uint8_t type = 0; type <= static_cast<std::uint8_t>(EventType::other); ++type) {
    const std::string name(name_of(static_cast<EventType>(type)));
    EXPECT_FALSE(examples("event." + name + ".").empty()) << name;
  }
}

TEST(Examples, a_completed_track_arrives_whole) {
  const Example example = examples("event.playback.completed.json").at(0);

  const auto event = EventDecoder().decode(record_of(example));

  ASSERT_TRUE(event);
  EXPECT_EQ(event->track, track_id(text_of(example.value, "track_id")));
  EXPECT_EQ(event->artist, artist_id(text_of(example.value, "artist_id")));
  EXPECT_EQ(event->session, session_id(text_of(example.value, "session_id")));
  EXPECT_EQ(event->play, play_id(text_of(example.value, "play_id")));
  EXPECT_EQ(event->seq, 6U);
  EXPECT_EQ(event->duration_ms, 337'000);
  EXPECT_EQ(event->played_ms, 278'000);
  EXPECT_NEAR(event->played_fraction, 278.0 / 337.0, 1e-6);
  EXPECT_FALSE(event->private_session);
}

TEST(Examples, a_dead_letter_is_refused_for_its_reason) {
  for (const Example& example : examples("dead-letter.")) {
    const auto event = EventDecoder().decode(record_of(example));

    ASSERT_FALSE(event) << example.name;
    EXPECT_EQ(name_of(event.error().reason), text_of(example.headers, "segue_dlq_reason"));
    EXPECT_EQ(event.error().detail, text_of(example.headers, "segue_dlq_detail"));
  }
}

TEST(Examples, each_catalogue_entry_is_decoded) {
  for (const Example& example : examples("catalog-entry.")) {
    const auto entry = decode_catalog(bj::serialize(example.value));

    ASSERT_TRUE(entry) << example.name << ": " << entry.error().detail;
    EXPECT_EQ(entry->track_id, std::string(example.key.as_string()));
    EXPECT_EQ(entry->title, text_of(example.value, "title"));
    // It writes what it read, less the fields it does not know.
    const bj::value written = bj::parse(encode(*entry));
    for (const auto& field : written.as_object()) {
      EXPECT_EQ(field.value(), example.value.at(field.key())) << example.name;
    }
  }
}

RecommendedTrack track_from(const bj::object& item, Texts& texts) {
  RecommendedTrack track{.track = track_id(text_of(item, "track_id")),
                         .track_id = text_of(item, "track_id"),
                         .artist_id = text_of(item, "artist_id"),
                         .title = text_of(item, "title"),
                         .artist = text_of(item, "artist"),
                         .score = float_from(item.at("score")),
                         .propensity = float_from(item.at("propensity")),
                         .source = item.at("source").as_string(),
                         .reasons = {}};
  for (const bj::value& reason : item.at("reasons").as_array()) {
    track.reasons.push_back({.source = reason.at("source").as_string(),
                             .text = texts.joined(text_of(reason.as_object(), "text"), {}),
                             .part = float_from(reason.at("part"))});
  }
  if (const bj::value* label = item.if_contains("ai")) {
    each_part(track.ai.emplace(), [&](std::string_view name, Degree& degree) {
      degree = degree_of(text_of(label->as_object(), name)).value_or(Degree::none);
    });
  }
  return track;
}

Recommendation recommendation_from(const bj::object& value) {
  const bj::object& cause = value.at("cause").as_object();
  Recommendation recommendation{.id = text_of(value, "rec_id"),
                                .user_id = text_of(value, "user_id"),
                                .version = value.at("version").as_int64(),
                                .cause_id = text_of(cause, "id"),
                                .cause_type = event_type_of(text_of(cause, "type")),
                                .event_time = *parse_time(text_of(value, "event_time")),
                                .event_received = *parse_time(text_of(value, "event_received")),
                                .items = {},
                                .texts = {},
                                .mix = {},
                                .scored = {}};
  if (const bj::value* variant = value.if_contains("variant")) {
    recommendation.variant = variant->as_string();
  }
  const auto texts = std::make_shared<Texts>();
  for (const bj::value& item : value.at("items").as_array()) {
    recommendation.items.push_back(track_from(item.as_object(), *texts));
  }
  recommendation.texts = texts;
  for (const auto& share : value.at("mix").as_object()) {
    recommendation.mix.emplace_back(share.key(), float_from(share.value()));
  }
  if (const bj::value* offer = value.if_contains("offer")) {
    recommendation.offer = Offer{.job_id = text_of(offer->as_object(), "job_id"),
                                 .text = text_of(offer->as_object(), "text")};
  }
  if (const bj::value* previous = value.if_contains("previous")) {
    recommendation.scored = Score{.rank = previous->at("rank").to_number<std::int32_t>(),
                                  .candidate = previous->at("candidate").as_bool(),
                                  .new_to_listener = previous->at("new").as_bool(),
                                  .session_position = 0};
  }
  return recommendation;
}

TEST(Examples, recommendations_are_written_as_shown) {
  for (const Example& example : examples("recommendation.")) {
    const bj::value written = bj::parse(encode(recommendation_from(example.value)));

    EXPECT_EQ(written, bj::value(example.value)) << example.name;
  }
}

SignalKind kind_from(const std::string& name) {
  if (name == "played") return SignalKind::played;
  if (name == "skipped") return SignalKind::skipped;
  if (name == "followed") return SignalKind::followed;
  if (name == "led_to") return SignalKind::led_to;
  EXPECT_EQ(name, "of_artist");
  return SignalKind::of_artist;
}

TEST(Examples, signals_survive_the_wire) {
  for (const Example& example : examples("item-signals.")) {
    SignalBatch batch;
    batch.source = text_of(example.value, "source");
    batch.partition = example.value.at("partition").to_number<std::int32_t>();
    batch.first = example.value.at("first").as_int64();
    batch.next = example.value.at("next").as_int64();
    for (const bj::value& each : example.value.at("signals").as_array()) {
      const bj::object& signal = each.as_object();
      const bool far = signal.contains("distance");
      batch.signals.push_back(
          {.offset = signal.at("offset").as_int64(),
           .kind = kind_from(text_of(signal, "kind")),
           .item = {item_from(signal.at("item"))},
           .other = {item_from(signal.at("other"))},
           .distance = far ? signal.at("distance").to_number<std::uint8_t>() : std::uint8_t{0},
           .first = signal.contains("first") && signal.at("first").as_bool(),
           .time = signal.at("time").as_int64(),
           .name = text_of(signal, "name"),
           .before = items_from(signal, "before"),
           .listener = vector_from(signal, "listener")});
    }

    const auto decoded = decode_signal_batch(encode(batch));

    ASSERT_TRUE(decoded) << example.name << ": " << decoded.error().detail;
    EXPECT_EQ(*decoded, batch) << example.name;
    EXPECT_EQ(batch.signals.at(0).item, item_of(track_id(batch.signals.at(0).name)));
  }
}

std::uint16_t mark_from(const bj::value& neighbour) {
  const bj::value* const mark = neighbour.as_object().if_contains("before");
  return mark != nullptr ? mark->to_number<std::uint16_t>() : std::uint16_t{0};
}

TEST(Examples, models_survive_the_wire) {
  for (const Example& example : examples("item-model.")) {
    const bj::object& value = example.value;
    ItemModel model;
    model.id = {item_from(value.at("item"))};
    model.kind = text_of(value, "kind") == "artist" ? ItemKind::artist : ItemKind::track;
    model.name = text_of(value, "name");
    model.artist = {item_from(value.at("artist"))};
    model.plays = value.at("plays").to_number<std::uint64_t>();
    model.listeners = value.at("listeners").to_number<std::uint64_t>();
    model.first = value.at("first").as_int64();
    model.time = value.at("time").as_int64();
    model.plays_day = float_from(value.at("plays_day"));
    model.plays_trend = float_from(value.at("plays_trend"));
    model.follows_total = float_from(value.at("follows_total"));
    model.next_total = float_from(value.at("next_total"));
    model.together_total = float_from(value.at("together_total"));
    model.related_total = float_from(value.at("related_total"));
    model.vector = vector_from(value, "vector");
    for (const bj::value& each : value.at("neighbours").as_array()) {
      model.neighbours.push_back({.track = {item_from(each.at("track"))},
                                  .follows = float_from(each.at("follows")),
                                  .next = float_from(each.at("next")),
                                  .together = float_from(each.at("together")),
                                  .before = mark_from(each)});
    }
    for (const bj::value& each : value.at("related").as_array()) {
      model.related.push_back(
          {.artist = {item_from(each.at("artist"))}, .weight = float_from(each.at("weight"))});
    }

    const auto decoded = decode_item_model(encode(model));

    ASSERT_TRUE(decoded) << example.name << ": " << decoded.error().detail;
    EXPECT_EQ(*decoded, model) << example.name;
    EXPECT_EQ(item_key(model.id), std::string(example.key.as_string()));
    EXPECT_EQ(model.id, model.kind == ItemKind::artist ? item_of(artist_id(model.name))
                                                       : item_of(track_id(model.name)));
  }
}

}  // namespace
}  // namespace segue
