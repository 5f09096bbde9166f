// The page: what the listener does becomes events, what comes back becomes the list.

import { Segue } from "/sdk/segue.js";
import { Composing, showWhyComposed } from "./composing.js";
import { Consent } from "./consent.js";
import { paint } from "./cover.js";
import { paragraph, raw, reasonBars, showDialog } from "./dialog.js";
import { EventLog, wordsOf } from "./event_log.js";
import { keepSwitch } from "./kept.js";
import { listenToKeys } from "./keys.js";
import { Sound } from "./sound.js";
import { aiText, nameOf, reasonOf, titleOf, UpNext } from "./up_next.js";
import { askWhose, devToken, ownName, settleOn, showWho, SignIn, takeProposal } from "./who.js";
import { Wishes } from "./wishes.js";

const HEARTBEAT_MS = 10_000;
const NOTICE_MS = 10_000;
const TITLES_MAX = 2_000;
const at = (id) => document.getElementById(id);
const say = (text) => (at("said").textContent = text);

let noticeEnds = null;
function complain(text) {
  at("notice").textContent = text;
  at("notice").hidden = false;
  clearTimeout(noticeEnds);
  noticeEnds = setTimeout(() => (at("notice").hidden = true), NOTICE_MS);
}

let client = null;
let consent = null;
let list = null; // the newest, as it came
let play = null; // of the current track
let justErased = false; // until the next list
let lastHeartbeat = 0;
let liked = false;
let saved = false;

const titles = new Map(); // track_id -> title, of what was listed lately
const log = new EventLog(
  { list: at("events"), latency: at("latency"), bars: at("bars") },
  (id) => titles.get(id) ?? titleOf({ track_id: id }),
);
const upNext = new UpNext(at("list"), {
  play: (item) => begin(item, "clickrow"),
  why: explain,
  more: (item) => wishes.startFrom(item, titleOf(item)),
});
const wishes = new Wishes(ask);
const composing = new Composing(
  {
    panel: at("composing"),
    offer: at("offer"),
    text: at("offer-text"),
    accept: at("offer-accept"),
    reject: at("offer-reject"),
    jobs: at("jobs"),
  },
  {
    answer: (accepted, job) => client?.send(`generation.${accepted ? "accepted" : "rejected"}`, { job_id: job }),
    play: (track) => {
      rememberTitles([track]);
      begin(track, "clickrow");
    },
    more: (track) => wishes.startFrom(track, titleOf(track)),
    why: explainComposed,
  },
);
const sound = new Sound(at("audio"), {
  tick: showProgress,
  ended: () => next("complete"),
  failed: () => next("fail"),
  refused: waitForPress,
});

// -- who listens

let signedIn = false; // with a token that was typed in: no other comes by itself
const signIn = new SignIn((listener, token) => {
  signedIn = true;
  connect(listener, () => token);
});

async function start() {
  const proposed = takeProposal();
  let name = ownName();
  try {
    if ((await devToken(name)) === null) return signIn.ask();
    if (await accepted(proposed, name)) name = proposed;
    settleOn(name);
    connect(name, () => devToken(name));
  } catch (error) {
    complain(`The gateway gives no token: ${error.message}`);
  }
}

/** A link to this page may name a listener; the person who opens it is asked first. */
async function accepted(proposed, name) {
  if (!proposed || proposed === name || !(await askWhose(proposed, name))) return false;
  try {
    return (await devToken(proposed)) !== null;
  } catch (error) {
    complain(`No one can listen as "${proposed}": ${error.message}`);
    return false;
  }
}

async function readAddress() {
  const proposed = takeProposal();
  await started;
  if (signedIn || !client || !(await accepted(proposed, client.listener))) return;
  settleOn(proposed);
  location.reload();
}

function connect(listener, token) {
  showWho(listener);
  client = new Segue({
    url: location.origin,
    token,
    listener,
    list: show,
    status: showStatus,
    generation: (progress) => composing.show(progress),
    error: trouble,
    erased: () => {
      forget("Everything known of you was erased.");
      justErased = true;
    },
    sent: (event) => log.sent(event),
  });
  consent = new Consent(client, (state) => wishes.fill(state?.request, titles));
  at("private").checked = client.privateSession;
  client.connect();
}

function trouble({ code, detail }) {
  if (code === "unreachable") return; // the lamp says so, and it is tried again
  if (code !== "refused" || !signedIn) return complain(`The gateway says: ${detail}`);
  stopPlaying();
  client.close();
  client = null;
  signIn.ask(`The gateway says: ${detail}`);
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
  rememberTitles(list.items);
  const { moved, fresh } = upNext.show(list.items.filter(wanted));
  const { type = "", id = "" } = list.cause ?? {};
  // The list after an erasure is what a newcomer is shown, and says nothing of its own.
  if (!justErased) at("cause").textContent = `${type ? wordsOf(type) : "As you left it"}: ${moved} moved, ${fresh} new.`;
  justErased = false;
  Object.assign(at("cause").dataset, { type, id });
  composing.offer(list.offer);
  if (list.cause?.id) log.answered(list.cause.id);
  if (list.cause?.type === "privacy.consent_changed") consent.show(list.version);
}

function rememberTitles(items) {
  for (const item of items) titles.set(item.track_id, titleOf(item));
  while (titles.size > TITLES_MAX) titles.delete(titles.keys().next().value);
}

function refresh() {
  if (list) upNext.show(list.items.filter(wanted));
}

function forget(why) {
  list = null;
  stopPlaying();
  wishes.clear();
  composing.clear();
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

// Why the page itself begins a track, by how the one before ended.
const WENT_ON = { complete: "trackdone", skip: "fwdbtn", fail: "trackerror", stop: "autoplay" };

/** Ends the current track in this way and goes on with the best of the list. */
async function next(how) {
  play?.[how]();
  if (!list) await fetchList();
  const item = list?.items.find(wanted);
  if (item) begin(item, WENT_ON[how]);
  else stopPlaying();
}

/** After an erasure the player starts as for a new listener. */
async function fetchList() {
  const fetched = await client.recommendations().catch((error) => complain(reachable(error)));
  if (fetched && !list) show(fetched);
}

function stopPlaying() {
  play?.stop();
  play = null;
  liked = saved = false;
  sound.clear();
  showNothing();
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
  at("now-title").textContent = titleOf(item);
  at("now-artist").textContent = [item.artist, item.ai && aiText(item.ai)].filter(Boolean).join(" · ");
  at("now-reason").textContent = reasonOf(item);
  document.title = `${nameOf(item)} · Segue`;
  say(`Now playing: ${nameOf(item)}`);
  showButtons();
}

function showNothing() {
  paint(at("now-cover"), "");
  at("now-title").textContent = "Nothing yet";
  at("now-artist").textContent = "Press play: the list follows what you do.";
  at("now-reason").textContent = at("elapsed").textContent = at("length").textContent = "";
  at("progress").value = 0;
  document.title = "Segue player";
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

/** Over HTTP, which says what cannot be applied; without a connection the wish waits like any event. */
async function ask(wished) {
  if (!client) return null;
  try {
    return await client.ask(wished);
  } catch (error) {
    if (error.queued) return { waits: true };
    complain(`The gateway says: ${error.message}`);
    return null;
  }
}

function reachable(error) {
  return error.status ? error.message : "The gateway cannot be reached now.";
}

async function explain(item) {
  try {
    const { reasons = [], note } = await client.why(item.track_id);
    const composed = item.ai && (await client.whyComposed(item.track_id).catch(() => null)); // by others too
    showDialog(`Why ${nameOf(item)}?`, composed && paragraph(`Composed for you. ${composed.text}`), ...reasonBars(reasons), note && paragraph(note));
  } catch (error) {
    showDialog("Why this?", paragraph(reachable(error)));
  }
}

async function explainComposed(track) {
  try {
    showWhyComposed(nameOf(track), await client.whyComposed(track.track_id));
  } catch (error) {
    showDialog("Why was it composed?", paragraph(reachable(error)));
  }
}

async function showStored() {
  try {
    showDialog("What is stored of you", raw(await client.export()));
  } catch (error) {
    showDialog("What is stored of you", paragraph(reachable(error)));
  }
}

async function erase() {
  if (!confirm("Erase everything Segue knows of you?")) return;
  const before = list;
  forget("Erasure is under way."); // and no track's end is remembered after
  try {
    await client.erase();
  } catch (error) {
    if (before) show(before);
    showDialog("Erase me", paragraph(reachable(error)));
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

keepSwitch(at("no-ai"), "no-ai");

const KEYS = { " ": toggle, n: () => next("skip"), l: like, s: save, h: hide };
const whenConnected = (run) => () => client && run();
listenToKeys(
  Object.fromEntries(Object.entries(KEYS).map(([key, run]) => [key, whenConnected(run)])),
  at("keys"),
);

window.addEventListener("hashchange", readAddress);
document.querySelector(".skip-link").addEventListener("click", (event) => {
  event.preventDefault(); // its place is no listener's name
  at("up-next").focus();
});
// A page that was left or frozen has ended its track, and may be shown again as it was.
function comeBack() {
  if (play?.ended) stopPlaying();
  if (client) at("private").checked = client.privateSession;
}
window.addEventListener("pageshow", comeBack);
document.addEventListener("resume", comeBack);

const started = start();
