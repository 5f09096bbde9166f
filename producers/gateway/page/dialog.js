// Explanations on top of the page.

const at = (id) => document.getElementById(id);

export function showDialog(heading, ...contents) {
  at("why-heading").textContent = heading;
  at("why-text").replaceChildren(...contents.filter(Boolean));
  at("why").showModal();
}

export function paragraph(text) {
  return Object.assign(document.createElement("p"), { textContent: text });
}

export function raw(value) {
  return Object.assign(document.createElement("pre"), {
    textContent: JSON.stringify(value, null, 2),
  });
}

/** Reasons with how much each counts, beside the largest. */
export function reasonBars(reasons) {
  const most = Math.max(...reasons.map((reason) => Math.abs(reason.part ?? 0)), 0.001);
  return reasons.map((reason) => {
    const line = document.createElement("div");
    line.className = reason.part < 0 ? "part against" : "part";
    line.append(paragraph(reason.part < 0 ? `${reason.text} (speaks against it)` : reason.text));
    if (reason.part === undefined) return line;
    const track = document.createElement("div");
    track.className = "track";
    const bar = document.createElement("i");
    bar.style.width = `${Math.round((100 * Math.abs(reason.part)) / most)}%`;
    track.append(bar);
    track.title = reason.part.toFixed(2);
    line.append(track);
    return line;
  });
}
