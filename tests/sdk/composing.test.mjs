// Composed music as the SDK tells it: each stage once, and sound where a player elsewhere finds it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { answer, segue, World } from "./world.mjs";

const job = (stage, more = {}) => ({ generation: { job_id: "j-1", stage, stages: [{ stage, at: "x" }], ...more } });
const track = { track_id: "segue-composed-1", audio_url: "/v1/audio/a.flac?until=1&signature=x" };

async function connected() {
  const world = new World();
  const stages = [];
  const client = segue(world, { generation: (progress) => stages.push(progress) });
  client.connect();
  await world.accept();
  return { world, client, stages };
}

test("each stage of a job is reported once, and none after its end", async () => {
  const { world, stages } = await connected();

  for (const stage of ["queued", "rendering", "composing", "rendering", "ready", "failed"]) world.tell(job(stage));

  assert.deepEqual(stages.map((progress) => progress.stage), ["queued", "rendering", "ready"]);
});

test("what a new connection repeats is no news", async () => {
  const { world, stages } = await connected();
  world.tell(job("rendering"));
  world.lose();
  world.timers.at(-1).run();
  await world.accept();

  world.tell(job("rendering"));
  world.tell(job("ready", { track }));

  assert.deepEqual(stages.map((progress) => progress.stage), ["rendering", "ready"]);
});

test("sound of the gateway's own stands under the gateway's address", async () => {
  const { world, client, stages } = await connected();
  const far = { track_id: "t-2", audio_url: "https://sound.example/b.ogg" };
  const lists = [];
  client.on.list = (list) => lists.push(list);
  const there = `https://gateway.example${track.audio_url}`;

  world.tell(job("ready", { track }));
  world.tell({ recommendations: { version: 3, rec_id: "r", items: [track, far, { track_id: "t-3" }] } });
  world.answers.push(answer(200, { version: 3, rec_id: "r", items: [track] }));

  assert.equal(stages[0].track.audio_url, there);
  assert.deepEqual(lists[0].items.map((item) => item.audio_url), [there, far.audio_url, undefined]);
  assert.equal((await client.recommendations()).items[0].audio_url, there);
});

test("why a track was composed is asked by its id", async () => {
  const { world, client } = await connected();
  world.answers.push(answer(200, { text: "You asked for it." }));

  const { text } = await client.whyComposed("a/b");

  assert.equal(text, "You asked for it.");
  assert.equal(world.requests.at(-1).url, "https://gateway.example/v1/me/why-composed/a%2Fb");
});
