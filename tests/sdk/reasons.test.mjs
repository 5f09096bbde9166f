// The chooser of a play, and advice for a developer who asked for none.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { TYPES } from "../../producers/gateway/sdk/advice.js";
import { segue, World } from "./world.mjs";

const LIST = { rec_id: "ada/7", version: 7, items: ["t-1", "t-2", "t-3", "t-4"].map((track_id) => ({ track_id })) };

async function withList(list = LIST) {
  const world = new World();
  const client = segue(world);
  client.connect();
  await world.accept();
  world.tell({ recommendations: list });
  const start = (track, more) => {
    const play = client.play({ track_id: track, duration_ms: 1_000 }, more);
    return { play, event: play.start() };
  };
  return { world, client, start };
}

test("through the list in its order the player starts what plays", async () => {
  const { world, start } = await withList();

  const first = start("t-1");
  world.time += 1_000;
  first.play.complete();
  const second = start("t-2");
  second.play.skip();
  const third = start("t-3");
  third.play.fail();
  const fourth = start("t-4");

  const reasons = [first, second, third, fourth].map(({ event }) => event.reason_start);
  assert.deepEqual(reasons, ["autoplay", "trackdone", "fwdbtn", "trackerror"]);
});

test("what was played has no place in the order of the list", async () => {
  const { world, start } = await withList();
  start("t-1").play.skip();
  world.tell({ recommendations: { ...LIST, version: 8, items: [{ track_id: "t-1" }, { track_id: "t-9" }] } });

  assert.equal(start("t-9").event.reason_start, "fwdbtn");
});

test("another track is the listener's choice", async () => {
  const { start } = await withList();

  start("t-1").play.skip();

  assert.equal(start("t-4").event.reason_start, "clickrow");
  assert.equal(start("elsewhere").event.reason_start, "clickrow");
});

test("what the caller says counts, in plain words or Spotify's", async () => {
  const { client, start } = await withList();

  const said = ["click", "play", "previous", "next", "ended", "autoplay", "uriopen"].map(
    (reason) => start("t-1", { reason }).event.reason_start,
  );

  assert.deepEqual(said, ["clickrow", "playbtn", "backbtn", "fwdbtn", "trackdone", "autoplay", "uriopen"]);
  assert.equal(client.play({ track_id: "t-4" }).start("autoplay").reason_start, "autoplay");
});

test("without a list what follows at once follows by itself", async () => {
  const world = new World();
  const client = segue(world);
  const heard = (track) => {
    const play = client.play({ track_id: track, duration_ms: 1_000 });
    const { reason_start } = play.start();
    world.time += 1_000;
    play.complete();
    return reason_start;
  };

  assert.deepEqual([heard("a"), heard("b")], ["clickrow", "trackdone"]);
  world.time += 60_000;
  assert.equal(heard("c"), "clickrow");
});

test("each event of a play says whose idea it was, of which list", async () => {
  const { start } = await withList();

  const { play, event } = start("t-2", { reason: "click", context: { type: "radio" } });
  const events = [event, play.pause(), play.resume(), play.skip()];

  for (const each of events) {
    assert.deepEqual([each.reason_start, each.rec_id, each.rec_pos], ["clickrow", "ada/7", 2]);
    assert.equal(each.context.type, "radio");
    assert.equal(each.reason, undefined);
  }
  assert.equal(start("elsewhere").event.rec_id, undefined);
  assert.deepEqual([start("t-1", { rec_id: "mine" }).event].map((e) => [e.rec_id, e.rec_pos]), [["mine", undefined]]);
});

// -- advice for developers

function listening(options = {}) {
  const world = new World();
  const said = [];
  return { world, said, client: segue(world, { warn: (text) => said.push(text), ...options }) };
}

test("without an error callback a problem is a line with a remedy", async () => {
  const { world, said, client } = listening();
  client.connect();
  world.lose();
  world.timers.shift().run();
  world.lose();
  assert.equal(said.length, 1, "an outage is reported once");
  assert.match(said[0], /^unreachable: https:\/\/gateway\.example takes no connection.*with its port.*--origins/);

  world.timers.shift().run();
  await world.socket.onopen();
  world.lose(1008, "the token is expired");
  assert.match(said[1], /^refused: the token is expired\. Let `token` give one/);

  world.timers.shift().run();
  await world.accept();
  client.rate("t-1", 7);
  world.tell({ error: { code: "bad_field", detail: "score is not a whole number in its range", event: 1 } });
  assert.match(said[2], /^bad_field: feedback\.rated: score is not a whole number in its range\. schemas/);

  world.lose();
  world.timers.at(-1).run();
  world.lose();
  assert.equal(said.length, 4, "and so is the next outage");
  assert.ok(said.every((line) => !line.includes("\n")));
});

test("a bad token or address is reported", async () => {
  const failing = listening({ token: () => Promise.reject(new Error("offline")) });
  failing.client.connect();
  await failing.world.socket.onopen();
  assert.match(failing.said[0], /^no_token: Error: offline\. `token` must return/);

  const nowhere = listening();
  nowhere.world.env.WebSocket = nowhere.client.env.WebSocket = class {
    constructor() {
      throw new SyntaxError("no such address");
    }
  };
  nowhere.client.connect();
  assert.match(nowhere.said[0], /^no_address: SyntaxError: no such address\. Let `url`/);
});

test("with an error callback nothing is said twice", async () => {
  const problems = [];
  const { world, said, client } = listening({ error: (problem) => problems.push(problem.code) });
  client.connect();
  world.lose();

  assert.deepEqual([problems, said], [["unreachable"], []]);
});

test("an unknown type is reported, with the one that was meant", () => {
  const { said, client } = listening();

  client.send("playback.complete", { track_id: "t-1" });
  client.send("feedback.rated", { track_id: "t-1", score: 1 });

  assert.equal(said.length, 1);
  assert.match(said[0], /^playback\.complete is no type of event that Segue knows.*did you mean playback\./);
});

test("a play completed before half of it is reported as a skip", () => {
  const { world, said, client } = listening();
  const heard = (track, ms) => {
    const play = client.play(track);
    play.start();
    world.time += ms;
    play.complete();
  };
  heard({ track_id: "t-1", duration_ms: 200_000 }, 100_000);
  heard({ track_id: "t-1" }, 10);
  assert.deepEqual(said, []);

  heard({ track_id: "t-1", duration_ms: 200_000 }, 1_000);

  assert.match(said[0], /^complete\(\) after 1 s of 200 s: less than half of a track counts as skipped/);
});

test("the types are those of the schema", () => {
  const schema = JSON.parse(readFileSync(new URL("../../schemas/event.v1.json", import.meta.url)));
  const known = Object.keys(schema.$defs).filter((name) => name.includes("."));

  assert.deepEqual([...TYPES].sort(), known.sort());
});

test("what a track and its artist are called goes along", async () => {
  const { client } = await withList();
  const play = client.play({ track_id: "mine", title: "Jóga", artist: "Björk" });

  const { title, artist } = play.start();

  assert.deepEqual([title, artist], ["Jóga", "Björk"]);
  assert.deepEqual([play.complete().title, "title" in client.play({ track_id: "t-1" }).start()], ["Jóga", false]);
});

test("a long name is cut between two characters", async () => {
  const { client } = await withList();
  const play = client.play({ track_id: "mine", title: `${"a".repeat(199)}🎷 and more`, artist: "🎷".repeat(201) });

  const { title, artist } = play.start();

  assert.deepEqual([title, artist], [`${"a".repeat(199)}🎷`, "🎷".repeat(200)]);
  assert.equal(client.play({ track_id: "t-1", title: "half \ud83d" }).start().title, "half \ufffd");
});

test("a track may be named by its id alone", async () => {
  const { client } = await withList();

  assert.equal(client.play("t-1").start().track_id, "t-1");
  assert.equal(client.hide(LIST.items[1]).track_id, "t-2");
});

test("what names no track is said to be none, and why", async () => {
  const { client } = await withList({ ...LIST, items: [] });

  for (const none of [undefined, null, "", " ", "\u200b", "\u3164", "\u2800", "x".repeat(129), 7, {}, { track_id: 7 }, { track_id: "\n" }]) {
    for (const say of ["play", "rate", "save", "unsave", "hide"]) {
      assert.throws(() => client[say](none), /a track is an item of a list.* Is the list empty/, say);
    }
    await assert.rejects(client.why(none), /a track is an item of a list/);
  }
});

test("what a track says of itself and is no text or length is left out", async () => {
  const { client } = await withList();

  const play = client.play({ track_id: "t-1", artist: {}, title: ["a"], duration_ms: 1e300 }).start();

  assert.deepEqual([play.title, play.artist, play.duration_ms], [undefined, undefined, undefined]);
});

test("fields of a play may be null", async () => {
  const { client } = await withList();

  assert.equal(client.play("t-1", null).start().track_id, "t-1");
});
