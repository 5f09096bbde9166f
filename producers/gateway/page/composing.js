// Music that is composed for the listener: the offer, how far a track is, and what it became.

import { paragraph, raw, showDialog } from "./dialog.js";
import { aiText, badge } from "./up_next.js";

const JOBS_MAX = 4; // shown; the oldest goes
const WORDS = {
  queued: "Waits for a composer",
  composing: "Is being composed",
  rendering: "Is being played and recorded",
  checking: "Is being checked and labelled",
  ready: "Ready",
  reused: "Was there already: composed for the same wish",
  expired: "Ready, later than you wanted it",
};
// Where the catalogue's entry has not come yet: all of it is labelled.
const MADE = { composed: "generated", performed: "generated" };
const ORDER = Object.keys(WORDS).slice(0, 5);

export class Composing {
  #jobs = new Map(); // job_id -> its row
  #offered = null; // the job_id of the offer that is shown
  #answered = new Set(); // offers that the listener said something to

  /** `at`: elements by name. `on`: answer(accepted, job_id), play(track), more(track), why(track). */
  constructor(at, on) {
    this.at = at;
    this.on = on;
    at.accept.addEventListener("click", () => this.#answer(true));
    at.reject.addEventListener("click", () => this.#answer(false));
  }

  /** The offer that came with a list; none: it stands no more. Without a job it says why there is none. */
  offer(offer) {
    const job = offer?.job_id;
    const open = Boolean(offer) && !this.#answered.has(job) && !this.#jobs.has(job);
    this.#offered = open && job ? job : null;
    this.at.text.textContent = open ? offer.text : "";
    this.at.offer.hidden = !open;
    this.at.accept.hidden = this.at.reject.hidden = !this.#offered;
    this.#showPanel();
  }

  /** How far a job is. */
  show(progress) {
    const row = this.#jobs.get(progress.job_id) ?? this.#makeRow(progress.job_id);
    if (progress.job_id === this.#offered) this.offer(null);
    this.#fill(row, progress);
    this.#showPanel();
  }

  clear() {
    this.#jobs.clear();
    this.#answered.clear();
    this.at.jobs.replaceChildren();
    this.offer(null);
  }

  #answer(accepted) {
    const job = this.#offered;
    if (!job) return;
    this.#answered.add(job);
    this.offer(null);
    this.on.answer(accepted, job);
  }

  #makeRow(id) {
    const element = made("li", "job");
    element.dataset.job = id;
    const row = { element, title: made("p", "job-title"), stage: made("p", "job-stage"), bar: made("progress"), buttons: made("div", "buttons") };
    row.bar.max = ORDER.length - 1;
    element.append(row.title, row.bar, row.stage, row.buttons);
    this.at.jobs.prepend(element);
    this.#jobs.set(id, row);
    while (this.#jobs.size > JOBS_MAX) {
      const [oldest, gone] = this.#jobs.entries().next().value;
      gone.element.remove();
      this.#jobs.delete(oldest);
    }
    return row;
  }

  #fill(row, { stage, track: composed, reason }) {
    const track = composed && { ai: MADE, ...composed };
    row.element.className = `job ${stage}`;
    row.element.dataset.stage = stage;
    row.title.textContent = track?.title ?? (track ? "A piece for you" : "A piece for you, under way");
    row.title.append(badge("AI", aiText(track?.ai ?? MADE)));
    row.bar.hidden = !ORDER.includes(stage) || stage === "ready";
    row.bar.value = ORDER.indexOf(stage);
    row.bar.setAttribute("aria-label", WORDS[stage] ?? stage);
    row.stage.textContent = WORDS[stage] ?? `Nothing was composed: ${reason?.text ?? reason?.code ?? "no reason is known"}`;
    row.buttons.replaceChildren();
    if (!track) return;
    row.buttons.append(
      this.#button("Play it", () => this.on.play(track), "filled"),
      this.#button("Another like it", () => this.on.more(track)),
      this.#button("Why was it composed?", () => this.on.why(track)),
    );
  }

  #button(text, run, kind = "") {
    const button = made("button", kind);
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", run);
    return button;
  }

  #showPanel() {
    this.at.panel.hidden = this.#jobs.size === 0 && this.at.offer.hidden;
  }
}

function made(name, kind = "") {
  const element = document.createElement(name);
  if (kind) element.className = kind;
  return element;
}

const INPUTS = {
  setting: (value) => `Your setting for composed music is "${value}".`,
  fit: (value) => `What the catalogue has fits by ${percent(value)}.`,
  match: (value) => `Of what you asked for, it meets ${percent(value)}.`,
  heard_share: (value) => `Of the best of it you heard ${percent(value)} in the last 14 days.`,
  early_skips: (value) => (value > 0 ? `You skipped ${value} in a row.` : ""),
};

function percent(share) {
  return `${Math.round(100 * share)} %`;
}

/** Why a track was composed, with what the decision was made from. */
export function showWhyComposed(name, { text, decision, specification }) {
const inputs = Object.entries(INPUTS).map(([input, words]) => {
    const value = decision.signals?.[input];
    return value === undefined ? "" : words(value);
  });
  const { seed, ...wish } = specification;
  const wished = Object.entries(wish).map(([field, value]) => `${field.replace("_", " ")}: ${[value].flat().join(", ")}`);
  showDialog(
    `Why was ${name} composed?`,
    paragraph(text),
    ...inputs.filter(Boolean).map(paragraph),
    wished.length > 0 && paragraph(`It was to be ${wished.join("; ")}.`),
    raw(decision),
  );
}
