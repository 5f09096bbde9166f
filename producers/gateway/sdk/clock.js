// The device's clock, and how far it is from the gateway's. Events keep the time that the device said;
// what goes out is corrected, with the sending time beside it, computed for each attempt.

// Less than this is the network's, or does no harm.
const WRONG_MS = 30_000;

export class Clock {
  #env;
  #behindMs = 0;

  constructor(env) {
    this.#env = env;
  }

  /** RFC 3339, as the device has it. */
  now() {
    return new Date(this.#env.now()).toISOString();
  }

  /** The gateway says what time it is. */
  compare(time) {
    const measured = Date.parse(time) - this.#env.now();
    const behindMs = Math.abs(measured) < WRONG_MS ? 0 : measured;
    // Events that are sent again carry the same time as long as the difference is about the same.
    if (Math.abs(behindMs - this.#behindMs) >= WRONG_MS) this.#behindMs = behindMs;
  }

  /** The event as it goes out now. */
  stamped(event) {
    return { ...event, time: this.#corrected(event.time), sent_at: this.#corrected(this.now()) };
  }

  #corrected(time) {
    const ms = Date.parse(time) + this.#behindMs;
    return this.#behindMs && Number.isFinite(ms) ? new Date(ms).toISOString() : time;
  }
}
