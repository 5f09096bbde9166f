// A socket that was left may still have messages on their way.

import assert from "node:assert/strict";
import { test } from "node:test";

import { segue, World } from "./world.mjs";

test("a list that comes on a socket that was left is not taken", async () => {
  const world = new World();
  const lists = [];
  const client = segue(world, { list: (list) => lists.push(list) });
  client.connect();
  await world.accept();
  const left = world.socket;
  world.listeners.offline();
  world.listeners.online();
  await world.accept();

  left.onmessage({ data: JSON.stringify({ recommendations: { version: 9, items: [] } }) });

  assert.notEqual(world.socket, left);
  assert.deepEqual(lists, []);
  assert.equal(client.version, -1);
});

test("an acknowledgement on a socket that was left settles nothing", async () => {
  const world = new World();
  const client = segue(world);
  client.connect();
  await world.accept();
  client.rate("t-1", 1);
  const left = world.socket;
  world.listeners.offline();
  world.listeners.online();
  await world.accept();

  left.onmessage({ data: JSON.stringify({ ack: 1 }) });

  assert.equal(client.queue.events.length, 1);
});
