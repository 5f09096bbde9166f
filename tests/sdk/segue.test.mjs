import assert from "node:assert/strict";
import { test } from "node:test";

import { Backoff } from "../../producers/gateway/sdk/backoff.js";
import { answer, segue, types, World } from "./world.mjs";

test("says hello with its token, which stands in no address", async () => {
  const world = new World();
  segue(world).connect();
  await world.accept();

  assert.equal(world.socket.url, "wss://gateway.example/v1/stream");
  assert.deepEqual(world.socket.sent[0], { hello: { token: "a-token", version: -1, series: "" } });
});

test("numbers the events of a session from one", async () => {
  const world = new World();
  const client = segue(world);

  const events = [client.rate("t-1", 1), client.save("t-1"), client.hide("t-2")];

  assert.deepEqual(events.map((event) => event.seq), [1, 2, 3]);
  assert.equal(new Set(events.map((event) => event.session_id)).size, 1);
  assert.equal(new Set(events.map((event) => event.id)).size, 3);
});

test("what is said without a connection goes up when there is one", async () => {
  const world = new World();
  const client = segue(world);
  client.rate("t-1", 1);
  client.connect();
  client.save("t-1");
  assert.equal(world.up.length, 0);

  await world.accept();

  assert.deepEqual(types(world.up), ["feedback.rated", "feedback.saved"]);
});

test("what was not acknowledged is sent again as it was", async () => {
  const world = new World();
  const client = segue(world);
  client.connect();
  await world.accept();
  const [, second, third] = [client.rate("t-1", 1), client.save("t-1"), client.hide("t-2")];
  world.tell({ ack: 1 });

  world.lose();
  world.timers.shift().run();
  await world.accept();

  assert.deepEqual(world.up, [second, third]);
  world.tell({ ack: 2 });
  assert.equal(client.queue.size, 0);
});

test("each attempt says when it was made, so that a wrong clock is seen through", async () => {
  const world = new World();
  const client = segue(world);
  client.connect();
  await world.accept();
  client.rate("t-1", 1);
  const [first] = world.sent;
  world.lose();
  world.time += 60_000;

  world.timers.shift().run();
  await world.accept();

  const [second] = world.sent;
  assert.equal(second.time, first.time);
  assert.equal(Date.parse(second.sent_at) - Date.parse(first.sent_at), 60_000);
});

test("a message is no larger than the gateway takes, with all that goes out", async () => {
  const world = new World();
  const client = segue(world);
  for (let n = 0; n < 200; ++n) client.play({ track_id: "音".repeat(70 + n) }).start();

  client.connect();
  await world.accept();

  const bytes = world.socket.sent.slice(1).map((message) => Buffer.byteLength(JSON.stringify(message)));
  assert.equal(world.sent.length, 200);
  assert.ok(bytes.length > 2);
  assert.ok(Math.max(...bytes) <= 60_100, `${bytes}`);
});

test("a request over HTTP tells what cannot be heeded and takes a number of the session", async () => {
  const world = new World();
  const client = segue(world);
  const told = { accepted: 1, heeded: [], not_heeded: [{ wish: "mood", detail: "none" }] };
  world.answers.push(answer(202, told));

  assert.deepEqual(await client.ask({ mood: "blue" }), told);

  const [request] = world.requests;
  assert.equal(request.url, "https://gateway.example/v1/requests");
  const { mood, seq, session_id } = JSON.parse(request.body);
  assert.deepEqual({ mood, seq, session_id }, { mood: "blue", seq: 1, session_id: client.session });
  assert.equal(client.queue.size, 0);
});

for (const [name, refuse] of [
  ["no network", () => Promise.reject(new TypeError("fetch failed"))],
  ["429", () => answer(429, { code: "too_many_events", detail: "later" }, { "retry-after": "1" })],
  ["503", () => answer(503, { code: "busy", detail: "later" }, { "retry-after": "1" })],
]) {
  test(`a request that found ${name} waits in the queue as the same event`, async () => {
    const world = new World();
    world.env.fetch = async (url, options) => (world.requests.push({ url, ...options }), refuse());
    const client = segue(world);

    await assert.rejects(client.ask({ mood: "blue" }), { queued: true });
    client.connect();
    await world.accept();

    const { sent_at, ...asked } = JSON.parse(world.requests[0].body);
    assert.deepEqual(world.up, [asked]);
  });
}

test("a request that is refused does not wait", async () => {
  const world = new World();
  const client = segue(world);
  world.answers.push(answer(400, { code: "no_wish", detail: "nothing" }));

  await assert.rejects(client.ask({}), { status: 400, queued: false });

  assert.equal(client.queue.size, 0);
});

test("nothing is sent twice on one connection", async () => {
  const world = new World();
  const client = segue(world);
  client.connect();
  await world.accept();

  for (let i = 0; i < 5; ++i) client.rate(`t-${i}`, 1);
  world.tell({ ack: 2 });
  client.save("t-1");

  assert.equal(world.up.length, 6);
  assert.equal(client.queue.size, 4);
});

test("resumes from the newest list it has seen", async () => {
  const world = new World();
  const lists = [];
  const client = segue(world, { list: (list) => lists.push(list.version) });
  client.connect();
  await world.accept();
  for (const version of [5, 4, 7, 7]) world.tell({ recommendations: { version, items: [] } });

  world.lose();
  world.timers.shift().run();
  await world.socket.onopen();

  assert.deepEqual(lists, [5, 7]);
  assert.equal(world.socket.sent[0].hello.version, 7);
});

test("waits longer after each failure, at random, and no longer once it worked", async () => {
  const world = new World();
  segue(world).connect();
  const waits = [];
  for (let i = 0; i < 3; ++i) {
    world.lose();
    const timer = world.timers.shift();
    waits.push(timer.ms);
    timer.run();
  }
  await world.accept();
  world.time += 10_000;
  world.lose();

  assert.deepEqual(waits, [125, 250, 500]);
  assert.equal(world.timers.shift().ms, 125);
});

test("a backoff stays below its limit and above what it was told", () => {
  const backoff = new Backoff({ baseMs: 100, maxMs: 1_000, random: () => 0.999 });
  const waits = Array.from({ length: 10 }, () => backoff.next(50));

  assert.ok(waits.every((ms) => ms >= 50 && ms <= 1_050));
  assert.ok(waits.at(-1) > 1_000);
});

test("a token is asked for before each connection", async () => {
  const world = new World();
  let given = 0;
  segue(world, { token: async () => `token-${++given}` }).connect();
  await world.accept();
  world.lose(1008);
  world.timers.shift().run();
  await world.accept();

  assert.equal(world.socket.sent[0].hello.token, "token-2");
});

test("after close it does not come back", async () => {
  const world = new World();
  const client = segue(world);
  client.connect();
  await world.accept();
  client.close();
  world.lose(1000);

  assert.equal(world.timers.length, 0);
  assert.equal(client.status, "offline");
});

test("the network's return ends the wait", async () => {
  const world = new World();
  segue(world).connect();
  world.lose();
  world.listeners.online();

  assert.equal(world.sockets.length, 2);
});

test("a page that goes away sends what waits in a request that outlives it", async () => {
  const world = new World();
  const client = segue(world);
  client.connect();
  await world.accept();
  const event = client.rate("t-1", -1);

  await world.listeners.pagehide();

  const [request] = world.requests;
  assert.equal(request.url, "https://gateway.example/v1/events");
  assert.equal(request.keepalive, true);
  assert.equal(request.headers.Authorization, "Bearer a-token");
  const { sent_at, ...sent } = JSON.parse(request.body).events[0];
  assert.deepEqual(sent, event);
  assert.equal(typeof sent_at, "string");
  assert.equal(client.queue.size, 1, "kept, for nobody reads the answer");
});

test("a page that goes away does not wait for another token", async () => {
  const world = new World();
  const tokens = ["a-token"];
  const client = segue(world, { token: () => tokens.pop() ?? new Promise(() => {}) });
  client.connect();
  await world.accept();
  client.rate("t-1", -1);

  world.listeners.pagehide();

  assert.equal(world.requests[0].headers.Authorization, "Bearer a-token");
});

test("where versions begin anew, lists of a lower version are shown", async () => {
  const world = new World();
  const shown = [];
  const client = segue(world, { list: (list) => shown.push(list.version) });
  client.connect();
  await world.accept("before");
  world.tell({ recommendations: { version: 900, items: [] } });
  world.lose();
  world.timers.shift().run();
  await world.accept("after");
  world.tell({ recommendations: { version: 3, items: [] } });

  assert.deepEqual(shown, [900, 3]);
  assert.equal(world.socket.sent[0].hello.series, "before");
});

test("a clock that is wrong is corrected by the gateway's, also for what waited", async () => {
  const world = new World();
  const client = segue(world);
  world.time += 15 * 60_000;
  const event = client.rate("t-1", 1);
  client.connect();

  await world.accept("a-series", "2026-11-21T12:00:00.000Z");

  const [{ time, sent_at }] = world.sent;
  assert.deepEqual([time, sent_at], ["2026-11-21T12:00:00.000Z", "2026-11-21T12:00:00.000Z"]);
  assert.equal(client.queue.events[0].time, event.time, "kept as the device said");
});

test("a clock that is set back in the middle of a track takes nothing from what was heard", () => {
  const world = new World();
  const began = world.time;
  world.env.elapsed = () => 5_000 + world.time - began;
  world.env.now = () => began - 60_000;
  const play = segue(world).play({ track_id: "t-1" });
  play.start();
  world.time += 10_000;

  assert.equal(play.skip().played_ms, 10_000);
});

test("what no gateway can read is found, given up and told, and the rest arrives", async () => {
  const world = new World();
  const problems = [];
  const client = segue(world, { error: (problem) => problems.push(problem.code) });
  const [first, bad, last] = [client.rate("t-1", 1), client.rate("t-2", 1), client.rate("t-3", 1)];
  client.connect();
  const taken = [];
  for (let attempt = 0; attempt < 4 && client.queue.size > 0; ++attempt) {
    await world.accept();
    for (let number = 1; world.sent.length >= number; ++number) {
      if (world.sent.some((event) => event.id === bad.id)) break;
      taken.push(world.up[number - 1]);
      world.tell({ ack: number });
    }
    if (client.queue.size === 0) break;
    world.lose(1007, "a message that cannot be read");
    world.timers.shift().run();
  }

  assert.deepEqual(taken, [first, last]);
  assert.equal(client.queue.size, 0);
  assert.deepEqual(problems, ["unreadable"]);
});

test("half a character is mended and an event that is too large is refused at once", async () => {
  const world = new World();
  const client = segue(world);

  assert.equal(client.request({ prompt: "rock \ud83d" }).prompt, "rock \ufffd");
  assert.equal(client.request({ prompt: "a \\ud83d in letters, and 🎷" }).prompt, "a \\ud83d in letters, and 🎷");
  assert.throws(() => client.request({ prompt: "音".repeat(20_000) }), RangeError);
  assert.equal(client.queue.size, 2);
});

test("a gateway that falls silent is left for another", async () => {
  const world = new World();
  const client = segue(world);
  client.connect();
  await world.accept();
  const event = client.rate("t-1", 1);
  const silent = world.socket;

  world.timers.shift().run();

  assert.equal(client.status, "offline");
  assert.equal(silent.closedWith, 1000);
  world.timers.shift().run();
  await world.accept();
  assert.deepEqual(world.up, [event]);
});

test("a network that goes away is noticed at once", async () => {
  const world = new World();
  const client = segue(world);
  client.connect();
  await world.accept();

  world.listeners.offline();

  assert.equal(client.status, "offline");
});

test("who leaves in the middle of a track heard it as far as that", async () => {
  const world = new World();
  const client = segue(world);
  client.connect();
  await world.accept();
  const play = client.play({ track_id: "t-1" });
  play.start();
  world.time += 30_000;

  await world.leave();

  const { events } = JSON.parse(world.requests[0].body);
  assert.deepEqual([events[1].type, events[1].played_ms], ["playback.stopped", 30_000]);
  assert.equal(play.ended, true);
});

test("a refusal carries the gateway's words", async () => {
  const world = new World();
  const problems = [];
  const client = segue(world, { error: (problem) => problems.push(problem) });
  client.connect();
  await world.socket.onopen();

  world.lose(1008, "the token is expired");

  assert.deepEqual(problems, [{ code: "refused", detail: "the token is expired" }]);
});

test("an erasure that is told before it is answered takes nothing of what came after", async () => {
  const world = new World();
  const client = segue(world);
  client.connect();
  await world.accept();
  client.play({ track_id: "t-1" }).start();
  let answered;
  world.env.fetch = client.env.fetch = () => new Promise((resolve) => (answered = resolve));
  const erased = client.erase();
  await new Promise(setImmediate);
  world.time += 1;
  const later = client.play({ track_id: "t-2" });
  const start = later.start();

  world.tell({ erased: {} });
  answered(answer(202, {}));
  await erased;

  assert.deepEqual(client.queue.events, [start]);
  assert.equal(later.skip().type, "playback.skipped");
  world.time += 1;
  world.tell({ erased: {} });
  assert.equal(client.queue.size, 0, "another one, made elsewhere, takes all");
});

test("a connection that is lost twice costs no event that was fine", async () => {
  const world = new World();
  const client = segue(world);
  client.connect();
  await world.accept();
  client.rate("t-1", 1);
  world.lose(1006);
  world.timers.shift().run();

  world.lose(1009);

  assert.equal(client.queue.size, 1);
});

test("after close the page's going away is no business of it", async () => {
  const world = new World();
  const client = segue(world);
  client.connect();
  await world.accept();
  client.rate("t-1", 1);

  client.close();

  assert.deepEqual(Object.keys(world.listeners), []);
});

test("without a WebSocket to use it says how to get one", () => {
  const world = new World();
  world.env.WebSocket = undefined;

  assert.throws(() => segue(world).connect(), /Node 22/);
});

test("messages stay below what the gateway takes", async () => {
  const world = new World();
  const client = segue(world);
  client.connect();
  for (let i = 0; i < 30; ++i) client.send("request.made", { prompt: "ü".repeat(2_000) });
  await world.accept();

  const messages = world.socket.sent.slice(1);
  assert.equal(world.up.length, 30);
  assert.ok(messages.every((message) => Buffer.byteLength(JSON.stringify(message)) < 65_536));
});

test("a play knows how long was heard and ends once", () => {
  const world = new World();
  const client = segue(world);
  const play = client.play({ track_id: "t-1", duration_ms: 200_000 }, { rec_id: "r", rec_pos: 1 });

  const start = play.start();
  world.time += 10_000;
  play.pause();
  world.time += 60_000;
  play.resume();
  world.time += 5_000;
  const end = play.skip();

  assert.equal(start.play_id, end.play_id);
  assert.deepEqual([end.type, end.played_ms, end.duration_ms], ["playback.skipped", 15_000, 200_000]);
  assert.equal(end.rec_id, "r");
  assert.equal(play.complete(), null);
  assert.equal(play.heartbeat(), null);
});

test("an unchanged list is not fetched twice", async () => {
  const world = new World();
  const client = segue(world);
  world.answers = [answer(200, { version: 3, items: [] }, { etag: '"3"' }), answer(304, null)];

  const [first, second] = [await client.recommendations(), await client.recommendations()];

  assert.equal(world.requests[1].headers["If-None-Match"], '"3"');
  assert.deepEqual(second, first);
});

test("a refusal is an error that says why and when to come back", async () => {
  const world = new World();
  world.answers = [answer(429, { code: "too_many_requests", detail: "slowly" }, { "retry-after": "2" })];

  await assert.rejects(segue(world).export(), { status: 429, code: "too_many_requests", retryAfterS: 2 });
});

test("erasure forgets here too, and the player hears of one made elsewhere", async () => {
  const world = new World();
  let erased = 0;
  const client = segue(world, { erased: () => ++erased });
  client.rate("t-1", 1);
  await client.erase();
  client.connect();
  await world.accept();
  world.time += 1;
  const after = client.save("t-1");
  world.tell({ erased: {} });

  assert.deepEqual([world.requests[0].method, world.requests[0].url], ["DELETE", "https://gateway.example/v1/me"]);
  assert.deepEqual(client.queue.events, [after]);
  assert.equal(erased, 1);
});
