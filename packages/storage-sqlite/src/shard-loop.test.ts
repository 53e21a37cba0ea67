import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { systemClock, systemRandom } from "@coterie/core";
import { ShardEngine, type Staged } from "@coterie/shard-engine";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../test/temporary-directory.ts";
import { writeWrite } from "./command-codec.ts";
import { CommandFrame, PendingWrite } from "./command-frame.ts";
import { FrameReader } from "./frame.ts";
import { COMMITTED, RESULTS } from "./protocol.ts";
import { ShardLoop } from "./shard-loop.ts";
import { SqliteStore } from "./sqlite-store.ts";

/** A frame with one write of so many bytes. */
function frameOf(bytes: number): ArrayBuffer {
  const frame = new CommandFrame(1024);
  const command = { type: "putMeta", key: "k", value: new Uint8Array(bytes) } as const;
  writeWrite(frame.write(new PendingWrite(command, undefined)), command);
  return frame.finish();
}

/** What a loop tells when the second frame comes while the first is carried out. */
async function toldOf(first: ArrayBuffer, second: ArrayBuffer): Promise<number[]> {
  const { port1: ours, port2: theirs } = new MessageChannel();
  const store = SqliteStore.open(join(temporaryDirectory(), "loop.sqlite"));
  const engine = ShardEngine.open(store, {
    shard: 0,
    shards: 1,
    clock: systemClock,
    random: systemRandom,
  });
  atItsFirstWrite(engine, () => ours.postMessage(second, [second]));
  new ShardLoop(theirs, store, engine).run();
  const told: number[] = [];
  const done = allTold(ours, told);
  ours.postMessage(first, [first]);
  await done;
  await turn();
  ours.close();
  theirs.close();
  engine.close();
  return told;
}

function atItsFirstWrite(engine: ShardEngine, then: () => void): void {
  const stage = engine.stage.bind(engine);
  let isFirst = true;
  engine.stage = (command): Staged => {
    if (isFirst) then();
    isFirst = false;
    return stage(command);
  };
}

/** Resolves when two commits were told. */
function allTold(port: MessagePort, told: number[]): Promise<void> {
  let commits = 0;
  return new Promise((resolve) => {
    port.on("message", (message: ArrayBuffer) => {
      const kinds = new FrameReader(message).uint8();
      told.push(kinds);
      if ((kinds & COMMITTED) !== 0) commits++;
      if (commits === 2) resolve();
    });
  });
}

test("how a commit ended is told with the results of what has come meanwhile, and else at once", async () => {
  const told = await toldOf(frameOf(10), frameOf(10));
  expect(told).toEqual([RESULTS, COMMITTED + RESULTS, COMMITTED]);
});

test("nobody waits to be told of a commit until much more is staged", async () => {
  const told = await toldOf(frameOf(10), frameOf(200_000));
  expect(told).toEqual([RESULTS, COMMITTED, RESULTS, COMMITTED]);
});
