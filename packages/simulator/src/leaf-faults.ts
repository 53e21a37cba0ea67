import type { NodeId } from "@coterie/core";
import { itemHash, LeafSpace, MerkleTree } from "@coterie/merkle-tree";
import { type ShardMailbox, tokenOf } from "@coterie/shard-engine";

const ROWS_MAX = 100_000;

/**
 * Sentences: partitions of a node whose tree for this N is not what a scan of its rows adds up to. The tree that
 * the shard tells is compared with one that is built here, from the rows alone.
 */
export async function leafFaults(
  node: NodeId,
  mailbox: ShardMailbox,
  partitions: number,
  n: number,
): Promise<string[]> {
  const { epoch } = await mailbox.stats();
  const of = Array.from({ length: partitions }, (_, partition) => ({ partition, n }));
  const told = await mailbox.merkle({ type: "roots", epoch, of });
  const any = await mailbox.merkle({ type: "leaves", epoch, of: of[0]! });
  if (told.type !== "roots" || any.type !== "leaves") return [`${node} is reading its rows still`];
  const { shape } = any;
  const space = new LeafSpace(partitions, shape.leaves);
  const leaves = { n, from: 0, to: shape.leaves };
  const sentences: string[] = [];
  for (const [partition, root] of told.roots.entries()) {
    const range = { epoch, partition, from: undefined, limit: ROWS_MAX, leaves } as const;
    const scan = await mailbox.scan({ ...range, want: "causality" });
    if (scan.type === "refused") continue;
    const built = new MerkleTree(shape);
    for (const { row, versions } of scan.rows) {
      built.add(space.leafOf(tokenOf(row)), itemHash(row, versions));
    }
    const where = `partition ${partition} at ${node}`;
    const { high, low } = built.root;
    if (scan.suspects > 0) sentences.push(`${where} has ${scan.suspects} damaged rows`);
    if (root?.high !== high || root.low !== low) {
      sentences.push(`${where} has leaves that its ${scan.rows.length} rows do not add up to`);
    }
  }
  return sentences;
}
