// How long to wait before the next attempt: at random below a limit that doubles, so that a
// thousand players whose gateway restarts do not come back in step.

export class Backoff {
  constructor({ baseMs = 250, maxMs = 20_000, random = Math.random } = {}) {
    this.baseMs = baseMs;
    this.maxMs = maxMs;
    this.random = random;
    this.attempts = 0;
  }

  /** Milliseconds until the next attempt, at least `atLeastMs`. */
  next(atLeastMs = 0) {
    const limit = Math.min(this.maxMs, this.baseMs * 2 ** this.attempts++);
    return atLeastMs + this.random() * limit;
  }

  reset() {
    this.attempts = 0;
  }
}
