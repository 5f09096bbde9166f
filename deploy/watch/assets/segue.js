// Draws a board: each section names an expression; Prometheus, which serves the page, evaluates it.
"use strict";

const EVERY_MS = 5000;
const POINTS = 240;
const WIDTH = 640, HEIGHT = 180, LEFT = 58, BOTTOM = 18, TOP = 6;
const COLOURS = ["#3573d9", "#e07b00", "#2e9e5b", "#c2388e", "#7a5cd0", "#008fa3", "#b5533c", "#6b7f00", "#98606d", "#5b6b86"];
const SERIES_MAX = 24;
const prefix = document.body.dataset.prefix;

async function ask(path, params) {
  const answer = await fetch(`${prefix}/api/v1/${path}?${new URLSearchParams(params)}`);
  const read = await answer.json();
  if (read.status !== "success") throw new Error(read.error);
  return read.data.result;
}

function shown(value, unit) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (unit === "ratio") return `${+(value * 100).toPrecision(3)} %`;
  if (unit === "s") return size !== 0 && size < 1 ? `${+(value * 1000).toPrecision(3)} ms` : `${+value.toPrecision(3)} s`;
  const steps = unit === "bytes" ? [[2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"]] : [[1e9, "G"], [1e6, "M"], [1e4, "k", 1e3]];
  const [from, name, by = from] = steps.find(([least]) => size >= least) ?? [1, unit === "bytes" ? "B" : ""];
  const space = unit === "bytes" ? " " : "";
  return `${+(value / by).toPrecision(3)}${space}${name}${unit.endsWith("/s") ? "/s" : ""}`;
}

function named(metric, legend) {
  const name = legend.replace(/\[\[(\w+)\]\]/g, (_, label) => metric[label] ?? "");
  return name.trim() || Object.values(metric).join(" ") || "value";
}

function element(tag, attributes = {}, text = "") {
  const svg = ["svg", "path", "line", "text"].includes(tag);
  const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

function nice(top) {
  if (top <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(top));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= top);
}

function clock(seconds, span) {
  const at = new Date(seconds * 1000);
  return span > 86400 ? at.toLocaleDateString() : at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

function chart(series, unit, from, to) {
  const values = series.flatMap((each) => each.values.map(([, value]) => +value)).filter(Number.isFinite);
  const highest = Math.max(...values, 0);
  const top = unit === "bytes" ? 2 ** Math.ceil(Math.log2(Math.max(highest, 1))) : nice(highest);
  const x = (at) => LEFT + ((at - from) / (to - from)) * (WIDTH - LEFT);
  const y = (value) => TOP + (1 - Math.max(value, 0) / top) * (HEIGHT - TOP - BOTTOM);
  const svg = element("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
  for (const share of [0, 0.5, 1]) {
    const at = y(share * top);
    svg.append(element("line", { x1: LEFT, x2: WIDTH, y1: at, y2: at }));
    svg.append(element("text", { x: LEFT - 6, y: Math.max(at + 4, 11), "text-anchor": "end" }, shown(share * top, unit)));
    const when = from + share * (to - from);
    const anchor = ["start", "middle", "end"][share * 2];
    svg.append(element("text", { x: x(when), y: HEIGHT - 4, "text-anchor": anchor }, clock(when, to - from)));
  }
  const gap = ((to - from) / POINTS) * 2.5;
  series.forEach((each, n) => {
    let path = "", before = -Infinity;
    for (const [at, value] of each.values) {
      if (!Number.isFinite(+value)) continue;
      path += `${at - before > gap ? "M" : "L"}${x(at).toFixed(1)} ${y(+value).toFixed(1)}`;
      if (at - before > gap) path += "h1";  // a point alone is seen
      before = at;
    }
    svg.append(element("path", { d: path, stroke: COLOURS[n % COLOURS.length] }));
  });
  return svg;
}

function legend(series, section) {
  const list = element("ul");
  series.forEach((each, n) => {
    const line = element("li", {}, `${named(each.metric, section.dataset.legend)} ${shown(+each.values.at(-1)[1], section.dataset.unit)}`);
    line.style.setProperty("--colour", COLOURS[n % COLOURS.length]);
    list.append(line);
  });
  return list;
}

async function drawLines(section, span) {
  const to = Date.now() / 1000, from = to - span;
  const step = Math.max(span / POINTS, 1);
  const found = await ask("query_range", { query: section.dataset.expr, start: from, end: to, step });
  const series = found.slice(0, SERIES_MAX);
  if (!series.length) return [element("div", { class: "empty" }, "nothing yet")];
  return [chart(series, section.dataset.unit, from, to), legend(series, section)];
}

async function drawNumber(section) {
  const [first] = await ask("query", { query: section.dataset.expr });
  return [element("div", { class: "number" }, first ? shown(+first.value[1], section.dataset.unit) : "–")];
}

async function draw() {
  const span = +document.getElementById("span").value;
  const state = document.getElementById("state");
  try {
    for (const section of document.querySelectorAll("section")) {
      const drawn = await (section.classList.contains("stat") ? drawNumber(section) : drawLines(section, span));
      section.querySelector("div").replaceChildren(...drawn);
      section.dataset.drawn = drawn[0].classList.contains("empty") ? "empty" : "yes";
    }
    state.className = "";
    state.textContent = `as of ${new Date().toLocaleTimeString()}`;
  } catch (error) {
    state.className = "away";
    state.textContent = `Prometheus does not answer: ${error.message}`;
  }
}

async function keepDrawing() {
  await draw();
  setTimeout(keepDrawing, EVERY_MS);
}

// A page's address may say how far back it looks, in seconds: #300.
const asked = document.querySelector(`#span [value="${CSS.escape(location.hash.slice(1))}"]`);
if (asked) asked.selected = true;
document.getElementById("span").addEventListener("change", draw);
keepDrawing();
