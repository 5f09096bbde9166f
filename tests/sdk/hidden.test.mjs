// A page that is hidden, frozen or killed: the last play is sent, and once.

import assert from "node:assert/strict";
import { test } from "node:test";

import { segue, types, World } from "./world.mjs";

/** A world whose browser can send later; `kept` are the requests it would send if the page were gone now. */
function browserThatSendsLater() {
  const world = new World();
  world.kept = [];
  world.env.fetchLater = (url, request) => {
    const entry = { url, ...request, events: JSON.parse(request.body).events };
    world.kept.push(entry);
    request.signal.addEventListener("abort", () => (world.kept = world.kept.filter((each) => each !== entry)));
  };
  return world;
}

async function playing(world, options = {}) {
  const client = segue(world, options);
  client.connect();
  await world.accept();
  const play = client.play({ track_id: "t-1", duration_ms: 200_000 });
  play.start();
  world.tell({ ack: 1 });
  world.time += 30_000;
  return { client, play };
}

const ends = (events) => events.filter((event) => /skipped|completed|stopped/.test(event.type));

test("the end of a hidden page's play waits with the browser", async () => {
  const world = browserThatSendsLater();
  const { play } = await playing(world);

  world.see(false);

  assert.equal(world.kept.length, 1);
  const [{ url, method, headers, events }] = world.kept;
  assert.deepEqual([url, method], ["https://gateway.example/v1/events", "POST"]);
  assert.equal(headers.Authorization, "Bearer a-token");
  assert.deepEqual(types(events), ["playback.stopped"]);
  assert.deepEqual([events[0].play_id, events[0].played_ms, events[0].seq], [play.id, 30_000, 2]);
  assert.ok(events[0].sent_at);
  assert.deepEqual(ends(world.up), [], "it plays on, for all that is known");
});

test("shown again it goes on, and ends once", async () => {
  const world = browserThatSendsLater();
  const { client, play } = await playing(world);
  world.see(false);
  world.see(true);
  world.time += 170_000;

  play.complete();
  world.see(false);

  assert.deepEqual(world.kept, []);
  assert.deepEqual(ends(world.up).map((event) => [event.type, event.played_ms]), [["playback.completed", 200_000]]);
  assert.deepEqual(keptWords(world), []);
  assert.equal(client.queue.events.length, 1);
});

test("a hidden page that plays on would send its present state", async () => {
  const world = browserThatSendsLater();
  const { client, play } = await playing(world);
  world.see(false);
  world.time += 60_000;
  play.heartbeat();
  assert.deepEqual(world.kept.map(({ events }) => events.at(-1).played_ms), [90_000]);

  play.complete();
  assert.deepEqual(world.kept, []);
  const next = client.play({ track_id: "t-2" });
  next.start();

  assert.deepEqual(world.kept.map(({ events }) => events.at(-1).play_id), [next.id]);
});

test("what waits for a connection goes with it, before the end", async () => {
  const world = browserThatSendsLater();
  const { client } = await playing(world);
  world.lose();
  client.rate("t-1", 1);

  world.see(false);

  assert.deepEqual(types(world.kept[0].events), ["feedback.rated", "playback.stopped"]);
  assert.deepEqual(types(JSON.parse(world.requests[0].body).events), ["feedback.rated"], "and at once by itself");
  assert.equal(world.requests[0].keepalive, true);
});

test("the end is in it however much waits", async () => {
  const world = browserThatSendsLater();
  const { client } = await playing(world);
  world.lose();
  for (let i = 0; i < 300; ++i) client.rate("t-1", 1);

  world.see(false);

  assert.equal(world.kept[0].events.at(-1).type, "playback.stopped");
  assert.ok(Buffer.byteLength(world.kept[0].body) < 65_536);
});

test("without such a browser the next visit tells it, once", async () => {
  const world = new World();
  const { play } = await playing(world);
  world.see(false);

  const later = world.tab({ copied: false });
  later.time += 10 * 60_000;
  const visit = segue(later);
  visit.connect();
  await later.accept();

  assert.deepEqual(ends(later.up).map((event) => [event.play_id, event.played_ms]), [[play.id, 30_000]]);
  assert.equal(later.up[0].time, "2026-11-21T12:00:30.000Z", "when it was");
  const third = later.tab({ copied: false });
  assert.equal(segue(third).queue.size, 1, "not acknowledged yet, and not doubled");
});

test("a visit beside a page that may still play waits for it", async () => {
  const world = new World();
  const { play } = await playing(world);
  world.see(false);

  const beside = world.tab({ copied: false });
  const other = segue(beside);
  assert.equal(other.queue.size, 0);
  play.complete();
  beside.time += 10 * 60_000;
  beside.timers.shift().run();
  assert.equal(other.queue.events.filter((event) => event.type === "playback.stopped").length, 0);
});

test("a frozen page has stopped and comes back as one session", async () => {
  const world = new World();
  const { client, play } = await playing(world);
  world.see(false);

  world.listeners.freeze();

  assert.equal(play.ended, true);
  assert.deepEqual(ends(JSON.parse(world.requests[0].body).events).length, 1);
  assert.deepEqual(keptWords(world), []);
  world.listeners.pagehide();
  assert.equal(world.requests.length, 1, "it left once");
  const session = client.session;
  world.listeners.resume();
  world.listeners.pageshow({ persisted: true });
  assert.equal(client.session, session);
  assert.equal(play.complete(), null);
});

test("hidden and then left, it is sent once", async () => {
  const world = browserThatSendsLater();
  await playing(world);
  world.see(false);

  await world.leave();

  assert.deepEqual(world.kept, []);
  assert.deepEqual(ends(JSON.parse(world.requests[0].body).events).length, 1);
  assert.deepEqual(keptWords(world), []);
});

test("nothing is left after erasure or close, or without a name", async () => {
  const world = browserThatSendsLater();
  const { client } = await playing(world);
  world.see(false);
  await client.erase();
  assert.deepEqual([world.kept, keptWords(world)], [[], []]);

  const nameless = browserThatSendsLater();
  await playing(nameless, { listener: "" });
  nameless.see(false);
  assert.deepEqual(keptWords(nameless), []);

  const closed = browserThatSendsLater();
  const { client: gone } = await playing(closed);
  closed.see(false);
  gone.close();
  assert.deepEqual([closed.kept, keptWords(closed)], [[], []]);
});

test("a browser that keeps no more for later costs nothing", async () => {
  const world = new World();
  world.env.fetchLater = () => {
    throw new Error("QuotaExceededError");
  };
  await playing(world);

  world.see(false);

  assert.equal(keptWords(world).length, 1);
});

function keptWords(world) {
  const { storage } = world.env;
  return Array.from({ length: storage.length }, (_, i) => storage.key(i)).filter((key) => key.startsWith("segue.words."));
}
