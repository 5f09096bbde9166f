// The parts that outlive a page: the session with its numbers, and the queue.

import assert from "node:assert/strict";
import { test } from "node:test";

import { segue, types, World } from "./world.mjs";

test("a reloaded page goes on with its session and its queue", async () => {
  const world = new World();
  const before = segue(world);
  const event = before.rate("t-1", 1);
  before.privateSession = true;
  world.leave();

  const after = segue(world);
  after.connect();
  await world.accept();
  const next = after.save("t-1");

  assert.equal(after.session, before.session);
  assert.equal(next.seq, 2);
  assert.equal(next.private_session, true);
  assert.deepEqual(world.up, [event, next]);
});

test("what a closed tab left behind is sent by the next", async () => {
  const world = new World();
  const event = segue(world).rate("t-1", 1);
  const other = world.tab({ copied: false });

  segue(other).connect();
  await other.accept();

  assert.deepEqual(other.up, [event]);
});

test("one listener's events never go up as another's", async () => {
  const world = new World();
  segue(world, { listener: "ada" }).rate("t-1", 1);

  const bob = segue(world, { listener: "bob" });

  assert.equal(bob.queue.size, 0);
  assert.equal(segue(world.tab({ copied: false }), { listener: "ada.b" }).queue.size, 0);
  assert.notEqual(bob.session, segue(world, { listener: "ada" }).session);
});

test("a client without a listener's name keeps nothing for the next, who may be another", () => {
  const world = new World();
  segue(world, { listener: undefined }).rate("t-1", 1);
  world.leave();

  const next = segue(world, { listener: undefined });

  assert.equal(next.queue.size, 0);
  assert.equal(world.env.storage.length + world.env.sessionStorage.length, 0);
});

test("a doubled tab has a session of its own, and is as private", async () => {
  const world = new World();
  const first = segue(world);
  first.rate("t-1", 1);
  first.privateSession = true;

  const doubled = segue(world.tab({ copied: true }));

  assert.notEqual(doubled.session, first.session);
  const event = doubled.hide("t-2");
  assert.deepEqual([event.seq, event.private_session], [1, true]);
  assert.equal(first.save("t-1").seq, 2);
});

test("a page that is shown again goes on after what another page of its tab has said", () => {
  const world = new World();
  const client = segue(world);
  client.rate("t-1", 1);
  world.leave();
  const { pageshow } = world.listeners;
  const other = segue(world);
  other.rate("t-2", 1);
  other.privateSession = true;
  world.leave();

  pageshow({ persisted: true });

  const next = client.rate("t-3", 1);
  assert.deepEqual([next.seq, next.private_session], [3, true]);
  assert.deepEqual(client.queue.events.map((event) => event.track_id), ["t-1", "t-2", "t-3"]);
});

test("another session numbers from one", () => {
  const world = new World();
  const client = segue(world);
  client.rate("t-1", 1);
  const before = client.session;

  const started = client.startSession();

  assert.notEqual(client.session, before);
  assert.deepEqual([started.type, started.seq, started.session_id], ["session.started", 1, client.session]);
  assert.equal(client.endSession().type, "session.ended");
});

test("a full queue gives up what was played before what the listener said", () => {
  const world = new World();
  const client = segue(world, { queueMax: 2 });
  client.hide("t-2");
  client.play({ track_id: "t-1" }).start();
  client.save("t-1");

  assert.deepEqual(types(client.queue.events), ["feedback.hidden", "feedback.saved"]);
});

test("a full queue gives up heartbeats first", () => {
  const world = new World();
  const client = segue(world, { queueMax: 3 });
  client.rate("t-1", 1);
  client.send("playback.heartbeat", { track_id: "t-1" });
  client.save("t-1");
  client.hide("t-2");

  assert.deepEqual(types(client.queue.events), ["feedback.rated", "feedback.saved", "feedback.hidden"]);
});

test("a storage that is forbidden or broken does no harm", () => {
  const world = new World();
  world.env.storage.setItem("segue.queue.ada/old", "{not json");
  world.env.storage.setItem = () => {
    throw new Error("quota");
  };

  assert.equal(segue(world).rate("t-1", 1).seq, 1);
});

test("a private session says so in every event", () => {
  const world = new World();
  const client = segue(world);
  client.privateSession = true;

  assert.equal(client.rate("t-1", 1).private_session, true);
});
