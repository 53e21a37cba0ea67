import type { Token } from "@coterie/core";
import { itemHash, LeafSpace, MerkleTree } from "@coterie/merkle-tree";
import { leafShape } from "../src/leaves/leaf-shape.ts";
import { partitionOfRow, tokenOf } from "../src/row-key.ts";
import type { ShardEngine } from "../src/shard-engine.ts";

const PARTITIONS = 16;

/** The roots that the engine gives for one N, undefined where it has still to read. */
export function rootsOf(engine: ShardEngine, n = 3): (Token | undefined)[] {
  const of = Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, n }));
  const answer = engine.merkle({ type: "roots", epoch: 1, of });
  engine.commit();
  if (answer.type !== "roots") throw new Error(JSON.stringify(answer));
  return [...answer.roots];
}

/** The roots of trees that are built anew from what a scan of the rows shows. */
export function rootsOfRows(
  engine: ShardEngine,
  isOf: (row: Uint8Array) => boolean = () => true,
): Token[] {
  const shape = leafShape(PARTITIONS);
  const space = new LeafSpace(PARTITIONS, shape.leaves);
  const trees = Array.from({ length: PARTITIONS }, () => new MerkleTree(shape));
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const slice = { epoch: 1, partition, from: undefined, limit: 9999 } as const;
    const scan = engine.scan({ ...slice, want: "causality" });
    if (scan.type !== "rows") throw new Error(JSON.stringify(scan));
    for (const { row, versions } of scan.rows) {
      if (!isOf(row)) continue;
      trees[partitionOfRow(row, PARTITIONS)]!.add(
        space.leafOf(tokenOf(row)),
        itemHash(row, versions),
      );
    }
  }
  engine.commit();
  return trees.map((tree) => tree.root);
}

/** Does the background work until nothing is unread. */
export function readAll(engine: ShardEngine): void {
  for (let steps = 0; !engine.stats().counted; steps++) {
    if (steps > 1000) throw new Error("the rows are never all read");
    engine.scrub(7);
  }
}
