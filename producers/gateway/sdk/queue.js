// Events on their way to the gateway, in order, kept until they are acknowledged: in memory, and in
// `storage`, where they outlive the page. Bounded: the oldest heartbeats go first, then the oldest of
// what was played, and what the listener said last.

const SEND_MAX = 100; // events in one message
const MESSAGE_BYTES_MAX = 60_000; // the gateway takes 64 KiB

/** As many of these, as `stamped` makes them, as go into one message; at least one. */
export function firstThatFit(waiting, stamped) {
  const events = waiting.slice(0, SEND_MAX).map(stamped);
  let bytes = 0;
  let count = 0;
  while (count < events.length) {
    bytes += JSON.stringify(events[count]).length * 3 + 1; // the most that UTF-8 makes of it
    if (bytes > MESSAGE_BYTES_MAX && count > 0) break;
    ++count;
  }
  return events.slice(0, count);
}

export class Queue {
  /**
   * @param {Storage | null} storage where it is kept; null: in memory only
   * @param {string} listener whose they are: another listener's never mix in
   * @param {string} session the session whose events are added; queues that other sessions left
   *   behind are taken over, since a number that is sent twice is counted once
   */
  constructor(storage, listener, session, eventsMax = 1_000) {
    this.storage = storage;
    this.prefix = `segue.queue.${encodeURIComponent(listener)}/`; // a name never holds a / then
    this.key = this.prefix + session;
    this.eventsMax = eventsMax;
    this.events = [...this.#leftBehind(), ...this.#read(this.key)];
    this.#write();
  }

  get size() {
    return this.events.length;
  }

  addAll(events) {
    for (const event of events) this.add(event);
  }

  add(event) {
    this.events.push(event);
    if (this.events.length > this.eventsMax) {
      const oldest = (kind) => this.events.findIndex((each) => each.type.startsWith(kind));
      const first = [oldest("playback.heartbeat"), oldest("playback."), 0].find((place) => place >= 0);
      this.events.splice(first, 1);
    }
    this.#write();
  }

  /** Takes in what another page of this tab has added meanwhile. */
  rejoin() {
    const known = new Set(this.events.map((event) => event.id));
    this.events.push(...this.#read(this.key).filter((event) => !known.has(event.id)));
  }

  /** Takes out what arrived, by id. */
  settle(ids) {
    const arrived = new Set(ids);
    this.events = this.events.filter((event) => !arrived.has(event.id));
    this.#write();
  }

  /** All of it, also what other tabs keep; or what was made until `time` (RFC 3339). */
  forget(time = null) {
    for (const key of this.#keys()) this.storage.removeItem(key);
    this.events = time === null ? [] : this.events.filter((event) => event.time > time);
    this.#write();
  }

  #leftBehind() {
    const found = [];
    for (const key of this.#keys()) {
      if (key === this.key) continue;
      found.push(...this.#read(key));
      this.storage.removeItem(key);
    }
    return found;
  }

  #keys() {
    if (!this.storage) return [];
    const keys = [];
    for (let i = 0; i < this.storage.length; ++i) {
      const key = this.storage.key(i);
      if (key?.startsWith(this.prefix)) keys.push(key);
    }
    return keys;
  }

  #read(key) {
    try {
      const events = JSON.parse(this.storage?.getItem(key) ?? "[]");
      return Array.isArray(events) ? events : [];
    } catch {
      return []; // what another program wrote there is none of ours
    }
  }

  #write() {
    try {
      if (this.events.length === 0) this.storage?.removeItem(this.key);
      else this.storage?.setItem(this.key, JSON.stringify(this.events));
    } catch {
      // Full or forbidden: the events live as long as the page.
    }
  }
}
