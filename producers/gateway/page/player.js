// The page: what the listener does becomes events, what comes back becomes the list.

import { Segue } from "/sdk/segue.js";
import { EventLog } from "./event_log.js";
import { Sound } from "./sound.js";
import { aiText, nameOf, UpNext } from "./up_next.js";

const HEARTBEAT_MS = 10_000;
const at = (id) => document.getElementById(id);
const say = (text) => (at("said").textContent = text);

let client = null;
let list = null; // the newest, as it came
let play = null; // of the current track
let lastHeartbeat = 0;
let seed = null;
let liked = false;
let saved = false;

const log = new EventLog(at("events"), at("latency"));
const upNext = new UpNext(at("list"), { play: (item) => begin(item, "clickrow"), why: explain, more: chooseSeed });
const sound = new Sound(at("audio"), {
  tick: showProgress,
  ended: () => next("complete"),
  failed: () => next("fail"),
});

// -- who listens

function listenerName() {
  const asked = new URLSearchParams(location.search).get("listener");
  const name = asked ?? localStorage.getItem("segue.listener") ?? `guest-${Math.random().toString(36).slice(2, 8)}`;
  localStorage.setItem("segue.listener", name);
  return name;
}

async function devToken(name) {
  const response = await fetch("/dev/token", { method: "POST", body: JSON.stringify({ user_id: name }) });
  if (response.ok) return (await response.json()).token;
  if (response.status === 404 || response.status === 403) return null;
  throw new Error(`no token: ${response.status}`);
}

async function start() {
  const name = listenerName();
  const first = await devToken(name).catch(() => null);
  if (first !== null) return connect(name, () => devToken(name));
  const form = at("sign-in");
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const token = at("token").value;
    form.hidden = true;
    connect(token.slice(-12), () => token);
  });
}

function connect(listener, token) {
  client = new Segue({
    url: location.origin,
    token,
    listener,
    list: show,
    status: (status) => (at("status").textContent = status),
    error: (problem) => say(`The gateway says: ${problem.detail}`),
    erased: () => forget("Everything known of you was erased."),
    sent: (event) => log.sent(event),
  });
  client.connect();
}

// -- the list

function wanted(item) {
  return !(at("no-ai").checked && item.ai) && item.track_id !== play?.track.track_id;
}

function show(newest) {
  list = newest;
  const moved = upNext.show(list.items.filter(wanted));
  const cause = list.cause?.type?.replace(".", " ") ?? "what you did before";
  at("cause").textContent = `After ${cause}: ${moved} moved.`;
  if (list.cause?.id) log.answered(list.cause.id);
}

function refresh() {
  if (list) upNext.show(list.items.filter(wanted));
}

function forget(why) {
  list = null;
  upNext.show([]);
  at("cause").textContent = why;
  say(why);
}

// -- playing

function begin(item, reason) {
  if (!client) return;
  play?.stop();
  play = client.play(item, list ? { rec_id: list.rec_id, rec_pos: place(item) } : {});
  play.start(reason);
  lastHeartbeat = performance.now();
  liked = saved = false;
  sound.load(item);
  sound.play();
  showNow(item);
  refresh();
}

function place(item) {
  const found = list.items.findIndex((each) => each.track_id === item.track_id);
  return found < 0 ? undefined : found + 1;
}

/** Ends the current track in this way and goes on with the best of the list. */
function next(how) {
  play?.[how]();
  const item = list?.items.find(wanted);
  if (item) begin(item, how === "complete" ? "trackdone" : "fwdbtn");
  else sound.pause();
}

function toggle() {
  if (!play) return next("stop");
  if (play.paused) {
    play.resume(sound.positionMs);
    sound.play();
  } else {
    play.pause(sound.positionMs);
    sound.pause();
  }
  showButtons();
}

function showNow(item) {
  at("now-title").textContent = item.title || item.track_id;
  at("now-artist").textContent = [item.artist, item.ai && aiText(item.ai)].filter(Boolean).join(" · ");
  document.title = `${nameOf(item)} · Segue`;
  say(`Now playing: ${nameOf(item)}`);
  showButtons();
}

function showButtons() {
  at("play").textContent = play && !play.paused ? "Pause" : "Play";
  at("like").setAttribute("aria-pressed", String(liked));
  at("save").setAttribute("aria-pressed", String(saved));
}

function clock(ms) {
  const seconds = Math.floor(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function showProgress(positionMs, lengthMs) {
  at("progress").value = Math.min(positionMs / lengthMs, 1);
  at("elapsed").textContent = clock(Math.min(positionMs, lengthMs));
  at("length").textContent = clock(lengthMs);
  if (!play || play.paused || performance.now() - lastHeartbeat < HEARTBEAT_MS) return;
  lastHeartbeat = performance.now();
  play.heartbeat(positionMs);
}

// -- what the listener says

function like() {
  if (!play) return;
  liked = !liked;
  client.rate(play.track.track_id, liked ? 1 : 0);
  showButtons();
}

function save() {
  if (!play) return;
  saved = !saved;
  if (saved) client.save(play.track.track_id);
  else client.unsave(play.track.track_id);
  showButtons();
}

function hide() {
  if (!play) return;
  client.hide(play.track.track_id);
  next("skip");
}

function chooseSeed(item) {
  seed = item;
  at("seed").textContent = item ? `Starting from ${nameOf(item)}.` : "No track to start from.";
  at("forget-seed").hidden = !item;
  if (item) ask();
}

function ask() {
  const wishes = { adventurous: Number(at("adventurous").value) };
  if (at("mood").value) wishes.mood = at("mood").value;
  if (seed) wishes.seed_track_id = seed.track_id;
  client?.request(wishes);
}

async function explain(item) {
  try {
    const { reasons = [], note } = await client.why(item.track_id);
    showDialog(`Why ${nameOf(item)}?`, [...reasons.map((reason) => reason.text), note].filter(Boolean));
  } catch (error) {
    showDialog("Why this?", [String(error.message)]);
  }
}

function showDialog(heading, lines, raw = "") {
  at("why-heading").textContent = heading;
  const shown = lines.map((line) => Object.assign(document.createElement("p"), { textContent: line }));
  if (raw) shown.push(Object.assign(document.createElement("pre"), { textContent: raw, tabIndex: 0 }));
  at("why-text").replaceChildren(...shown);
  at("why").showModal();
}

async function showStored() {
  try {
    showDialog("What is stored of you", [], JSON.stringify(await client.export(), null, 2));
  } catch (error) {
    showDialog("What is stored of you", [String(error.message)]);
  }
}

async function erase() {
  if (!confirm("Erase everything Segue knows of you?")) return;
  try {
    await client.erase();
    forget("Erasure is under way.");
  } catch (error) {
    showDialog("Erase me", [String(error.message)]);
  }
}

// -- wiring

const CLICKS = { play: toggle, skip: () => next("skip"), like, save, hide, export: showStored, erase };
for (const [id, run] of Object.entries(CLICKS)) at(id).addEventListener("click", () => client && run());
at("forget-seed").addEventListener("click", () => chooseSeed(null));
at("no-ai").addEventListener("change", refresh);
at("private").addEventListener("change", (event) => client && (client.privateSession = event.target.checked));
at("wishes").addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});

const KEYS = { " ": toggle, n: () => next("skip"), l: like, s: save, h: hide };
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, button, dialog, a");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !client || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

start();
