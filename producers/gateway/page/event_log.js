// Events sent, and the time until the list that answers each stood on the screen.

const SHOWN_MAX = 50;
const BARS_MAX = 24;

const WORDS = {
  "playback.started": "Started",
  "playback.skipped": "Skipped",
  "playback.completed": "Heard to the end",
  "playback.stopped": "Stopped",
  "playback.paused": "Paused",
  "playback.resumed": "Went on",
  "playback.heartbeat": "Still playing",
  "playback.failed": "Would not play",
  "feedback.saved": "Saved",
  "feedback.unsaved": "No longer saved",
  "feedback.hidden": "Hid",
  "request.made": "Asked for other music",
  "generation.accepted": "Asked for it to be composed",
  "generation.rejected": "Wanted nothing composed",
  "privacy.consent_changed": "Changed consent",
  "session.started": "A session began",
  "feedback.rated": "Rated",
};

export function wordsOf(type) {
  return WORDS[type] ?? type.replace(".", " ");
}

// The list does not answer these.
const UNANSWERED = ["playback.heartbeat"];

export class EventLog {
  /** `titleOf(track_id)` names a track for people. */
  constructor({ list, latency, bars }, titleOf) {
    this.list = list;
    this.latency = latency;
    this.bars = bars;
    this.titleOf = titleOf;
    this.waiting = new Map(); // event id -> { at, ms }
    this.took = [];
  }

  sent(event) {
    const line = document.createElement("li");
    Object.assign(line.dataset, { id: event.id, type: event.type });
    const what = document.createElement("span");
    what.className = "what";
    what.textContent = this.#words(event);
    const ms = document.createElement("span");
    ms.className = "ms";
    const answered = !UNANSWERED.includes(event.type);
    ms.textContent = answered ? "…" : "";
    line.append(what, ms);
    this.list.prepend(line);
    while (this.list.children.length > SHOWN_MAX) this.list.lastChild.remove();
    if (answered) this.waiting.set(event.id, { at: performance.now(), ms });
    if (this.waiting.size > SHOWN_MAX) this.waiting.delete(this.waiting.keys().next().value);
  }

  /** The list caused by this event is in the page: measured when it is painted. */
  answered(id) {
    const event = this.waiting.get(id);
    if (!event) return;
    // Lists answer in order: an earlier event that caused none has none of its own.
    for (const [before, each] of this.waiting) {
      if (before === id) break;
      each.ms.textContent = "";
      this.waiting.delete(before);
    }
    this.waiting.delete(id);
    requestAnimationFrame(() => {
      const ms = Math.round(performance.now() - event.at);
      event.ms.textContent = `${ms} ms`;
      this.latency.textContent = `${ms} ms`;
      this.latency.dataset.ms = ms;
      this.#draw(ms);
    });
  }

  #words(event) {
    const rated = event.type === "feedback.rated";
    const said = rated ? (event.score > 0 ? "Liked" : "No longer liked") : wordsOf(event.type);
    const title = event.track_id ? this.titleOf(event.track_id) : "";
    return [said, title].filter(Boolean).join(" · ");
  }

  #draw(ms) {
    this.took.push(ms);
    if (this.took.length > BARS_MAX) this.took.shift();
    const most = Math.max(...this.took, 50);
    this.bars.replaceChildren(
      ...this.took.map((each) => {
        const bar = document.createElement("i");
        bar.style.height = `${Math.round((100 * each) / most)}%`;
        return bar;
      }),
    );
  }
}
