// Last words of a page that is hidden and may never be shown again: how far was heard what it
// plays. It waits beside the queue, where the next visit finds it, and with the browser, which sends it
// once the page is gone (`fetchLater`). A page that lives on takes it back: a play ends once.

const PREFIX = "segue.words.";
// A page that plays on has replaced it by then; a page whose track cannot be over may still play.
const OLD_MS = 60_000;
const LOOK_EVERY_MS = 300_000;

export class LastWords {
  #env;
  #storage;
  #prefix;
  #key;
  #later = null;
  #numbers = new WeakMap();

  /** `storage`: where the next visit finds them; null: nowhere. */
  constructor(env, storage, listener, session) {
    this.#env = env;
    this.#storage = storage;
    this.#prefix = `${PREFIX}${encodeURIComponent(listener)}/`;
    this.#key = this.#prefix + session;
  }

  /** For each of these plays the end as it would be now, and its number, which it keeps. */
  of(plays, number) {
    return [...plays].map((play) => {
      if (!this.#numbers.has(play)) this.#numbers.set(play, number());
      return [play.lastWords(), this.#numbers.get(play)];
    });
  }

  /** In place of those before. `request`: how the browser shall send them, null if it cannot. */
  leave(events, request) {
    this.takeBack();
    if (events.length === 0) return;
    this.#keep(events);
    if (!request || typeof this.#env.fetchLater !== "function") return;
    this.#later = new AbortController();
    try {
      const { url, ...how } = request;
      this.#env.fetchLater(url, { ...how, signal: this.#later.signal });
    } catch {
      this.#later = null; // no more may wait there, or nothing at all
    }
  }

  takeBack() {
    this.#later?.abort();
    this.#later = null;
    this.#remove(this.#key);
  }

  /** What pages left that will not come back, which is taken over; and when to look again for the
   * others, 0: never. */
  found() {
    const found = { events: [], waitMs: 0 };
    for (const key of this.#keys()) {
      if (key === this.#key) continue;
      const { until, events } = this.#read(key);
      const left = until - this.#env.now();
      if (left > 0) {
        found.waitMs = Math.min(found.waitMs || LOOK_EVERY_MS, left);
        continue;
      }
      found.events.push(...events);
      this.#remove(key);
    }
    return found;
  }

  /** All of it, also what other pages left. */
  forget() {
    this.takeBack();
    for (const key of this.#keys()) this.#remove(key);
  }

  #keep(events) {
    const left = Math.max(0, ...events.map((event) => (event.duration_ms ?? 0) - event.played_ms));
    try {
      this.#storage?.setItem(this.#key, JSON.stringify({ until: this.#env.now() + OLD_MS + left, events }));
    } catch {
      // Full or forbidden.
    }
  }

  #keys() {
    const keys = [];
    for (let i = 0; i < (this.#storage?.length ?? 0); ++i) {
      const key = this.#storage.key(i);
      if (key?.startsWith(this.#prefix)) keys.push(key);
    }
    return keys;
  }

  #read(key) {
    try {
      const { until, events } = JSON.parse(this.#storage.getItem(key));
      if (Number.isFinite(until) && Array.isArray(events)) return { until, events };
    } catch {
      // Words that another program wrote there are none of ours.
    }
    return { until: 0, events: [] };
  }

  #remove(key) {
    try {
      this.#storage?.removeItem(key);
    } catch {
      // Forbidden by the user, who then has nothing kept.
    }
  }
}
