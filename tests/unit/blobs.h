#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>

#include "core/item/coverage.h"
#include "core/item/item.h"
#include "core/item/item_signal.h"
#include "core/list/snapshot.h"
#include "core/listener/listener.h"
#include "core/ranking/learned/rankers.h"

// A full example of everything that is stored or sent between workers, made of numbers that the
// format keeps exactly.
namespace segue::test {

inline Request full_request() {
  Request request{.excluded_tracks = {track_id("x1")},
                  .excluded_artists = {artist_id("x2"), artist_id("x3")},
                  .queued = {track_id("q1")},
                  .explicit_allowed = false,
                  .adventurous = 0.75F,
                  .seed = track_id("x4"),
                  .seeds = {{.track = track_id("x5"), .artist = {}, .weight = 0.7F},
                            {.track = {}, .artist = artist_id("x6"), .weight = -1}},
                  .filter = {.genres = {kind_hash("jazz")},
                             .kind = Filter::Kind::recorded,
                             .length_ms = {.min = 60'000},
                             .year = {.min = 1959, .max = 1979},
                             .not_heard_days = 30},
                  .genre = kind_hash("jazz"),
                  .mood = kind_hash("calm")};
  request.wished = {.genre = "jazz",
                    .mood = "calm",
                    .tempo_bpm = 60,
                    .key = "F# minor",
                    .seconds = 90.5F,
                    .instruments = {"piano", "double bass"},
                    .energy = 0.25F};
  return request;
}

// At the time `now`.
inline ComposedMusic full_composed_music(Micros now) {
  return {.setting = {.mode = AiMode::on, .refused = bit_of(AiPart::voice)},
          .budget = {.tokens = 1.5F, .filled = now - kHour},
          .early_skips = 2,
          .session_plays = 1,
          .heard = {track_id("segue-composed-1")},
          .composing = true,
          .offer = ComposedMusic::Offer{.job_id = "0f5c7d6a1b2e3f405162738495a6b7c8",
                                        .wished = {.mood = "calm"},
                                        .wish = 77},
          .declined = 78,
          .job_wish = 79,
          .job_at = now - kMinute};
}

inline Listener full_listener() {
  Listener listener;
  listener.last_offset = 1'234;
  listener.events = 500;
  listener.listens = 321;
  listener.time = 1'795'262'400 * kSecond;
  for (std::uint64_t s = 1; s <= 10; ++s) {
    listener.windows.admit(session_id("s" + std::to_string(s)), s * 3, listener.time);
  }
  listener.session = session_id("s10");
  listener.session_listens = 4;
  listener.playing = HeardTrack{track_id("now"), artist_id("miles")};
  for (int i = 0; i < 10; ++i) {
    const std::string name = std::to_string(i);
    listener.context.push_back({track_id("t" + name), artist_id("a" + name)});
    listener.repeats.push_back({track_id("t" + name), 1.5F + static_cast<float>(i),
                                listener.time - i * kDay - 3 * kSecond});
    listener.artists.push_back({artist_id("a" + name), 0.25F, listener.time - i * kMinute});
  }
  listener.context_in_session = 4;
  listener.closed_plays = {play_id("p1"), play_id("p2")};
  listener.source_credit = {0.5F, 0.25F, 1, 6};
  listener.credit_seen = 6.5F;
  listener.repeat_share = 0.5F;
  listener.stay_share = 0.125F;
  listener.list_offset = 1'230;
  listener.listed = {1, 0xFFFFFFFF, 7};
  listener.explicit_allowed = false;
  listener.hidden_tracks = {track_id("h1"), track_id("h2")};
  listener.hidden_artists = {artist_id("h3")};
  listener.skips = {{track_id("k1"), artist_id("a1"), 1}, {track_id("k2"), {}, 0.5F}};
  listener.request = full_request();
  listener.learning = false;
  listener.personalisation = false;
  listener.erasure =
      Listener::Erasure{.at = listener.time - kDay, .device_at = listener.time, .times = 2};
  listener.repeats[1].today = 3;
  listener.artists[2].today = 4;
  listener.day = {.played = 20'778, .received = 20'779, .listens = 7};
  listener.composed = full_composed_music(listener.time);
  return listener;
}

inline Item full_item() {
  Item item{.id = item_of(track_id("blue")),
            .kind = ItemKind::track,
            .name = "blue",
            .artist = artist_id("miles"),
            .artist_said = 2,
            .signals = 1'000,
            .plays = 300,
            .skips = 20,
            .holders = {ListenerMark{77}, ListenerMark{88}},
            .time = 1'795'262'400 * kSecond,
            .weighted_plays = 123.5F,
            .plays_day = 12.3F,
            .plays_trend = 45.6F,
            .follows_total = 78.9F,
            .next_total = 33.3F,
            .neighbours = {},
            .sessions = {SessionMark{9}, SessionMark{0xFFFF'0001}},
            .title = "Blue in Green",
            .others_said = 1,
            .other_title = 0x1234'5678,
            .tellers = {ListenerMark{77}}};
  for (int i = 0; i < 100; ++i) {
    item.neighbours.push_back({.track = track_id("n" + std::to_string(i)),
                               .follows = 0.5F * static_cast<float>(i),
                               .next = 0.25F * static_cast<float>(i % 7)});
  }
  std::sort(item.neighbours.begin(), item.neighbours.end(),
            [](const Neighbour& a, const Neighbour& b) { return stronger(a, b); });
  return item;
}

inline SignalBatch full_batch() {
  SignalBatch batch{
      .source = "segue.events.v1@00ff", .partition = 3, .first = 100, .next = 164, .signals = {}};
  const Micros time = 1'795'262'400 * kSecond;
  const ItemId blue = item_of(track_id("blue"));
  const ItemId miles = item_of(artist_id("miles"));
  batch.signals = {{.offset = 100,
                    .kind = SignalKind::played,
                    .item = blue,
                    .other = miles,
                    .time = time,
                    .name = "blue",
                    .who = listener_mark("ada"),
                    .title = "Blue in Green",
                    .weight = 0.25F,
                    .session = {0x1234'0001}},
                   {.offset = 100,
                    .kind = SignalKind::of_artist,
                    .item = miles,
                    .other = blue,
                    .time = time,
                    .name = "miles"},
                   {.offset = 130,
                    .kind = SignalKind::followed,
                    .item = blue,
                    .other = item_of(track_id("so")),
                    .distance = 5,
                    .time = time - kDay,
                    .name = {}},
                   {.offset = 163,
                    .kind = SignalKind::skipped,
                    .item = blue,
                    .other = miles,
                    .time = time + kHour,
                    .name = "blue"},
                   {.offset = 163,
                    .kind = SignalKind::left,
                    .time = time + kHour,
                    .name = {},
                    .before = {blue, miles},
                    .who = listener_mark("ada")}};
  return batch;
}

inline Coverage full_coverage() {
  Coverage coverage;
  coverage.cover(full_batch());
  for (std::int32_t p = 0; p < 16; ++p) {
    SignalBatch batch = full_batch();
    batch.partition = p;
    batch.next += p;
    coverage.cover(batch);
  }
  coverage.changed(item_of(track_id("blue")));
  coverage.changed(item_of(track_id("so")));
  return coverage;
}

inline Ranker trained_ranker() {
  Ranker ranker;
  std::srand(7);
  Features features = Features::Random(8, ranker.linear().weights().size());
  Eigen::VectorXf scores;
  for (Eigen::Index i = 0; i < 20; ++i) {
    ranker.linear().score(features, 8, nullptr, scores);
    ranker.linear().learn(features, scores, i % 3, {}, nullptr, Tuning{});
  }
  return ranker;
}

inline Rankers pair_of_rankers() {
  Rankers rankers;
  rankers.trial = Rankers::Trial{.experiment = "wider", .ranker = trained_ranker()};
  return rankers;
}

inline Recommendation short_list() {
  Recommendation list;
  list.id = "segue.events.v1/3/41/0";
  list.version = 41;
  for (const std::string track : {"blue", "so", "freddie"}) {
    RecommendedTrack item;
    item.track_id = track;
    item.title = "Title of " + track;
    item.artist = "Miles Davis";
    item.artist_id = "davis";
    item.titled = true;
    item.by = artist_id("davis");
    item.in_catalogue = track == "so";
    item.score = 1.5F;
    item.source = "follows";
    item.reasons.push_back({.source = "follows", .text = "goes with it", .part = 1});
    list.items.push_back(item);
  }
  return list;
}

}  // namespace segue::test
