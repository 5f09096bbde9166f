// Plays a track's sound where it has one, else a stand-in that takes as long.

const UNKNOWN_MS = 180_000;
const TICK_MS = 250;

export class Sound {
  /** `on`: tick(positionMs, lengthMs), ended(), failed(), refused(): the browser wants a press first. */
  constructor(audio, on) {
    this.audio = audio;
    this.on = on;
    this.url = "";
    this.lengthMs = 0;
    this.standInMs = 0;
    this.since = null; // of the stand-in: when it was last started
    audio.addEventListener("ended", () => on.ended());
    audio.addEventListener("error", () => this.url && on.failed());
    setInterval(() => this.#tick(), TICK_MS);
  }

  get positionMs() {
    if (this.url) return this.audio.currentTime * 1_000;
    return this.standInMs + (this.since === null ? 0 : performance.now() - this.since);
  }

  load(track) {
    this.pause();
    this.url = track.audio_url ?? "";
    this.lengthMs = track.duration_ms ?? UNKNOWN_MS;
    this.standInMs = 0;
    if (this.url) this.audio.src = this.url;
    else this.audio.removeAttribute("src");
  }

  play() {
    if (!this.url) this.since = performance.now();
    // A sound that cannot be played says so by its error event; to be interrupted by a skip is no failure.
    else this.audio.play().catch((why) => why.name === "NotAllowedError" && this.on.refused());
  }

  /** Nothing to play. */
  clear() {
    this.pause();
    this.url = "";
    this.lengthMs = this.standInMs = 0;
    this.audio.removeAttribute("src");
  }

  pause() {
    if (this.since !== null) this.standInMs = this.positionMs;
    this.since = null;
    this.audio.pause();
  }

  #tick() {
    if (!this.lengthMs) return;
    this.on.tick(this.positionMs, this.lengthMs);
    if (this.since === null || this.positionMs < this.lengthMs) return;
    this.pause();
    this.on.ended();
  }
}
