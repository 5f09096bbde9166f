import assert from "node:assert/strict";
import { test } from "node:test";

import { answer, segue, World } from "./world.mjs";

test("a request over HTTP returns what cannot be applied and takes a number of the session", async () => {
  const world = new World();
  const client = segue(world);
  const taken = { accepted: 1, applied: [], ignored: [{ wish: "mood", detail: "none" }] };
  world.answers.push(answer(202, taken));

  assert.deepEqual(await client.ask({ mood: "blue" }), taken);

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
  assert.equal(client.queue.size, 1, "kept, for no one reads the answer");
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

test("a page that goes away in the middle of a track reports how far it was heard", async () => {
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

test("an erasure announced before its answer keeps what came after", async () => {
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

test("a list shown after an erasure outlives the answer to it", async () => {
  const world = new World();
  const client = segue(world);
  client.connect();
  await world.accept();
  world.tell({ recommendations: { version: 3, items: [] } });
  let answered;
  world.env.fetch = client.env.fetch = () => new Promise((resolve) => (answered = resolve));
  const play = client.play({ track_id: "t-1" });
  play.start();
  const erased = client.erase();
  await new Promise(setImmediate);

  world.tell({ erased: {} });
  world.tell({ recommendations: { version: 5, items: [{ track_id: "t-2" }] } });
  answered(answer(202, {}));
  await erased;

  world.env.fetch = client.env.fetch = () => Promise.resolve(answer(304, null));
  assert.equal((await client.recommendations()).version, 5);
  assert.equal(play.ended, true, "a play from before counts for no one");
});

test("an unchanged list is not fetched twice", async () => {
  const world = new World();
  const client = segue(world);
  world.answers = [answer(200, { version: 3, items: [] }, { etag: 'W/"3-a"' }), answer(304, null)];

  const [first, second] = [await client.recommendations(), await client.recommendations()];

  assert.equal(world.requests[1].headers["If-None-Match"], 'W/"3-a"');
  assert.deepEqual(second, first);
});

test("a refusal is an error that says why and when to come back", async () => {
  const world = new World();
  world.answers = [answer(429, { code: "too_many_requests", detail: "slowly" }, { "retry-after": "2" })];

  await assert.rejects(segue(world).export(), { status: 429, code: "too_many_requests", retryAfterS: 2 });
});

test("erasure clears the queue, and the player learns of one made elsewhere", async () => {
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
