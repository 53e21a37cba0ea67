import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openShards } from "@coterie/storage-sqlite";
import { expect, test } from "vitest";
import { read } from "../test/rows.ts";
import { WriterProcess } from "../test/spawn-writer.ts";
import { temporaryDirectory } from "../test/temporary-directory.ts";

const root = temporaryDirectory();
/** Six starts of a process or a shard: 5 to 7 seconds on two cores at a load of 12. */
const timeout = 60_000;

test("every put that was acknowledged is there after kill -9 in the middle of writing, three times over", {
  timeout,
}, async () => {
  const directory = join(root, "killed");
  const acknowledged: string[] = [];
  for (let round = 0; round < 3; round++) {
    const writer = new WriterProcess(directory, 32);
    await writer.opened;
    while (writer.acknowledged.length < 500) await sleep(5);
    await writer.kill();
    acknowledged.push(...writer.acknowledged);

    const shards = await openShards({ directory });
    const shard = shards.mailboxes[0]!;
    const seen = await Promise.all(acknowledged.map((key) => read(shard, key)));
    expect(seen).toEqual(
      acknowledged.map((key) => ({ values: [`value of ${key}`], recovering: false })),
    );
    expect((await shard.stats()).actors).toHaveLength(2 * (round + 1));
    await shards.close();
  }
  expect(acknowledged.length).toBeGreaterThanOrEqual(1500);
});
