// A picture for tracks that have none: colours from the track's id, the same each time.

export function paint(element, id) {
  let hash = 2166136261; // FNV-1a, then mixed: ids that resemble each other get unlike colours
  for (const letter of id) hash = Math.imul(hash ^ letter.codePointAt(0), 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 2246822519) >>> 0;
  element.style.setProperty("--hue", hash % 360);
}

/** An icon of the page's own, by the name of its symbol. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}
