// Wishes for the list: how far from the known, which mood, which genre, like which
// track.

const SHOWN_MAX = 8;
const at = (id) => document.getElementById(id);

export class Wishes {
  /** `ask(wishes)` sends them and promises what came of it: `{ waits: true }` without a connection, null if it was refused. */
  constructor(ask) {
    this.ask = ask;
    this.seed = null;
    this.sent = 0;
    at("wishes").addEventListener("change", (event) => event.target.id !== "no-ai" && this.send());
    at("wishes").addEventListener("submit", (event) => event.preventDefault());
    at("adventurous").addEventListener("input", () => this.#showDial());
    at("forget-seed").addEventListener("click", () => this.startFrom(null));
    this.stored = null;
    this.#showDial();
  }

  /** Moods and genres to choose from: the catalogue's, then those that can be composed. */
  offer({ moods, genres, composed }) {
    choices(at("moods"), "mood", [...new Set([...moods, ...(composed?.moods ?? [])])]);
    choices(at("genres"), "genre", [...new Set([...genres, ...(composed?.genres ?? [])])]);
    this.#fillChips();
  }

  /** What was asked for before the page was loaded still holds: shows it, unless something was asked since. */
  fill(stored, titles) {
    if (!stored || this.sent > 0) return;
    this.stored = stored;
    if (stored.adventurous !== undefined) at("adventurous").value = stored.adventurous;
    this.#showDial();
    this.#fillChips();
    const { track_id } = stored.seed ?? {};
    if (track_id) this.#showSeed({ track_id }, stored.seed.title ?? titles.get(track_id) ?? track_id);
  }

  /** Nothing is wished any more, and nothing needs to be sent. */
  clear() {
    this.stored = null;
    at("adventurous").value = at("adventurous").defaultValue;
    for (const any of at("wishes").querySelectorAll('[type=radio][value=""]')) any.checked = true;
    this.#showDial();
    this.#showSeed(null);
  }

  #fillChips() {
    for (const kind of ["mood", "genre"]) {
      const wished = this.stored?.[kind];
      const input = wished && document.querySelector(`input[name="${kind}"][value="${CSS.escape(wished)}"]`);
      if (!input) continue;
      input.checked = true;
      input.parentElement.hidden = false;
    }
  }

  #showSeed(item, name) {
    this.seed = item;
    at("seed").hidden = !item;
    at("seed-name").textContent = item ? `More like ${name}` : "";
  }

  /** More like this track, or no longer; `name` is for people. */
  startFrom(item, name = "") {
    this.#showSeed(item, name);
    this.send();
  }

  async send() {
    const wishes = { adventurous: Number(at("adventurous").value) };
    for (const kind of ["mood", "genre"]) {
      const chosen = document.querySelector(`input[name="${kind}"]:checked`)?.value;
      if (chosen) wishes[kind] = chosen;
    }
    if (this.seed) wishes.seed_track_id = this.seed.track_id;
    const sent = ++this.sent;
    const answer = await this.ask(wishes);
    if (sent !== this.sent) return; // a later wish has its own answer
    if (answer?.waits) return (at("applied").textContent = "Sent when the connection is back.");
    const missed = (answer?.ignored ?? []).map(({ wish, detail }) => `${wish}: ${detail}`);
    at("applied").textContent = missed.length ? `Not possible: ${missed.join("; ")}.` : "";
  }

  #showDial() {
    at("dial").textContent = `${Math.round(100 * at("adventurous").value)} %`;
  }
}

/** A chip a name, the first ones at once and the others when asked for. */
function choices(fieldset, kind, names) {
  fieldset.hidden = names.length === 0;
  const chips = ["", ...names].map((name, index) => {
    const label = document.createElement("label");
    label.className = "chip";
    label.hidden = index > SHOWN_MAX;
    const input = Object.assign(document.createElement("input"), { type: "radio", name: kind, value: name });
    input.checked = name === "";
    label.append(input, name || "any");
    return label;
  });
  fieldset.replaceChildren(fieldset.querySelector("legend"), ...chips);
  const others = chips.slice(SHOWN_MAX + 1);
  if (others.length > 0) fieldset.append(unfold(others));
}

function unfold(chips) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "chip", textContent: `${chips.length} more` });
  button.addEventListener("click", () => {
    for (const chip of chips) chip.hidden = false;
    button.remove();
    chips[0].querySelector("input").focus();
  });
  return button;
}
