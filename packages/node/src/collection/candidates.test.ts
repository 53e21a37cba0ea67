import type { Token } from "@coterie/core";
import { VirtualTime } from "@coterie/core/testing";
import { type CollectedRow, rowKey } from "@coterie/shard-engine";
import { expect, test } from "vitest";
import type { Buckets } from "../buckets/buckets.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { NodeStore } from "../node-store.ts";
import { Candidates } from "./candidates.ts";

const ROW = rowKey("cart", Uint8Array.of(1));
const DEAD: CollectedRow = { row: ROW, causality: Uint8Array.of(7), folded: undefined };

/** A partition whose root, rows and next expiry a test sets, and how often it was read. */
function partition() {
  const time = new VirtualTime();
  const is = {
    root: { high: 1, low: 1 } as Token | undefined,
    rows: [] as CollectedRow[],
    expiryMs: undefined as number | undefined,
    reads: 0,
  };
  const store: Pick<NodeStore, "roots" | "collection"> = {
    roots: async () => [is.root],
    collection: async () => {
      is.reads++;
      const { rows, expiryMs } = is;
      return { type: "candidates", rows, tombstones: rows.length, next: undefined, expiryMs };
    },
  };
  const known = new Set(["cart"]);
  const candidates = new Candidates(
    {
      clock: time,
      store: store as NodeStore,
      cluster: { ring: { record: { epoch: 1 } } } as unknown as Cluster,
      buckets: {
        get: (name: string) => (known.has(name) ? { n: 3 } : undefined),
      } as unknown as Buckets,
    },
    1_000,
  );
  const look = async (living: readonly string[] = ["a"]) => {
    const before = is.reads;
    let tombstones = 0;
    for (const tree of await candidates.awake([{ partition: 3, n: 3 }], living)) {
      tombstones += (await candidates.of(tree, living)).tombstones;
    }
    return { tombstones, read: is.reads > before };
  };
  return { is, time, known, look };
}

test("a partition that is as it was when nothing was found is not read again", async () => {
  const { is, look } = partition();
  expect(await look()).toEqual({ tombstones: 0, read: true });
  expect(await look()).toEqual({ tombstones: 0, read: false });
  is.root = { high: 1, low: 2 };
  is.rows = [DEAD];
  expect(await look()).toEqual({ tombstones: 1, read: true });
  expect(await look()).toEqual({ tombstones: 1, read: true });
});

test("it is read again when a version has expired, when an actor is gone, and while its leaves are not known", async () => {
  const { is, time, look } = partition();
  is.expiryMs = time.nowMs() + 100;
  await look();
  expect(await look()).toMatchObject({ read: false });
  time.advance(100);
  expect(await look()).toMatchObject({ read: true });
  expect(await look(["a", "b"])).toMatchObject({ read: true });
  is.root = undefined;
  expect(await look(["a", "b"])).toMatchObject({ read: true });
});

test("it is read again while it has rows of a bucket that is not known yet", async () => {
  const { is, known, look } = partition();
  known.clear();
  is.rows = [DEAD];
  expect(await look()).toEqual({ tombstones: 0, read: true });
  known.add("cart");
  expect(await look()).toEqual({ tombstones: 1, read: true });
});
