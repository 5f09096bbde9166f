// The list: rows that keep their element while their track stays, and glide to where it moved.

const GLIDE_MS = 350;
const still = globalThis.matchMedia("(prefers-reduced-motion: reduce)");

export class UpNext {
  /** `on`: play(item), why(item), more(item), each called with an item of the list. */
  constructor(element, on) {
    this.element = element;
    this.on = on;
    this.rows = new Map(); // track_id -> row
  }

  /** Shows these items; returns how many of those shown before changed their place. */
  show(items) {
    const before = new Map([...this.rows].map(([id, row]) => [id, row.place]));
    const tops = new Map([...this.rows].map(([id, row]) => [id, row.element.offsetTop]));
    const kept = new Set(items.map((item) => item.track_id));
    for (const [id, row] of this.rows) {
      if (kept.has(id)) continue;
      row.element.remove();
      this.rows.delete(id);
    }
    let moved = 0;
    items.forEach((item, index) => {
      const row = this.rows.get(item.track_id) ?? this.#makeRow(item.track_id);
      const place = index + 1;
      const was = before.get(item.track_id);
      if (was !== undefined && was !== place) ++moved;
      this.#fill(row, item, place, was, before.size > 0);
      if (this.element.children[index] !== row.element) {
        this.element.insertBefore(row.element, this.element.children[index] ?? null);
      }
    });
    if (!still.matches) this.#glide(tops);
    return moved;
  }

  #makeRow(id) {
    const element = document.createElement("li");
    element.dataset.track = id;
    const part = (name, of = "div") => {
      const made = document.createElement(of);
      made.className = name;
      return made;
    };
    const row = { element, place: part("place"), moved: part("moved"), name: part("name"), reason: part("reason") };
    const text = document.createElement("div");
    text.append(row.name, row.reason);
    const controls = part("row-controls");
    row.buttons = [
      ["Play", "play"],
      ["Why?", "why"],
      ["More like this", "more"],
    ].map(([label, name]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.addEventListener("click", () => this.on[name](row.item));
      controls.append(button);
      return button;
    });
    element.append(row.place, row.moved, text, controls);
    row.numberElement = row.place;
    this.rows.set(id, row);
    return row;
  }

  #fill(row, item, place, was, judged) {
    row.item = item;
    row.place = place;
    row.numberElement.textContent = place;
    const [kind, text, said] = movement(was, place, judged);
    row.moved.className = `moved ${kind}`;
    row.moved.replaceChildren();
    if (text) {
      const mark = document.createElement("span");
      mark.setAttribute("aria-hidden", "true");
      mark.textContent = text;
      const words = document.createElement("span");
      words.className = "for-readers";
      words.textContent = said;
      row.moved.append(mark, words);
    }
    row.name.textContent = nameOf(item);
    if (item.ai) row.name.append(badge("AI", aiText(item.ai)));
    if (item.explicit) row.name.append(badge("E", "explicit"));
    row.reason.textContent = (item.reasons ?? []).slice(0, 2).map((reason) => reason.text).join("; ");
    for (const button of row.buttons) button.setAttribute("aria-label", `${button.textContent}: ${nameOf(item)}`);
  }

  #glide(tops) {
    for (const [id, row] of this.rows) {
      const top = tops.get(id);
      const from = top === undefined ? 0 : top - row.element.offsetTop;
      const frames =
        top === undefined
          ? [{ opacity: 0 }, { opacity: 1 }]
          : [{ transform: `translateY(${from}px)` }, { transform: "none" }];
      if (top === undefined || from !== 0) {
        row.element.animate(frames, { duration: GLIDE_MS, easing: "ease-out" });
      }
    }
  }
}

function movement(was, place, judged) {
  if (!judged) return ["", "", ""];
  if (was === undefined) return ["new", "new", "new in the list"];
  if (was > place) return ["up", `▲${was - place}`, `up ${was - place}`];
  if (was < place) return ["down", `▼${place - was}`, `down ${place - was}`];
  return ["", "", ""];
}

function badge(text, said) {
  const made = document.createElement("span");
  made.className = "badge";
  made.textContent = text;
  made.title = said;
  const words = document.createElement("span");
  words.className = "for-readers";
  words.textContent = `, ${said}`;
  made.append(words);
  return made;
}

export function aiText(ai) {
  const what = [ai.composed && "composed", ai.performed && "performed"].filter(Boolean).join(" and ");
  return `${what || "made"} by a machine${ai.system ? `: ${ai.system}` : ""}`;
}

export function nameOf(item) {
  const title = item.title || item.track_id;
  return item.artist ? `${title} · ${item.artist}` : title;
}
