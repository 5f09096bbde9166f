// One playing of one track, from started to its end. Knows how long was heard, without pauses, and
// tells the end once.

export class Play {
  #client;
  #common;
  #heardMs = 0;
  #since = null;
  #ended = false;
  #open;

  /** `open`: a set of the plays that have not ended, to be in meanwhile. */
  constructor(client, track, common, open = new Set()) {
    this.#client = client;
    this.#open = open;
    this.track = track;
    this.id = client.env.uuid();
    this.#common = { play_id: this.id, track_id: track.track_id, ...common };
    if (track.duration_ms > 0) this.#common.duration_ms = Math.round(track.duration_ms);
  }

  get playedMs() {
    const running = this.#since === null ? 0 : this.#client.env.elapsed() - this.#since;
    return Math.round(this.#heardMs + running);
  }

  get paused() {
    return this.#since === null;
  }

  get ended() {
    return this.#ended;
  }

  start(reason = "clickrow") {
    this.#since = this.#client.env.elapsed();
    if (!this.#ended) this.#open.add(this);
    return this.#tell("playback.started", { reason_start: reason });
  }

  pause(positionMs) {
    if (this.#since === null) return null;
    this.#heardMs = this.playedMs;
    this.#since = null;
    return this.#tell("playback.paused", { position_ms: Math.round(positionMs ?? this.playedMs) });
  }

  resume(positionMs) {
    if (this.#since !== null) return null;
    this.#since = this.#client.env.elapsed();
    return this.#tell("playback.resumed", { position_ms: Math.round(positionMs ?? this.playedMs) });
  }

  seek(fromMs, toMs) {
    return this.#tell("playback.seeked", { from_ms: Math.round(fromMs), to_ms: Math.round(toMs) });
  }

  heartbeat(positionMs) {
    return this.#tell("playback.heartbeat", { position_ms: Math.round(positionMs ?? this.playedMs) });
  }

  skip(reason = "fwdbtn") {
    return this.#end("playback.skipped", reason);
  }

  complete() {
    return this.#end("playback.completed", "trackdone");
  }

  stop(reason = "endplay") {
    return this.#end("playback.stopped", reason);
  }

  fail() {
    return this.#end("playback.failed", "trackerror");
  }

  /** Ends it without a word: whose it was is forgotten. */
  discard() {
    this.#ended = true;
    this.#open.delete(this);
  }

  #end(type, reason) {
    if (this.#ended) return null;
    const event = this.#tell(type, { reason_end: reason });
    this.discard();
    return event;
  }

  #tell(type, more) {
    if (this.#ended) return null;
    return this.#client.send(type, { ...this.#common, played_ms: this.playedMs, ...more });
  }
}
