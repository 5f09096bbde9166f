// The list: rows that keep their element while their track stays, and glide to where it moved.

import { icon, paint } from "./cover.js";

const GLIDE_MS = 420;
const still = globalThis.matchMedia("(prefers-reduced-motion: reduce)");

export class UpNext {
  /** `on`: play(item), why(item), more(item), each called with an item of the list. */
  constructor(element, on) {
    this.element = element;
    this.on = on;
    this.rows = new Map(); // track_id -> row
  }

  /** Shows these items; returns how many `moved`, and how many are `fresh` among those shown before. */
  show(items) {
    const focused = this.element.contains(document.activeElement);
    const before = new Map([...this.rows].map(([id, row]) => [id, row.place]));
    const tops = new Map([...this.rows].map(([id, row]) => [id, row.element.offsetTop]));
    const kept = new Set(items.map((item) => item.track_id));
    for (const [id, row] of this.rows) {
      if (kept.has(id)) continue;
      row.element.remove();
      this.rows.delete(id);
    }
    let moved = 0;
    let fresh = 0;
    items.forEach((item, index) => {
      const row = this.rows.get(item.track_id) ?? this.#makeRow(item.track_id);
      const place = index + 1;
      const was = before.get(item.track_id);
      if (was !== undefined && was !== place) ++moved;
      if (was === undefined && before.size > 0) ++fresh;
      this.#fill(row, item, place, was, before.size > 0);
      if (this.element.children[index] !== row.element) {
        this.element.insertBefore(row.element, this.element.children[index] ?? null);
      }
    });
    if (!still.matches) this.#glide(tops, before);
    if (focused) this.#keepFocus();
    return { moved, fresh };
  }

  // A person who plays a row by key is not thrown out of the list when the row leaves it.
  #keepFocus() {
    if (this.element.contains(document.activeElement)) return;
    this.element.querySelector("button")?.focus();
  }

  #makeRow(id) {
    const element = made("li");
    element.dataset.track = id;
    const row = {
      element,
      number: made("div", "place"),
      cover: made("div", "cover"),
      name: made("div", "name"),
      by: made("div", "by"),
      reason: made("div", "reason"),
      moved: made("div", "moved"),
    };
    paint(row.cover, id);
    const play = this.#button(row, "Play", "play", "cover-play");
    play.prepend(row.cover);
    const text = made("div", "row-text");
    text.append(row.name, row.by, row.reason);
    const icons = made("div", "icons");
    icons.append(this.#button(row, "More like this", "more"), this.#button(row, "Why?", "why"));
    const end = made("div", "row-end");
    end.append(row.moved, icons);
    row.buttons = [play, ...icons.children];
    element.append(row.number, play, text, end);
    this.rows.set(id, row);
    return row;
  }

  #button(row, label, name, kind = "icon") {
    const button = made("button", kind);
    button.type = "button";
    button.dataset.label = label;
    button.title = label;
    const words = made("span", "for-readers");
    words.textContent = label;
    button.append(icon(name), words);
    button.addEventListener("click", () => this.on[name](row.item));
    return button;
  }

  #fill(row, item, place, was, judged) {
    row.item = item;
    row.place = place;
    row.number.textContent = place;
    const [kind, text, said] = movement(was, place, judged);
    row.moved.className = `moved ${kind}`;
    row.moved.replaceChildren();
    if (text) {
      const mark = made("span");
      mark.setAttribute("aria-hidden", "true");
      mark.textContent = text;
      const words = made("span", "for-readers");
      words.textContent = said;
      row.moved.append(mark, words);
    }
    const title = made("span", "track-title");
    title.textContent = titleOf(item);
    row.name.replaceChildren(title);
    if (item.ai) row.name.append(badge("AI", aiText(item.ai)));
    if (item.explicit) row.name.append(badge("E", "explicit"));
    row.by.textContent = item.artist ?? "";
    row.reason.textContent = row.reason.title = reasonOf(item);
    for (const button of row.buttons) {
      button.setAttribute("aria-label", `${button.dataset.label}: ${nameOf(item)}`);
    }
  }

  #glide(tops, before) {
    for (const [id, row] of this.rows) {
      const top = tops.get(id);
      const from = top === undefined ? 0 : top - row.element.offsetTop;
      const timing = { duration: GLIDE_MS, easing: "cubic-bezier(0.2, 0.8, 0.2, 1)" };
      if (top === undefined) {
        const frames = [{ opacity: 0, transform: "translateX(1.5rem)" }, { opacity: 1, transform: "none" }];
        row.element.animate(frames, timing);
      } else if (from !== 0) {
        // A row that rises passes over one that falls.
        row.element.style.zIndex = row.place < before.get(id) ? 1 : 0;
        row.element.animate([{ transform: `translateY(${from}px)` }, { transform: "none" }], timing);
      }
    }
  }
}

function made(name, kind = "") {
  const element = document.createElement(name);
  if (kind) element.className = kind;
  return element;
}

function movement(was, place, judged) {
  if (!judged) return ["", "", ""];
  if (was === undefined) return ["new", "new", "new in the list"];
  if (was > place) return ["up", `▲ ${was - place}`, `up ${was - place}`];
  if (was < place) return ["down", `▼ ${place - was}`, `down ${place - was}`];
  return ["", "", ""];
}

export function badge(text, said) {
  const label = made("span", "badge");
  label.textContent = text;
  label.title = said;
  const words = made("span", "for-readers");
  words.textContent = `, ${said}`;
  label.append(words);
  return label;
}

export function aiText(ai) {
  const words = { composed: "composed", performed: "performed", voice: "sung", lyrics: "written", post_production: "produced" };
  const parts = (degree) => Object.keys(words).filter((part) => ai[part] === degree).map((part) => words[part]).join(" and ");
  const made = parts("generated");
  const helped = parts("assisted");
  return [(made || !helped) && `${made || "made"} by a machine`, helped && `${helped} with a machine's help`].filter(Boolean).join(", ");
}

/** The two strongest reasons that speak for it. */
export function reasonOf(item) {
  const speaking = (item.reasons ?? []).filter((reason) => !(reason.part < 0));
  const text = speaking.slice(0, 2).map((reason) => reason.text).join(" · ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Its title, or else an id that can be read. */
export function titleOf(item) {
  return item.title || (/^(name|mbid):/.test(item.track_id) ? "Unknown title" : item.track_id);
}

export function nameOf(item) {
  const title = titleOf(item);
  return item.artist ? `${title} · ${item.artist}` : title;
}
