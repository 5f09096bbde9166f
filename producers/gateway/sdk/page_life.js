// The page's life: hidden, left, shown again. `on`: hide, show, leave, comeBack, online,
// offline.

export class PageLife {
  #env;
  #on;
  #watching = null;
  #away = false; // left, and perhaps shown again
  hidden = false; // where it may play on, or end without another word: a phone's app is swiped away

  constructor(env, on) {
    this.#env = env;
    this.#on = on;
    this.watch();
  }

  watch() {
    if (this.#watching || !this.#env.page) return;
    this.#watching = new AbortController();
    // Captured: what happens to the document need not bubble.
    const options = { signal: this.#watching.signal, capture: true };
    const on = (name, run) => this.#env.page.addEventListener(name, run, options);
    on("visibilitychange", () => this.#see());
    on("pagehide", () => this.#leave());
    on("freeze", () => this.#leave());
    on("pageshow", (shown) => shown.persisted && this.#comeBack());
    on("resume", () => this.#comeBack());
    on("online", () => this.#on.online());
    on("offline", () => this.#on.offline());
  }

  stop() {
    this.#watching?.abort();
    this.#watching = null;
  }

  #see() {
    this.hidden = this.#env.hidden();
    return this.hidden ? this.#on.hide() : this.#on.show();
  }

  // Frozen and put aside for "back" both happen to one page.
  #leave() {
    if (this.#away) return null;
    this.#away = true;
    return this.#on.leave();
  }

  #comeBack() {
    if (!this.#away) return;
    this.#away = false;
    this.hidden = this.#env.hidden();
    this.#on.comeBack();
  }
}
