// A tab's session and its numbers. It survives a reload of the tab, and is no other tab's: to
// double a tab copies what is kept, and two that used the same numbers would pass for retries.

export class Session {
  #env;
  #storage;
  #key;
  #seq = 0;
  #isPrivate = false;

  /** `storage`: where it outlives the page; null: nowhere. */
  constructor(env, storage, listener) {
    this.#env = env;
    this.#storage = storage;
    this.#key = `segue.session.${listener}`;
    this.id = env.uuid();
    const kept = this.#read();
    this.#isPrivate = kept?.isPrivate === true;
    if (kept && !kept.taken) this.#goOnWith(kept);
    this.#write(true);
  }

  next() {
    ++this.#seq;
    this.#write(true);
    return this.#seq;
  }

  /** Another session, unless nothing was said in this one. */
  begin() {
    if (this.#seq === 0) return;
    this.id = this.#env.uuid();
    this.#seq = 0;
    this.#write(true);
  }

  get isPrivate() {
    return this.#isPrivate;
  }

  set isPrivate(value) {
    this.#isPrivate = Boolean(value);
    this.#write(true);
  }

  /** The page goes away, perhaps to be reloaded: its successor may go on. A tab that crashed never
   * gave its session free, and begins another. */
  leave() {
    this.#write(false);
  }

  /** The page is shown again as it was; meanwhile another page of this tab may have gone on. */
  return() {
    if (!this.#storage) return;
    const kept = this.#read();
    if (kept) this.#isPrivate = kept.isPrivate === true;
    if (kept?.session === this.id && !kept.taken) this.#goOnWith(kept);
    else this.begin();
    this.#write(true);
  }

  #goOnWith(kept) {
    this.id = kept.session;
    this.#seq = kept.seq;
  }

  #read() {
    try {
      const kept = JSON.parse(this.#storage?.getItem(this.#key) ?? "null");
      return typeof kept?.session === "string" && Number.isInteger(kept.seq) ? kept : null;
    } catch {
      return null; // what another program wrote there is none of ours
    }
  }

  // The kept numbers are older than those in use: a reloaded page had better find nothing.
  #giveUp() {
    try {
      this.#storage?.removeItem(this.#key);
    } catch {
      // Forbidden by the user, who then has nothing kept.
    }
  }

  #write(taken) {
    const kept = { session: this.id, seq: this.#seq, taken, isPrivate: this.#isPrivate };
    try {
      this.#storage?.setItem(this.#key, JSON.stringify(kept));
    } catch {
      this.#giveUp();
    }
  }
}
