import assert from "node:assert/strict";
import { test } from "node:test";

import { Backoff } from "../../producers/gateway/sdk/backoff.js";
import { segue, World } from "./world.mjs";

test("says hello with its token, which stands in no address", async () => {
  const world = new World();
  segue(world).connect();
  await world.accept();

  assert.equal(world.socket.url, "wss://gateway.example/v1/stream");
  assert.deepEqual(world.socket.sent[0], { hello: { token: "a-token", version: -1, series: "" } });
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

test("a backoff stays between the gateway's minimum and its limit", () => {
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

test("where versions begin again, lists of a lower version are shown", async () => {
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

test("a refusal carries the gateway's words", async () => {
  const world = new World();
  const problems = [];
  const client = segue(world, { error: (problem) => problems.push(problem) });
  client.connect();
  await world.socket.onopen();

  world.lose(1008, "the token is expired");

  assert.deepEqual(problems, [{ code: "refused", detail: "the token is expired" }]);
});

test("after close it ignores that the page goes away", async () => {
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
