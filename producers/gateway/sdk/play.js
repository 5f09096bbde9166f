// One playing of one track, from started to its end. Knows how long was heard, without pauses, and
// whose idea it was, and tells the end once.

import { shortPlay } from "./advice.js";
import { Started } from "./started.js";
import { trackOf } from "./track.js";

const NAME_MAX = 200; // characters
const MS_MAX = 2 ** 31 - 1; // more is refused

// Between two characters: half of one (a surrogate alone) would be shown as a box. One that came so is
// mended where the event is made.
function shortened(text) {
  return Array.from(text.slice(0, 2 * NAME_MAX)).slice(0, NAME_MAX).join("");
}

export class Play {
  #client;
  #common;
  #heardMs = 0;
  #since = null;
  #ended = false;
  #open;
  #started;
  #reason;

  /** `open`: a set of the plays that have not ended, to be in meanwhile; `started`: of the client. */
  constructor(client, track, common, { open = new Set(), started = new Started(), reason } = {}) {
    this.#client = client;
    this.#open = open;
    this.#started = started;
    this.#reason = reason;
    this.track = trackOf(track);
    this.id = client.env.uuid();
    this.#common = { play_id: this.id, track_id: this.track.track_id, ...common };
    // Its title, for lists: the gateway knows better where its catalogue has the track.
    for (const name of ["title", "artist"]) {
      const text = this.track[name];
      if (text && typeof text !== "object") this.#common[name] = shortened(String(text));
    }
    const { duration_ms } = this.track;
    // A stream without an end says so by a length that no track has.
    if (duration_ms > 0 && duration_ms <= MS_MAX) this.#common.duration_ms = Math.round(duration_ms);
  }

  get playedMs() {
    const running = this.#since === null ? 0 : this.#client.env.elapsed() - this.#since;
    return Math.min(Math.round(this.#heardMs + running), MS_MAX);
  }

  get paused() {
    return this.#since === null;
  }

  get ended() {
    return this.#ended;
  }

  start(reason = this.#reason) {
    this.#since = this.#client.env.elapsed();
    if (this.#ended) return null;
    this.#open.add(this);
    const { track_id } = this.track;
    if (!("rec_id" in this.#common)) Object.assign(this.#common, this.#started.origin(track_id));
    this.#common.reason_start ??= this.#started.reason(track_id, this.#since, reason);
    this.#started.began(track_id);
    return this.#tell("playback.started");
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
    const event = this.#end("playback.completed", "trackdone");
    const short = event && shortPlay(event);
    if (short) this.#client.on.warn(short);
    return event;
  }

  stop(reason = "endplay") {
    return this.#end("playback.stopped", reason);
  }

  fail() {
    return this.#end("playback.failed", "trackerror");
  }

  /** Its end as of now, should nothing more be sent. */
  lastWords() {
    return { ...this.#common, played_ms: this.playedMs, reason_end: "endplay" };
  }

  /** Ends it without a word: whose it was is forgotten. */
  discard() {
    this.#ended = true;
    this.#open.delete(this);
  }

  #end(type, reason) {
    if (this.#ended) return null;
    const { track_id } = this.track;
    // It leaves the open plays before its end is sent: a closing page does not end it twice.
    this.#open.delete(this);
    const event = this.#tell(type, { reason_end: reason });
    this.#started.ended(track_id, type, this.#client.env.elapsed());
    this.discard();
    return event;
  }

  #tell(type, more = {}) {
    if (this.#ended) return null;
    return this.#client.send(type, { ...this.#common, played_ms: this.playedMs, ...more });
  }
}
