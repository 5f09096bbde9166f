// A play was the listener's idea, who chose this track, or the player's, which went on by
// itself, as through a list in its order. What a player starts by itself is no wish.

// Words for callers; any other word of `reason_start` goes as it is.
const WORDS = { click: "clickrow", play: "playbtn", previous: "backbtn", next: "fwdbtn", ended: "trackdone" };
const AFTER = { "playback.completed": "trackdone", "playback.skipped": "fwdbtn", "playback.failed": "trackerror" };
// Plays without a list that follow so soon follow by themselves.
const AT_ONCE_MS = 2_000;
const PLAYED_MAX = 200;

export class Started {
  #played = new Set(); // tracks of this client, the latest last
  #before = null; // the play before, and how it ended
  #list = null;

  /** The list that the player has, as it came. */
  take(list) {
    this.#list = list;
  }

  forget() {
    this.#list = this.#before = null;
    this.#played.clear();
  }

  /** `said`: the caller's own word for it, which counts. */
  reason(track, nowMs, said) {
    if (said) return WORDS[said] ?? said;
    const after = AFTER[this.#before?.ended];
    if (this.#list?.items?.length) return this.#isNext(track) ? (after ?? "autoplay") : "clickrow";
    return after && nowMs - this.#before.nowMs < AT_ONCE_MS ? after : "clickrow";
  }

  /** Where the track stands in the list: what its play came from. */
  origin(track) {
    const place = this.#list?.items?.findIndex((item) => item.track_id === track) ?? -1;
    return place < 0 ? {} : { rec_id: this.#list.rec_id, rec_pos: place + 1 };
  }

  began(track) {
    this.#played.delete(track);
    this.#played.add(track);
    if (this.#played.size > PLAYED_MAX) this.#played.delete(this.#played.values().next().value);
    this.#before = { track, ended: null, nowMs: 0 };
  }

  ended(track, type, nowMs) {
    if (this.#before?.track === track) this.#before = { track, ended: type, nowMs };
  }

  // First in the list, first of what was not played yet, or behind what played before.
  #isNext(track) {
    const tracks = this.#list.items.map((item) => item.track_id);
    if (track === tracks[0] || track === tracks.find((each) => !this.#played.has(each))) return true;
    const before = tracks.indexOf(this.#before?.track);
    return before >= 0 && track === tracks[before + 1];
  }
}
