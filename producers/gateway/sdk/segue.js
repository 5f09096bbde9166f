// A player's side of the gateway: events go up and survive lost connections, the newest list comes
// down. No dependency; runs in browsers and, with a WebSocket, in Node.

import { lineOf, unknownType, warn } from "./advice.js";
import { Backoff } from "./backoff.js";
import { browser } from "./browser.js";
import { Clock } from "./clock.js";
import { Composing, withSound } from "./composing.js";
import { ask, POLICY, posted, UNREADABLE, wellFormed } from "./http.js";
import { LastWords } from "./last_words.js";
import { PageLife } from "./page_life.js";
import { Play } from "./play.js";
import { firstThatFit, Queue } from "./queue.js";
import { Session } from "./session.js";
import { Started } from "./started.js";
import { idOf } from "./track.js";

const EVENT_BYTES_MAX = 50_000;
const ACK_WITHIN_MS = 20_000; // a gateway gives an event up earlier: who is silent for so long is gone
const STEADY_MS = 10_000; // a connection that lasted so long was a good one

export class Segue {
  constructor({ url, token, listener = "", env = {}, queueMax = 1_000, ...on }) {
    this.listener = listener;
    this.url = url.replace(/\/$/, "");
    this.env = { ...browser(), ...env };
    const error = (problem) => this.on.warn(lineOf(problem));
    const nothing = { list: () => {}, status: () => {}, erased: () => {}, sent: () => {}, generation: () => {} };
    this.on = { ...nothing, error, warn, ...on };
    this.version = -1;
    this.status = "offline";
    this.#token = token;
    this.#clock = new Clock(this.env);
    this.#backoff = new Backoff({ random: this.env.random });
    // Without a name its owner is unknown: then nothing outlives the page.
    const kept = (storage) => (listener ? storage : null);
    this.#session = new Session(this.env, kept(this.env.sessionStorage), listener);
    this.queue = new Queue(kept(this.env.storage), listener, this.session, queueMax);
    this.#lastWords = new LastWords(this.env, kept(this.env.storage), listener, this.session);
    this.#takeOver();
    this.#page = this.#watchPage();
  }

  #page;
  #token;
  #lastToken = null;
  #clock;
  #session;
  #plays = new Set(); // that have not ended
  #started = new Started();
  #lastWords;
  #composing = new Composing();
  #waiting = null; // for another page's
  #backoff;
  #socket = null;
  #series = ""; // in which `version` counts
  #onlineSince = 0;
  #unreachable = false; // and it was said
  #oneByOne = false; // until what cannot be read is found
  #ackTimer = null; // for the next acknowledgement
  #erasing = null; // until when, and which plays, if this tab asked for it
  #ready = false;
  #inFlight = []; // ids in the order in which they went up this socket
  #acknowledged = 0; // of these
  #retry = null;
  #wanted = false;
  #etag = null;
  #list = null;

  get session() {
    return this.#session.id;
  }

  /** While true nothing is learned from what is sent; it outlives the page as the session does. */
  get privateSession() {
    return this.#session.isPrivate;
  }

  set privateSession(value) {
    this.#session.isPrivate = value;
  }

  /** Connects, and connects again whenever the connection is lost, until `close`. */
  connect() {
    if (typeof this.env.WebSocket !== "function") {
      throw new Error("there is no WebSocket here: give one as env: { WebSocket }, or use Node 22 or later");
    }
    this.#wanted = true;
    this.#page.watch();
    this.#open();
  }

  close() {
    this.#wanted = false;
    this.#lastWords.takeBack();
    this.env.clearTimeout(this.#retry);
    this.env.clearTimeout(this.#waiting);
    this.#drop();
    this.#page.stop();
    this.#setStatus("offline");
  }

  /** Puts an event in the queue; it is sent now or as soon as there is a connection. Throws RangeError
   * for one that no gateway would take. */
  send(type, data = {}) {
    const unknown = unknownType(type);
    if (unknown) this.on.warn(unknown);
    const event = this.#made(type, data);
    this.on.sent(event);
    this.#enqueue(event);
    return event;
  }

  #enqueue(event) {
    this.queue.add(event);
    this.#flush();
    this.#leaveWords();
  }

  #number() {
    return { id: this.env.uuid(), session_id: this.session, seq: this.#session.next() };
  }

  #made(type, data, number = null) {
    const more = JSON.stringify(data);
    if (new TextEncoder().encode(more).length > EVENT_BYTES_MAX) {
      throw new RangeError(`an event has at most ${EVENT_BYTES_MAX} bytes`);
    }
    const event = {
      type,
      ...(number ?? this.#number()),
      time: this.#clock.now(),
      ...JSON.parse(wellFormed(more)),
    };
    if (this.privateSession) event.private_session = true;
    return event;
  }

  /** `more`: fields of its events; `reason`: whose idea it is. */
  play(track, fields) {
    const { reason, ...more } = fields ?? {};
    return new Play(this, track, more, { open: this.#plays, started: this.#started, reason });
  }

  /** Begins another session, unless nothing was said in this one. */
  startSession(data = {}) {
    this.#session.begin();
    return this.send("session.started", data);
  }

  endSession() {
    return this.send("session.ended");
  }

  rate(track, score) {
    return this.send("feedback.rated", { track_id: idOf(track), score });
  }

  save(track) {
    return this.send("feedback.saved", { track_id: idOf(track) });
  }

  unsave(track) {
    return this.send("feedback.unsaved", { track_id: idOf(track) });
  }

  hide(track) {
    return this.send("feedback.hidden", { track_id: idOf(track) });
  }

  /** What the listener asks of the list: mood, genre, prompt, seeds, a filter, adventurous, exclusions. */
  request(wishes) {
    return this.send("request.made", wishes);
  }

  /**
   * The same over plain HTTP, which says at once what shapes the list and what cannot. Where no
   * server answers, or it says "later", this event waits in the queue and the error is `queued`.
   */
  async ask(wishes) {
    const event = this.#made("request.made", wishes);
    this.on.sent(event);
    const body = JSON.stringify(this.#clock.stamped(event));
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

  /** The catalogue's genres and moods, those of the most tracks first; and what can be composed. */
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
      this.#list = withSound(this.url, await response.json());
      this.#started.take(this.#list);
    }
    return this.#list;
  }

  async why(track) {
    return (await this.#ask("GET", `/v1/me/why/${encodeURIComponent(idOf(track))}`)).json();
  }

  /** Why this track was composed for the listener: a sentence, and the decision with its inputs. */
  async whyComposed(track) {
    return (await this.#ask("GET", `/v1/me/why-composed/${encodeURIComponent(idOf(track))}`)).json();
  }

  async export() {
    return (await this.#ask("GET", "/v1/me/export")).json();
  }

  /** Has everything known of the listener erased, here too. */
  async erase() {
    const erasing = (this.#erasing = { until: this.#clock.now(), plays: [...this.#plays] });
    try {
      await this.#ask("DELETE", "/v1/me", { good: [202] });
    } catch (error) {
      if (this.#erasing === erasing) this.#erasing = null;
      throw error;
    }
    // The stream may have said so before, and shown what comes after it.
    if (!erasing.done) this.#forgetUntil(erasing.until, erasing.plays.splice(0));
  }

  // Events after that are of somebody new.
  #forgetUntil(time, plays) {
    for (const play of plays) play.discard();
    this.queue.forget(time);
    this.#lastWords.forget();
    this.#leaveWords();
    this.#forget();
  }

  /**
   * For a page that goes away: sends what waits in a request that outlives it. With the last token, if
   * it still holds, for a page that is gone waits for no other; else all stays in the queue.
   */
  async beacon() {
    const events = this.#firstThatFit(this.queue.events);
    if (events.length === 0 || !this.#lastToken) return;
    try {
      const { url, ...how } = posted(this.url, this.#lastToken, events);
      await this.env.fetch(url, { ...how, keepalive: true });
    } catch {
      // They stay in the queue, for the next visit.
    }
  }

  // -- the connection

  async #open() {
    if (this.#socket || !this.#wanted) return;
    let socket = null;
    try {
      socket = new this.env.WebSocket(`${this.url.replace(/^http/, "ws")}/v1/stream`);
    } catch (error) {
      this.#wanted = false; // an address that is none gets no better
      return this.on.error({ code: "no_address", detail: String(error) });
    }
    this.#setStatus("connecting");
    this.#socket = socket;
    let opened = false;
    socket.onopen = async () => {
      opened = true;
      try {
        const token = await this.#freshToken();
        if (this.#socket !== socket) return;
        socket.send(JSON.stringify({ hello: { token, version: this.version, series: this.#series } }));
      } catch (error) {
        this.on.error({ code: "no_token", detail: String(error) });
        socket.close(1000);
      }
    };
    socket.onmessage = ({ data }) => this.#socket === socket && this.#take(JSON.parse(data));
    socket.onclose = (closed) => {
      if (!opened && this.#socket === socket) this.#sayUnreachable();
      this.#lost(socket, closed.code, closed.reason);
    };
    // Close follows, but not in each Node where no server took the connection.
    socket.onerror = () => opened || socket.onclose({ code: 1006, reason: "" });
  }

  // Once, until it was reached: a gateway that restarts is soon back.
  #sayUnreachable() {
    if (this.#unreachable) return;
    this.#unreachable = true;
    this.on.error({ code: "unreachable", detail: `${this.url} takes no connection; trying on` });
  }

  #take(message) {
    if (message.ready) this.#enter(message.ready);
    if (message.ack !== undefined) this.#settle(message.ack);
    if (message.error) this.on.error(this.#named(message.error));
    if (message.erased) {
      // This tab's erasure may arrive before its answer; another tab's comes unasked.
      const erasing = this.#erasing ?? { until: this.#clock.now(), plays: [...this.#plays] };
      this.#erasing = null;
      erasing.done = true;
      this.#forgetUntil(erasing.until, erasing.plays);
      this.on.erased();
    }
    if (message.generation) this.#composing.tell(this.url, message.generation, this.on.generation);
    if (message.recommendations) this.#show(withSound(this.url, message.recommendations));
  }

  // The gateway counts the events of a connection from 1.
  #named(problem) {
    const id = this.#inFlight[problem.event - 1];
    const type = this.queue.events.find((event) => event.id === id)?.type;
    return type ? { ...problem, type } : problem;
  }

  #enter({ series = "", time }) {
    // In another series versions start again, however great the one seen is.
    if (series !== this.#series) {
      this.version = -1;
      this.#forget();
    }
    this.#series = series;
    this.#clock.compare(time);
    this.#ready = true;
    this.#unreachable = false;
    this.#onlineSince = this.env.elapsed();
    this.#setStatus("online");
    this.#flush();
  }

  #show(list) {
    if (list.version <= this.version) return;
    this.version = list.version;
    this.#list = list;
    this.#started.take(list);
    this.#etag = `W/"${list.version}-${this.#series}"`;
    this.on.list(list);
  }

  get #unacknowledged() {
    return this.#inFlight.slice(this.#acknowledged);
  }

  #settle(number) {
    this.queue.settle(this.#inFlight.slice(this.#acknowledged, number));
    this.#acknowledged = number;
    this.#backoff.reset();
    this.#flush();
    this.#wait();
  }

  #lost(socket, code, why = "") {
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.env.clearTimeout(this.#ackTimer);
    if (this.#ready && this.env.elapsed() - this.#onlineSince >= STEADY_MS) this.#backoff.reset();
    this.#ready = false;
    const unacknowledged = this.#unacknowledged;
    this.#inFlight = [];
    this.#acknowledged = 0;
    if (!this.#wanted) return;
    this.#setStatus("offline");
    if (code === POLICY) this.on.error({ code: "refused", detail: why || "the gateway closed the connection" });
    if (UNREADABLE.includes(code)) this.#sortOut(unacknowledged, why);
    this.#retry = this.env.setTimeout(() => this.#open(), this.#backoff.next());
  }

  // Among what was on its way is something that no gateway takes. Alone it is known, and given up.
  #sortOut(suspects, why) {
    this.#oneByOne = suspects.length !== 1;
    if (this.#oneByOne) return;
    this.queue.settle(suspects);
    this.on.error({ code: "unreadable", detail: why || "an event cannot be read, and is given up" });
  }

  // Without waiting for the other side, who may be silent for long.
  #drop() {
    const socket = this.#socket;
    if (!socket) return;
    this.#lost(socket, 1006);
    socket.close(1000);
  }

  #flush() {
    if (!this.#ready) return;
    const sent = new Set(this.#unacknowledged);
    let waiting = this.queue.events.filter((event) => !sent.has(event.id));
    if (this.#oneByOne) {
      this.#oneByOne = sent.size + waiting.length > 1;
      waiting = waiting.slice(0, sent.size > 0 ? 0 : 1);
    }
    while (waiting.length > 0) {
      const events = this.#firstThatFit(waiting);
      this.#socket.send(JSON.stringify({ events }));
      if (this.#unacknowledged.length === 0) this.#wait(true);
      this.#inFlight.push(...events.map((event) => event.id));
      waiting = waiting.slice(events.length);
    }
  }

  #wait(begins = this.#unacknowledged.length > 0) {
    this.env.clearTimeout(this.#ackTimer);
    this.#ackTimer = begins ? this.env.setTimeout(() => this.#drop(), ACK_WITHIN_MS) : null;
  }

  // As they go out now: when they are sent counts as well.
  #firstThatFit(waiting) {
    return firstThatFit(waiting, (event) => this.#clock.stamped(event));
  }

  // -- plain HTTP

  async #freshToken() {
    this.#lastToken = await this.#token();
    return this.#lastToken;
  }

  #ask(method, path, more) {
    return ask({ env: this.env, url: this.url, token: () => this.#freshToken() }, method, path, more);
  }

  #forget() {
    this.#list = null;
    this.#started.forget();
    this.#etag = null;
  }

  #setStatus(status) {
    if (this.status === status) return;
    this.status = status;
    this.on.status(status);
  }

  #watchPage() {
    return new PageLife(this.env, {
      hide: () => (this.#leaveWords(), this.#ready ? null : this.beacon()),
      show: () => (this.#lastWords.takeBack(), this.#hurry()),
      leave: () => this.#leave(),
      comeBack: () => {
        this.queue.rejoin();
        this.#session.return();
        this.#hurry();
      },
      online: () => this.#hurry(),
      offline: () => this.#drop(),
    });
  }

  // Takes the words that other pages left; from those that may still play when it is certain that they do not.
  #takeOver() {
    const { events, waitMs } = this.#lastWords.found();
    this.queue.addAll(events);
    this.#flush();
    this.#waiting = waitMs > 0 ? this.env.setTimeout(() => this.#takeOver(), waitMs) : null;
  }

  #leaveWords() {
    if (!this.#page.hidden) return;
    const said = this.#lastWords.of(this.#plays, this.#number.bind(this));
    const words = said.map(([data, number]) => this.#made("playback.stopped", data, number));
    const all = [...this.queue.events, ...words];
    const fit = this.#firstThatFit(all);
    const sent = fit.length === all.length ? fit : this.#firstThatFit(words);
    this.#lastWords.leave(words, this.#lastToken ? posted(this.url, this.#lastToken, sent) : null);
  }

  // A listener who leaves in the middle of a track heard it as far as that.
  #leave() {
    for (const play of [...this.#plays]) play.stop();
    this.#lastWords.takeBack();
    this.#session.leave();
    return this.beacon();
  }

  // The network is back: no reason to wait any longer.
  #hurry() {
    if (this.#socket || !this.#wanted) return;
    this.env.clearTimeout(this.#retry);
    this.#open();
  }
}
