#pragma once

#include <cstdint>
#include <string>

#include "core/admin_config.h"
#include "core/music_config.h"
#include "core/server_config.h"
#include "core/setting.h"
#include "core/tuning.h"

namespace segue {

// Every setting of every program, once. Defaults stand in the fields; names, help and bounds in
// `visit` below, which is the only list: the parser, --help, --print-config and the table are
// all made from it. Loaded once by `main`, which hands each part only its own struct.

struct WorkerConfig {
  std::int64_t threads = 1;
  std::int64_t batch_events_max = 256;
  std::int64_t batch_wait_ms = 100;
  std::int64_t states_cached_max = 100'000;
  bool accept_trimmed_log = false;
};

struct TrainerConfig {
  std::int64_t gather_ms = 50;
  std::int64_t broadcast_interval_ms = 1'000;
};

struct ExperimentConfig {
  std::string name;  // empty: none
  double share = 0.5;
  std::string changes;  // "model.k=10,model.ranker_rate=0.01"
};

struct MetricsConfig {
  std::string listen = "127.0.0.1:0";
};

struct TracesConfig {
  std::string endpoint;  // empty: off
  std::string ca;        // PEM file; empty: the system's
  double share = 1;
};

struct LogConfig {
  std::string level = "info";
};

struct ReplayConfig {
  std::string listens;  // empty: the simulator
  std::string format = "30music";
  std::string catalogue;        // file of tracks; empty: none
  std::string pseudonym_key;    // secret; empty: listeners are known by their names
  double rate = 0;              // events/s, 0: as fast as possible
  std::int64_t events_max = 0;  // 0: all
  std::int64_t for_s = 0;       // 0: until the end
  std::int64_t seed = 1;
  std::int64_t listeners = 200;
  std::int64_t tracks = 5'000;
  double speed = 1;  // simulator: how many seconds pass for its listeners in one
  // Simulator: a year, so that what is learned has time to fade before the clock is reached.
  std::int64_t days_ago = 365;
};

struct TailConfig {
  std::string listener;  // empty: the next who plays
  std::string from = "now";
  bool json = false;
  bool summary = false;
  std::int64_t for_s = 0;
};

struct EvaluateConfig {
  std::string listens;
  std::string format = "30music";
  std::string catalogue;  // recorded listens of which tracks and artists are known beforehand
  std::int64_t seed = 1;
  std::int64_t events_max = 0;
  double scored_from = 0.5;
  std::int64_t models_every = 1;
  std::string test;  // questions asked after the stream; empty: the stream itself is scored
  std::string baselines = "all";     // or "none", or names separated by commas
  std::string sessions_by = "file";  // or "listener"
  bool ablate = false;
  bool rankers = false;
  std::int64_t partitions = 1;
  std::string compare;  // changes of the model's settings, as of `against`
  std::string against;
  std::string svg;    // empty: none
  std::string ranks;  // empty: none
  bool misses = false;
  bool json = false;
};

struct LoadConfig {
  double rate = 500;  // events/s
  std::int64_t for_s = 30;
  std::int64_t warm_up_s = 5;
  std::int64_t seed = 1;
  std::int64_t bytes = 4'096;
  std::string listens;  // empty: the simulator
  std::string format = "30music";
  std::string gateway = "127.0.0.1:8080";
  std::string tokens;
  std::int64_t connections = 100;
  std::int64_t slow_readers = 0;
  std::int64_t batch = 1;
};

struct GatewayConfig {
  std::string listen = "127.0.0.1:8080";
  std::string tls_certificate;  // empty: no TLS
  std::string tls_key;
  bool dev = false;
  std::string token_secret;  // secret
  std::string token_key;     // many lines
  std::string token_keys_url;
  std::string token_keys_ca;  // empty: the system's
  std::int64_t token_keys_every_s = 300;
  std::string token_issuer;  // empty: any holder of the key
  std::string token_audience = "segue";
  std::string pseudonym_key;  // secret
  std::string origins;        // comma-separated
  std::int64_t connections_max = 20'000;
  std::int64_t connections_per_address_max = 1'000;
  double events_per_second = 50;
  double requests_per_second = 200;
  std::int64_t bodies_bytes_max = 268'435'456;
  std::int64_t unconfirmed_events_max = 20'000;
  std::int64_t confirm_within_ms = 5'000;
  std::int64_t request_within_s = 10;
  std::int64_t idle_timeout_s = 60;
  std::int64_t drain_s = 10;
  std::int64_t lists_held_max = 20'000;
  std::int64_t tracks_held_max = 1'000'000;
  std::int64_t jobs_held_max = 20'000;
  std::string audio_key;  // secret; empty: one of this process
  std::int64_t audio_valid_s = 43'200;
  std::int64_t audio_streams_max = 512;
};

struct Config {
  KafkaConfig kafka;
  RedisConfig redis;
  WorkerConfig worker;
  TrainerConfig trainer;
  Tuning model;
  ExperimentConfig experiment;
  MetricsConfig metrics;
  TracesConfig traces;
  LogConfig log;
  ReplayConfig replay;
  TailConfig tail;
  EvaluateConfig evaluate;
  AdminConfig admin;
  LoadConfig load;
  GatewayConfig gateway;
  AudioConfig audio;
  StoreConfig store;
  ComposeConfig compose;
};

// Calls f(name, field, help, bounds, shown) for every setting, in the order of the help.
template <class SomeConfig, class F>
void visit(SomeConfig& c, F&& f) {  // NOLINT(readability-function-size): a list, not a function
  visit_servers(c, f);
  f("worker.threads", c.worker.threads, "Consumers in this process; they share the item models.",
    Bounds{1, 64}, Shown::yes);
  f("worker.batch_events_max", c.worker.batch_events_max, "Records taken in one turn at most.",
    Bounds{1, 1'024}, Shown::yes);
  f("worker.batch_wait_ms", c.worker.batch_wait_ms, "How long a turn waits for its first record.",
    Bounds{1, 1'000}, Shown::yes);
  f("worker.states_cached_max", c.worker.states_cached_max,
    "Listeners or items that a thread keeps decoded; the rest is in Redis.",
    Bounds{1'024, 10'000'000}, Shown::yes);
  f("worker.accept_trimmed_log", c.worker.accept_trimmed_log,
    "On a first run, start although the log's beginning is gone.", Bounds{}, Shown::yes);
  f("trainer.gather_ms", c.trainer.gather_ms,
    "How long the broker gathers signals, so that an item is written once for many.",
    Bounds{1, 1'000}, Shown::yes);
  f("trainer.broadcast_interval_ms", c.trainer.broadcast_interval_ms,
    "An item's model is broadcast at most once in this time, a well-known one in ten times that.",
    Bounds{0, 60'000}, Shown::yes);
  f("model.k", c.model.k, "Tracks in a recommendation.", Bounds{1, 100}, Shown::yes);
  f("model.candidates_max", c.model.candidates_max,
    "Proposals of an event that are described and ranked.", Bounds{16, 1'024}, Shown::yes);
  f("model.follow_half_life_days", c.model.follow_half_life_days,
    "In this time what follows what counts half.", Bounds{0.01, 3'650}, Shown::yes);
  f("model.trend_half_life_days", c.model.trend_half_life_days,
    "In this time a play counts half for what is trending.", Bounds{0.01, 3'650}, Shown::yes);
  f("model.ranker_rate", c.model.ranker_rate, "Learning rate of the ranker (AdaGrad).",
    Bounds{0, 1}, Shown::yes);
  f("model.network", c.model.network, "Whether the ranker's network refines the linear mix.",
    Bounds{}, Shown::yes);
  f("model.personal", c.model.personal, "Whether each listener has weights of their own.", Bounds{},
    Shown::yes);
  f("model.nearest", c.model.nearest,
    "Tracks proposed because their vectors are nearest; 0: none are looked for.", Bounds{0, 1'000},
    Shown::yes);
  f("model.nearest_every", c.model.nearest_every, "Rankings of a session that one search serves.",
    Bounds{1, 1'000}, Shown::yes);
  f("model.models_held_max", c.model.models_held_max,
    "Item models a recommender holds; past it the coldest go.", Bounds{1'000, 10'000'000},
    Shown::yes);
  f("model.diversity", c.model.diversity,
    "How unlike each other a list's tracks are to be: 0 by score alone, 1 by unlikeness alone.",
    Bounds{0, 1}, Shown::yes);
  f("model.artist_run_max", c.model.artist_run_max,
    "Tracks of one artist in a row in a list while there is another.", Bounds{1, 100}, Shown::yes);
  f("model.cool_down_tracks", c.model.cool_down_tracks,
    "So many last tracks of the session step back in a list; 0: none.", Bounds{0, 10}, Shown::yes);
  f("model.listeners_min", c.model.listeners_min,
    "So many must remember a track that the catalogue lacks before others are offered it.",
    Bounds{1, 8}, Shown::yes);
  f("model.catalogue_only", c.model.catalogue_only,
    "Whether nothing is offered that the catalogue lacks, if there is one.", Bounds{}, Shown::yes);
  f("model.exploration", c.model.exploration,
    "Share of a list's places, from the fourth on, that go to little played tracks.", Bounds{0, 1},
    Shown::yes);
  f("experiment.name", c.experiment.name,
    "Of a trial that some listeners get instead of the usual model; empty: none runs.", Bounds{},
    Shown::yes);
  f("experiment.share", c.experiment.share, "Share of the listeners who get the trial.",
    Bounds{0, 1}, Shown::yes);
  f("experiment.changes", c.experiment.changes,
    "Model settings that the trial changes: NAME=VALUE, separated by commas.", Bounds{},
    Shown::yes);
  f("metrics.listen", c.metrics.listen,
    "Address of /metrics, /livez, /readyz and /version; port 0 takes a free one.", Bounds{},
    Shown::yes);
  f("traces.endpoint", c.traces.endpoint,
    "Collector that gets spans of sampled events by OTLP, as http://127.0.0.1:4318/v1/traces or "
    "https://; empty: none.",
    Bounds{}, Shown::yes);
  f("traces.ca", c.traces.ca,
    "PEM file of the authorities that sign an https:// collector's certificate; empty: the "
    "system's.",
    Bounds{}, Shown::yes);
  f("traces.share", c.traces.share, "Share of the sampled traces whose spans are exported.",
    Bounds{0, 1}, Shown::yes);
  f("log.level", c.log.level, "debug, info, warn or error.", Bounds{}, Shown::yes);
  f("replay.listens", c.replay.listens, "Recorded listens to replay; empty: the simulator.",
    Bounds{}, Shown::yes);
  f("replay.format", c.replay.format, "Of the file: 30music, segue-csv or sessions; plain or gzip.",
    Bounds{}, Shown::yes);
  f("replay.catalogue", c.replay.catalogue,
    "File of tracks to publish first, JSON lines or CSV; without replay.listens nothing else is "
    "sent.",
    Bounds{}, Shown::yes);
  f("replay.pseudonym_key", c.replay.pseudonym_key,
    "The gateway's, so that listeners of the file are those who sign in there; empty: they keep "
    "their names.",
    Bounds{}, Shown::secret);
  f("replay.rate", c.replay.rate, "Events a second, open loop; 0: as fast as possible.",
    Bounds{0, 1e7}, Shown::yes);
  f("replay.events_max", c.replay.events_max, "Stop after so many events; 0: all.", Bounds{0, 1e12},
    Shown::yes);
  f("replay.for_s", c.replay.for_s, "Stop after so many seconds; 0: at the end.", Bounds{0, 1e7},
    Shown::yes);
  f("replay.seed", c.replay.seed, "Of the simulator: the same seed, the same listening.",
    Bounds{0, 1e15}, Shown::yes);
  f("replay.listeners", c.replay.listeners, "Simulated listeners.", Bounds{1, 10'000'000},
    Shown::yes);
  f("replay.tracks", c.replay.tracks, "Tracks in the simulated catalogue.", Bounds{50, 1'000'000},
    Shown::yes);
  f("replay.speed", c.replay.speed,
    "Simulator without a rate: seconds that pass for its listeners in one.", Bounds{0.01, 1e6},
    Shown::yes);
  f("replay.days_ago", c.replay.days_ago,
    "Simulator, unless it lives now (speed 1): days before now when its listening begins.",
    Bounds{0, 3'650}, Shown::yes);
  f("tail.listener", c.tail.listener, "The listener to follow; empty: the next who plays.",
    Bounds{}, Shown::yes);
  f("tail.from", c.tail.from, "now, or start (of the log).", Bounds{}, Shown::yes);
  f("tail.json", c.tail.json, "JSON lines also on a terminal.", Bounds{}, Shown::yes);
  f("tail.summary", c.tail.summary,
    "All listeners: once a second counts, hits and event-to-recommendation percentiles.", Bounds{},
    Shown::yes);
  f("tail.for_s", c.tail.for_s, "Stop after so many seconds; 0: until interrupted.", Bounds{0, 1e7},
    Shown::yes);
  f("evaluate.listens", c.evaluate.listens,
    "Recorded listens to evaluate on; empty: the simulator.", Bounds{}, Shown::yes);
  f("evaluate.format", c.evaluate.format,
    "Of the file: 30music, segue-csv or sessions; plain or gzip.", Bounds{}, Shown::yes);
  f("evaluate.catalogue", c.evaluate.catalogue,
    "Listens in the same format whose tracks are a catalogue known beforehand: which artist each "
    "is by, and nothing else. With the recording itself an upper bound; empty: none.",
    Bounds{}, Shown::yes);
  f("evaluate.seed", c.evaluate.seed, "Of the simulator.", Bounds{0, 1e15}, Shown::yes);
  f("evaluate.events_max", c.evaluate.events_max, "Stop after so many listens; 0: all.",
    Bounds{0, 1e12}, Shown::yes);
  f("evaluate.scored_from", c.evaluate.scored_from,
    "Before this share of the stream (of the sessions, where the format is that) listens are "
    "learned "
    "but not scored.",
    Bounds{0, 1}, Shown::yes);
  f("evaluate.models_every", c.evaluate.models_every,
    "Events between broadcasts of changed item models; 1: always up to date.", Bounds{1, 1e9},
    Shown::yes);
  f("evaluate.test", c.evaluate.test,
    "Questions, a line each: a session's tracks, a tab, the next track. Asked after the stream, "
    "which is then not scored; nothing of them is learned.",
    Bounds{}, Shown::yes);
  f("evaluate.baselines", c.evaluate.baselines,
    "Simple methods on the same listens as well: all, none, or some of popularity, markov, rules, "
    "rules-10, vmis, vmis-other, isgd and repeats, separated by commas.",
    Bounds{}, Shown::yes);
  f("evaluate.sessions_by", c.evaluate.sessions_by,
    "file: sessions are the file's, or end with a pause; listener: all of a listener's listens are "
    "one session, in their order, whatever their times.",
    Bounds{}, Shown::yes);
  f("evaluate.ablate", c.evaluate.ablate,
    "What the mix loses without each source, its network, listeners' own weights.", Bounds{},
    Shown::yes);
  f("evaluate.rankers", c.evaluate.rankers,
    "Linear or with the network, with listeners' own weights or without.", Bounds{}, Shown::yes);
  f("evaluate.partitions", c.evaluate.partitions,
    "More than 1: what it costs to spread the listeners over so many rankers.", Bounds{1, 64},
    Shown::yes);
  f("evaluate.compare", c.evaluate.compare,
    "Changes of model settings, NAME=VALUE,..., against none; --compare A B: A against B. Says "
    "which "
    "is better and how sure.",
    Bounds{}, Shown::yes);
  f("evaluate.against", c.evaluate.against, "The other side of evaluate.compare.", Bounds{},
    Shown::yes);
  f("evaluate.svg", c.evaluate.svg, "Where to write learning curves.", Bounds{}, Shown::yes);
  f("evaluate.ranks", c.evaluate.ranks,
    "Where to write the rank of each scored listen in each list, with its kind: tab-separated.",
    Bounds{}, Shown::yes);
  f("evaluate.misses", c.evaluate.misses,
    "Where hits end: the kinds of targets, and why the others were missed.", Bounds{}, Shown::yes);
  f("evaluate.json", c.evaluate.json, "One JSON object as the last line.", Bounds{}, Shown::yes);
  visit_admin(c, f);
  f("load.rate", c.load.rate, "Events a second, open loop.", Bounds{1, 1e6}, Shown::yes);
  f("load.for_s", c.load.for_s, "How long to measure.", Bounds{1, 86'400}, Shown::yes);
  f("load.warm_up_s", c.load.warm_up_s, "Sent at the same rate before, and not measured.",
    Bounds{0, 3'600}, Shown::yes);
  f("load.seed", c.load.seed, "Of the simulator.", Bounds{0, 1e15}, Shown::yes);
  f("load.bytes", c.load.bytes, "Echo: size of the value that answers an event.",
    Bounds{256, 900'000}, Shown::yes);
  f("load.listens", c.load.listens, "Recorded listens to send; empty: the simulator.", Bounds{},
    Shown::yes);
  f("load.format", c.load.format, "Of the file: 30music, segue-csv or sessions; plain or gzip.",
    Bounds{}, Shown::yes);
  f("load.gateway", c.load.gateway, "Players: the gateway's numeric address and port.", Bounds{},
    Shown::yes);
  f("load.tokens", c.load.tokens, "Players: file with a token of each, a line.", Bounds{},
    Shown::yes);
  f("load.connections", c.load.connections, "Players connected at once.", Bounds{1, 100'000},
    Shown::yes);
  f("load.slow_readers", c.load.slow_readers, "Of these, those who send and never read.",
    Bounds{0, 1'000}, Shown::yes);
  f("load.batch", c.load.batch, "Players: events in a request.", Bounds{1, 500}, Shown::yes);
  f("gateway.listen", c.gateway.listen, "Where players connect; port 0 takes a free one.", Bounds{},
    Shown::yes);
  f("gateway.tls_certificate", c.gateway.tls_certificate,
    "PEM file with the certificate chain; empty: no TLS.", Bounds{}, Shown::yes);
  f("gateway.tls_key", c.gateway.tls_key, "PEM file with the certificate's private key.", Bounds{},
    Shown::yes);
  f("gateway.dev", c.gateway.dev,
    "For a developer's machine: gives a token to anybody on the loopback who asks, and lets all "
    "web sites of the loopback in.",
    Bounds{}, Shown::yes);
  f("gateway.token_secret", c.gateway.token_secret,
    "Checks tokens with HS256: a JWK of kty oct with at least 32 random bytes, as "
    "`segue-admin secret` prints it.",
    Bounds{}, Shown::secret);
  f("gateway.token_key", c.gateway.token_key,
    "Checks tokens with RS256, ES256 or EdDSA: public keys as PEM, JWK or JWKS.", Bounds{},
    Shown::document);
  f("gateway.token_keys_url", c.gateway.token_keys_url,
    "HTTPS address of a JWKS that checks tokens, as identity providers give it.", Bounds{},
    Shown::yes);
  f("gateway.token_keys_ca", c.gateway.token_keys_ca,
    "PEM file of the authorities that may certify that address; empty: the system's.", Bounds{},
    Shown::yes);
  f("gateway.token_keys_every_s", c.gateway.token_keys_every_s,
    "How often that address is read again; a token of an unknown kid has it read at once, at most "
    "every 5 s.",
    Bounds{1, 86'400}, Shown::yes);
  f("gateway.token_issuer", c.gateway.token_issuer, "What a token's iss must be; empty: not asked.",
    Bounds{}, Shown::yes);
  f("gateway.token_audience", c.gateway.token_audience, "What a token's aud must name.", Bounds{},
    Shown::yes);
  f("gateway.pseudonym_key", c.gateway.pseudonym_key,
    "Makes listeners' pseudonyms: as gateway.token_secret, the same for the life of the state.",
    Bounds{}, Shown::secret);
  f("gateway.origins", c.gateway.origins,
    "Web sites that may connect, as https://player.example, separated by commas; the gateway's own "
    "page always may, but is listed too where a proxy ends TLS.",
    Bounds{}, Shown::yes);
  f("gateway.connections_max", c.gateway.connections_max, "Open connections; more wait.",
    Bounds{1, 1'000'000}, Shown::yes);
  f("gateway.connections_per_address_max", c.gateway.connections_per_address_max,
    "Open connections of one address; more are closed.", Bounds{1, 1'000'000}, Shown::yes);
  f("gateway.events_per_second", c.gateway.events_per_second,
    "Events of one listener, on average; ten seconds' worth at once.", Bounds{0.1, 1e6},
    Shown::yes);
  f("gateway.requests_per_second", c.gateway.requests_per_second,
    "Requests and messages from one address, on average; ten seconds' worth at once.",
    Bounds{0.1, 1e6}, Shown::yes);
  f("gateway.bodies_bytes_max", c.gateway.bodies_bytes_max,
    "Bodies in memory, of all connections; past it requests are put off.",
    Bounds{16'777'216, 17'179'869'184}, Shown::yes);
  f("gateway.unconfirmed_events_max", c.gateway.unconfirmed_events_max,
    "Events on their way to Kafka; past it 503, heartbeats are dropped from half of it on.",
    Bounds{1, 1'000'000}, Shown::yes);
  f("gateway.confirm_within_ms", c.gateway.confirm_within_ms,
    "How long an event may wait for Kafka's delivery report before 503.", Bounds{10, 60'000},
    Shown::yes);
  f("gateway.request_within_s", c.gateway.request_within_s,
    "How long a request may take to arrive, or an answer to be read.", Bounds{1, 300}, Shown::yes);
  f("gateway.idle_timeout_s", c.gateway.idle_timeout_s,
    "Connections that say nothing for so long are closed; streams are pinged at half of it.",
    Bounds{2, 3'600}, Shown::yes);
  f("gateway.drain_s", c.gateway.drain_s, "After SIGTERM open requests may take so long.",
    Bounds{1, 30}, Shown::yes);
  f("gateway.lists_held_max", c.gateway.lists_held_max,
    "Listeners whose latest list is kept in memory beside those connected.", Bounds{1, 10'000'000},
    Shown::yes);
  f("gateway.tracks_held_max", c.gateway.tracks_held_max,
    "Catalogue entries kept in memory; more stay without a title.", Bounds{1'000, 100'000'000},
    Shown::yes);
  f("gateway.jobs_held_max", c.gateway.jobs_held_max,
    "Jobs, and decisions that listed a composed track, that are kept in memory.",
    Bounds{100, 10'000'000}, Shown::yes);
  f("gateway.audio_key", c.gateway.audio_key,
    "Signs the addresses of composed files: as gateway.token_secret, the same for all gateways; "
    "empty: one of this gateway alone, until it stops.",
    Bounds{}, Shown::secret);
  f("gateway.audio_valid_s", c.gateway.audio_valid_s,
    "How long a signed address of a composed file is good, at least.", Bounds{60, 604'800},
    Shown::yes);
  f("gateway.audio_streams_max", c.gateway.audio_streams_max,
    "Composed files sent at the same time, an eighth of it to one address; more are put off.",
    Bounds{1, 100'000}, Shown::yes);
  visit_music(c, f);
}

}  // namespace segue
