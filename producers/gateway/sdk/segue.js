// A player's side of the gateway: events go up and survive lost connections, the newest list comes
// down. No dependency; runs in browsers and, with a WebSocket, in Node.

import { Backoff } from "./backoff.js";
import { Play } from "./play.js";
import { Queue } from "./queue.js";

const SEND_MAX = 100; // events in one message
const MESSAGE_BYTES_MAX = 60_000; // the gateway takes 64 KiB
const POLICY = 1008; // closed for a bad token: a fresh one is asked for

/** What a browser provides; tests provide their own. */
function browser() {
  return {
    WebSocket: globalThis.WebSocket,
    fetch: (...args) => globalThis.fetch(...args),
    setTimeout: (...args) => globalThis.setTimeout(...args),
    clearTimeout: (id) => globalThis.clearTimeout(id),
    now: () => Date.now(),
    random: Math.random,
    uuid: uuid,
    storage: storageOrNull("localStorage"),
    sessionStorage: storageOrNull("sessionStorage"),
    page: globalThis.document ? globalThis : null,
  };
}

function storageOrNull(name) {
  try {
    return globalThis[name] ?? null;
  } catch {
    return null; // forbidden by the user
  }
}

// crypto.randomUUID exists on secure origins only.
function uuid() {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export class Segue {
  constructor({ url, token, listener = "", env = {}, queueMax = 1_000, ...on }) {
    this.listener = listener;
    this.url = url.replace(/\/$/, "");
    this.env = { ...browser(), ...env };
    this.on = { list: () => {}, status: () => {}, error: () => {}, erased: () => {}, sent: () => {}, ...on };
    this.version = -1;
    this.privateSession = false;
    this.status = "offline";
    this.#token = token;
    this.#backoff = new Backoff({ random: this.env.random });
    this.#openSession();
    this.queue = new Queue(this.env.storage, listener, this.session, queueMax);
  }

  #token;
  #lastToken = null;
  #backoff;
  #socket = null;
  #ready = false;
  #inFlight = []; // ids in the order in which they went up this socket
  #acknowledged = 0; // of these
  #retry = null;
  #wanted = false;
  #seq = 0;
  #etag = null;
  #list = null;

  /** Connects, and connects again whenever the connection is lost, until `close`. */
  connect() {
    this.#wanted = true;
    this.#watchPage();
    this.#open();
  }

  close() {
    this.#wanted = false;
    this.env.clearTimeout(this.#retry);
    this.#socket?.close(1000);
    this.#setStatus("offline");
  }

  /** Puts an event in the queue; it is sent now or as soon as there is a connection. */
  send(type, data = {}) {
    const event = this.#made(type, data);
    this.on.sent(event);
    this.#enqueue(event);
    return event;
  }

  #enqueue(event) {
    this.queue.add(event);
    this.#flush();
  }

  #made(type, data) {
    const event = {
      type,
      id: this.env.uuid(),
      session_id: this.session,
      seq: this.#nextSeq(),
      time: this.#now(),
      ...data,
    };
    if (this.privateSession) event.private_session = true;
    return event;
  }

  #now() {
    return new Date(this.env.now()).toISOString();
  }

  // When it is sent, each time anew: with it the gateway's side sees past a wrong clock.
  #stamped(events) {
    const sent_at = this.#now();
    return events.map((event) => ({ ...event, sent_at }));
  }

  play(track, more = {}) {
    return new Play(this, track, more);
  }

  startSession(data = {}) {
    return this.send("session.started", data);
  }

  rate(track, score) {
    return this.send("feedback.rated", { track_id: track, score });
  }

  save(track) {
    return this.send("feedback.saved", { track_id: track });
  }

  unsave(track) {
    return this.send("feedback.unsaved", { track_id: track });
  }

  hide(track) {
    return this.send("feedback.hidden", { track_id: track });
  }

  /** What the listener asks of the list: mood, genre, prompt, seed_track_id, adventurous, exclusions. */
  request(wishes) {
    return this.send("request.made", wishes);
  }

  /**
   * The same over plain HTTP, which says at once what shapes the list and what cannot. Where nobody
   * answers, or says later, the very event waits in the queue and the error is `queued`.
   */
  async ask(wishes) {
    const event = this.#made("request.made", wishes);
    this.on.sent(event);
    const body = JSON.stringify(this.#stamped([event])[0]);
    try {
      const response = await this.#ask("POST", "/v1/requests", { body, good: [202] });
      return await response.json();
    } catch (problem) {
      const error = problem instanceof Error ? problem : new Error(String(problem));
      const queued = [undefined, 429, 503].includes(error.status);
      if (queued) this.#enqueue(event);
      throw Object.assign(error, { queued });
    }
  }

  /** To what the listener consents: learning, personalisation. What is not named stays. */
  consent(purposes) {
    return this.send("privacy.consent_changed", { consent: purposes });
  }

  /** The catalogue's genres and moods, those of the most tracks first. */
  async kinds() {
    return (await this.#ask("GET", "/v1/kinds")).json();
  }

  /** The current list over plain HTTP; the one known if nothing changed. */
  async recommendations() {
    const response = await this.#ask("GET", "/v1/recommendations", {
      headers: this.#etag ? { "If-None-Match": this.#etag } : {},
      good: [200, 304],
    });
    if (response.status === 200) {
      this.#etag = response.headers.get("etag");
      this.#list = await response.json();
    }
    return this.#list;
  }

  async why(track) {
    return (await this.#ask("GET", `/v1/me/why/${encodeURIComponent(track)}`)).json();
  }

  async export() {
    return (await this.#ask("GET", "/v1/me/export")).json();
  }

  /** Has everything known of the listener erased, here too. */
  async erase() {
    await this.#ask("DELETE", "/v1/me", { good: [202] });
    this.queue.clear();
    this.#forget();
  }

  /**
   * For a page that goes away: sends what waits in a request that outlives it. With the last token, if
   * it still holds, for a page that is gone waits for no other; else all stays in the queue.
   */
  async beacon() {
    const events = this.#firstThatFit(this.queue.events);
    if (events.length === 0) return;
    try {
      await this.#post(events, { keepalive: true, token: this.#lastToken });
    } catch {
      // They stay in the queue, for the next visit.
    }
  }

  // -- the connection

  async #open() {
    if (this.#socket || !this.#wanted) return;
    this.#setStatus("connecting");
    const socket = new this.env.WebSocket(`${this.url.replace(/^http/, "ws")}/v1/stream`);
    this.#socket = socket;
    socket.onopen = async () => {
      try {
        const token = await this.#freshToken();
        if (this.#socket !== socket) return;
        socket.send(JSON.stringify({ hello: { token, version: this.version } }));
      } catch (error) {
        this.on.error({ code: "no_token", detail: String(error) });
        socket.close(1000);
      }
    };
    socket.onmessage = (message) => this.#take(JSON.parse(message.data));
    socket.onclose = (closed) => this.#lost(socket, closed.code);
    socket.onerror = () => {}; // close follows
  }

  #take(message) {
    if (message.ready) this.#enter();
    if (message.ack !== undefined) this.#settle(message.ack);
    if (message.error) this.on.error(message.error);
    if (message.erased) {
      this.#forget();
      this.on.erased();
    }
    if (message.recommendations) this.#show(message.recommendations);
  }

  #enter() {
    this.#ready = true;
    this.#inFlight = [];
    this.#acknowledged = 0;
    this.#backoff.reset();
    this.#setStatus("online");
    this.#flush();
  }

  #show(list) {
    if (list.version <= this.version) return;
    this.version = list.version;
    this.#list = list;
    this.#etag = `"${list.version}"`;
    this.on.list(list);
  }

  #settle(number) {
    this.queue.settle(this.#inFlight.slice(this.#acknowledged, number));
    this.#acknowledged = number;
    this.#flush();
  }

  #lost(socket, code) {
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.#ready = false;
    if (!this.#wanted) return;
    this.#setStatus("offline");
    if (code === POLICY) this.on.error({ code: "refused", detail: "the gateway closed the connection" });
    this.#retry = this.env.setTimeout(() => this.#open(), this.#backoff.next());
  }

  #flush() {
    if (!this.#ready) return;
    const sent = new Set(this.#inFlight.slice(this.#acknowledged));
    let waiting = this.queue.events.filter((event) => !sent.has(event.id));
    while (waiting.length > 0) {
      const events = this.#firstThatFit(waiting);
      this.#socket.send(JSON.stringify({ events }));
      this.#inFlight.push(...events.map((event) => event.id));
      waiting = waiting.slice(events.length);
    }
  }

  // As they go out now: when they are sent counts as well.
  #firstThatFit(waiting) {
    const events = this.#stamped(waiting.slice(0, SEND_MAX));
    let bytes = 0;
    let count = 0;
    while (count < events.length) {
      bytes += JSON.stringify(events[count]).length * 3 + 1; // the most that UTF-8 makes of it
      if (bytes > MESSAGE_BYTES_MAX && count > 0) break;
      ++count;
    }
    return events.slice(0, count);
  }

  // -- plain HTTP

  async #post(events, more = {}) {
    return this.#ask("POST", "/v1/events", {
      body: JSON.stringify({ events }),
      headers: { "Content-Type": "application/json" },
      good: [202],
      ...more,
    });
  }

  async #freshToken() {
    this.#lastToken = await this.#token();
    return this.#lastToken;
  }

  async #ask(method, path, { headers = {}, good = [200], token = null, ...more } = {}) {
    const response = await this.env.fetch(this.url + path, {
      method,
      headers: { Authorization: `Bearer ${token ?? (await this.#freshToken())}`, ...headers },
      ...more,
    });
    if (good.includes(response.status)) return response;
    const problem = await response.json().catch(() => ({}));
    throw Object.assign(new Error(problem.detail ?? `${method} ${path}: ${response.status}`), {
      status: response.status,
      code: problem.code,
      retryAfterS: Number(response.headers.get("retry-after") ?? 0),
    });
  }

  // -- the session

  // One a tab: it goes on when the tab is loaded anew.
  #openSession() {
    const kept = JSON.parse(this.env.sessionStorage?.getItem(this.#sessionKey) ?? "null");
    this.session = kept?.session ?? this.env.uuid();
    this.#seq = kept?.seq ?? 0;
  }

  get #sessionKey() {
    return `segue.session.${this.listener}`;
  }

  #nextSeq() {
    ++this.#seq;
    const kept = JSON.stringify({ session: this.session, seq: this.#seq });
    try {
      this.env.sessionStorage?.setItem(this.#sessionKey, kept);
    } catch {
      // Without it a page that is loaded anew would reuse numbers: it begins another session.
    }
    return this.#seq;
  }

  #forget() {
    this.#list = null;
    this.#etag = null;
  }

  #setStatus(status) {
    if (this.status === status) return;
    this.status = status;
    this.on.status(status);
  }

  #watchPage() {
    if (this.watching || !this.env.page) return;
    this.watching = true;
    this.env.page.addEventListener("pagehide", () => this.beacon());
    this.env.page.addEventListener("online", () => this.#hurry());
  }

  // The network is back: no reason to wait any longer.
  #hurry() {
    if (this.#socket || !this.#wanted) return;
    this.env.clearTimeout(this.#retry);
    this.#open();
  }
}
