import assert from "node:assert/strict";
import { test } from "node:test";

import { segue, types, World } from "./world.mjs";

test("numbers the events of a session from one", async () => {
  const world = new World();
  const client = segue(world);

  const events = [client.rate("t-1", 1), client.save("t-1"), client.hide("t-2")];

  assert.deepEqual(events.map((event) => event.seq), [1, 2, 3]);
  assert.equal(new Set(events.map((event) => event.session_id)).size, 1);
  assert.equal(new Set(events.map((event) => event.id)).size, 3);
});

test("events without a connection go up when there is one", async () => {
  const world = new World();
  const client = segue(world);
  client.rate("t-1", 1);
  client.connect();
  client.save("t-1");
  assert.equal(world.up.length, 0);

  await world.accept();

  assert.deepEqual(types(world.up), ["feedback.rated", "feedback.saved"]);
});

test("events without an acknowledgement are sent again unchanged", async () => {
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

test("each attempt says when it was made, which corrects a wrong clock", async () => {
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
  for (let n = 0; n < 200; ++n) client.play({ track_id: `t-${n}`, title: "音".repeat(n), artist: "音".repeat(200) }).start();

  client.connect();
  await world.accept();

  const bytes = world.socket.sent.slice(1).map((message) => Buffer.byteLength(JSON.stringify(message)));
  assert.equal(world.sent.length, 200);
  assert.ok(bytes.length > 2);
  assert.ok(Math.max(...bytes) <= 60_100, `${bytes}`);
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

test("a wrong clock is corrected by the gateway's, also for queued events", async () => {
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

test("a play of a month says the most that a play may say", () => {
  const world = new World();
  const play = segue(world).play("t-1");
  play.start();
  world.time += 30 * 86_400_000;

  assert.equal(play.stop().played_ms, 2 ** 31 - 1);
});

test("an event that no gateway can read is given up and reported, and the rest arrives", async () => {
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
