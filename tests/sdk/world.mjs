// A browser as the SDK sees it, in the test's hands: time, sockets, storage, requests.

import { randomUUID } from "node:crypto";

import { Segue } from "../../producers/gateway/sdk/segue.js";

export class Storage {
  #kept = new Map();
  get length() {
    return this.#kept.size;
  }
  key(i) {
    return [...this.#kept.keys()][i] ?? null;
  }
  getItem(key) {
    return this.#kept.get(key) ?? null;
  }
  setItem(key, value) {
    this.#kept.set(key, value);
  }
  removeItem(key) {
    this.#kept.delete(key);
  }
  copy() {
    const other = new Storage();
    for (const [key, value] of this.#kept) other.setItem(key, value);
    return other;
  }
}

const START = Date.parse("2026-11-21T12:00:00Z");

export class World {
  constructor() {
    this.time = START;
    this.sockets = [];
    this.timers = [];
    this.requests = [];
    this.answers = [];
    this.listeners = {};
    this.hidden = false;
    const world = this;
    this.env = {
      WebSocket: class {
        constructor(url) {
          this.url = url;
          this.sent = [];
          world.sockets.push(this);
        }
        send(text) {
          this.sent.push(JSON.parse(text));
        }
        close(code) {
          this.closedWith = code;
        }
      },
      fetch: async (url, options) => {
        this.requests.push({ url, ...options });
        return this.answers.shift() ?? answer(202, {});
      },
      setTimeout: (run, ms) => {
        const timer = { run, ms };
        this.timers.push(timer);
        return timer;
      },
      clearTimeout: (timer) => (this.timers = this.timers.filter((each) => each !== timer)),
      now: () => this.time,
      elapsed: () => this.time - START,
      random: () => 0.5,
      uuid: randomUUID,
      storage: new Storage(),
      sessionStorage: new Storage(),
      hidden: () => this.hidden,
      page: { addEventListener: (name, run, { signal }) => {
          this.listeners[name] = run;
          signal.addEventListener("abort", () => delete this.listeners[name]);
        },
      },
    };
  }

  get socket() {
    return this.sockets.at(-1);
  }

  /** The gateway takes the connection and finds the token good. */
  async accept(series = "a-series", time = new Date(this.time).toISOString()) {
    await this.socket.onopen();
    this.tell({ ready: { series, time } });
  }

  /** The page is reloaded in the same tab, or shown again. */
  leave() {
    return this.listeners.pagehide();
  }

  /** The page is hidden, or shown again. */
  see(shown) {
    this.hidden = !shown;
    return this.listeners.visibilitychange();
  }

  tell(message) {
    this.socket.onmessage({ data: JSON.stringify(message) });
  }

  lose(code = 1006, reason = "") {
    this.socket.onclose({ code, reason });
  }

  /** Another tab of the same browser; `copied`: by doubling this one. */
  tab({ copied }) {
    const other = new World();
    other.time = this.time;
    other.env.storage = this.env.storage;
    if (copied) other.env.sessionStorage = this.env.sessionStorage.copy();
    return other;
  }

  /** The events that went up this socket as they were made: without when they were sent. */
  get up() {
    return this.sent.map(({ sent_at, ...event }) => event);
  }

  get sent() {
    return this.socket.sent.flatMap((message) => message.events ?? []);
  }
}

export function answer(status, body, headers = {}) {
  return { status, headers: new Headers(headers), json: async () => body };
}

export function segue(world, options = {}) {
  const common = { url: "https://gateway.example/", token: () => "a-token", listener: "ada", env: world.env };
  return new Segue({ ...common, ...options });
}

export const types = (events) => events.map((event) => event.type);
