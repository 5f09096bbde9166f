// The page: what the listener does becomes events, what comes back becomes the list.

import { Segue } from "/sdk/segue.js";
import { Consent } from "./consent.js";
import { paint } from "./cover.js";
import { paragraph, raw, reasonBars, showDialog } from "./dialog.js";
import { EventLog } from "./event_log.js";
import { Sound } from "./sound.js";
import { aiText, nameOf, reasonOf, UpNext } from "./up_next.js";
import { Wishes } from "./wishes.js";

const HEARTBEAT_MS = 10_000;
const at = (id) => document.getElementById(id);
const say = (text) => (at("said").textContent = text);

let client = null;
let consent = null;
let list = null; // the newest, as it came
let play = null; // of the current track
let lastHeartbeat = 0;
let liked = false;
let saved = false;

const titles = new Map(); // track_id -> title, of what was ever listed
const log = new EventLog(
  { list: at("events"), latency: at("latency"), bars: at("bars") },
  (id) => titles.get(id) ?? id,
);
const upNext = new UpNext(at("list"), {
  play: (item) => begin(item, "clickrow"),
  why: explain,
  more: (item) => wishes.startFrom(item, item.title || item.track_id),
});
const wishes = new Wishes(ask);
const sound = new Sound(at("audio"), {
  tick: showProgress,
  ended: () => next("complete"),
  failed: () => next("fail"),
  refused: waitForPress,
});

// -- who listens

function listenerName() {
  const asked = decodeURIComponent(location.hash.slice(1)); // a fragment: the server is not told
  const name = asked || localStorage.getItem("segue.listener") || `guest-${Math.random().toString(36).slice(2, 8)}`;
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
    status: showStatus,
    error: (problem) => say(`The gateway says: ${problem.detail}`),
    erased: () => forget("Everything known of you was erased."),
    sent: (event) => log.sent(event),
  });
  consent = new Consent(client);
  client.connect();
}

async function showStatus(status) {
  at("status").textContent = status;
  document.body.classList.toggle("online", status === "online");
  if (status !== "online") return;
  consent.show();
  if (wishes.offered) return;
  wishes.offered = true;
  wishes.offer(await client.kinds().catch(() => ({ moods: [], genres: [] })));
}

// -- the list

function wanted(item) {
  return !(at("no-ai").checked && item.ai) && item.track_id !== play?.track.track_id;
}

function show(newest) {
  list = newest;
  for (const item of list.items) titles.set(item.track_id, item.title || item.track_id);
  const moved = upNext.show(list.items.filter(wanted));
  const cause = list.cause?.type?.replace(".", " ") ?? "what you did before";
  at("cause").textContent = `After ${cause}: ${moved} moved.`;
  if (list.cause?.id) log.answered(list.cause.id);
  if (list.cause?.type === "privacy.consent_changed") consent.show(list.version);
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

/** The browser plays nothing unasked: the track waits, paused, for the listener. */
function waitForPress() {
  if (!play || play.paused) return;
  toggle();
  say("Press Play to hear it.");
}

function showNow(item) {
  paint(at("now-cover"), item.track_id);
  at("now-title").textContent = item.title || item.track_id;
  at("now-artist").textContent = [item.artist, item.ai && aiText(item.ai)].filter(Boolean).join(" · ");
  at("now-reason").textContent = reasonOf(item);
  document.title = `${nameOf(item)} · Segue`;
  say(`Now playing: ${nameOf(item)}`);
  showButtons();
}

function showButtons() {
  const playing = Boolean(play) && !play.paused;
  at("play").setAttribute("aria-label", playing ? "Pause" : "Play");
  at("play").querySelector("use").setAttribute("href", playing ? "#i-pause" : "#i-play");
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

/** Over HTTP, which says what cannot be heeded; where nobody can answer now the wish waits like any event. */
async function ask(wished) {
  if (!client) return null;
  try {
    return await client.ask(wished);
  } catch (error) {
    if (!error.queued) say(`The gateway says: ${error.message}`);
    return null;
  }
}

async function explain(item) {
  try {
    const { reasons = [], note } = await client.why(item.track_id);
    showDialog(`Why ${nameOf(item)}?`, ...reasonBars(reasons), note && paragraph(note));
  } catch (error) {
    showDialog("Why this?", paragraph(error.message));
  }
}

async function showStored() {
  try {
    showDialog("What is stored of you", raw(await client.export()));
  } catch (error) {
    showDialog("What is stored of you", paragraph(error.message));
  }
}

async function erase() {
  if (!confirm("Erase everything Segue knows of you?")) return;
  try {
    await client.erase();
    forget("Erasure is under way.");
  } catch (error) {
    showDialog("Erase me", paragraph(error.message));
  }
}

// -- wiring

const CLICKS = { play: toggle, skip: () => next("skip"), like, save, hide, export: showStored, erase };
for (const [id, run] of Object.entries(CLICKS)) at(id).addEventListener("click", () => client && run());
at("no-ai").addEventListener("change", refresh);
at("show-all").addEventListener("click", () => {
  at("up-next-list").classList.remove("short");
  at("list").children[8]?.querySelector("button").focus();
});
at("private").addEventListener("change", (event) => client && (client.privateSession = event.target.checked));

const KEYS = { " ": toggle, n: () => next("skip"), l: like, s: save, h: hide };
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, button, dialog, a, summary");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !client || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});
window.addEventListener("hashchange", () => location.reload()); // somebody else listens

start();
