import { compareBytes } from "@coterie/core";
import { itemBytes } from "./exchange-codec.ts";
import type {
  CompareRequest,
  ExchangeReply,
  ExchangeRequest,
  Item,
  LeafItems,
  ListRequest,
} from "./exchange-message.ts";
import type { MerkleTree } from "./merkle-tree.ts";
import { isEmpty, leafSum, sameDigest } from "./sum.ts";

/** What the answering side gives back. */
export interface Response {
  readonly reply: ExchangeReply;
  /** Leaves whose rows do not add up to the tree's sum: scan them again, and `setLeaf`. */
  readonly rebuild: readonly number[];
}

/**
 * The answering side of an exchange. It keeps no state: every request is complete in itself and may
 * come twice. `scan` gives the rows of a leaf with ascending keys.
 *
 * A list stops once it holds `replyBytes`; it may exceed them by one item.
 */
export function respond(
  request: ExchangeRequest,
  tree: MerkleTree,
  scan: (leaf: number) => readonly Item[],
  replyBytes = 65_536,
): Response {
  if (!makesSense(request, tree)) {
    const { sequence } = request;
    return { reply: { type: "refused", sequence, shape: tree.shape }, rebuild: [] };
  }
  return request.type === "compare"
    ? { reply: compare(request, tree), rebuild: [] }
    : list(request, tree, scan, replyBytes);
}

function makesSense(request: ExchangeRequest, tree: MerkleTree): boolean {
  const { leaves, fanOut } = tree.shape;
  if (request.shape.leaves !== leaves || request.shape.fanOut !== fanOut) return false;
  if (request.type === "list") return (request.leaves.at(-1) ?? 0) < leaves;
  return (
    request.level <= tree.depth && (request.nodes.at(-1)?.index ?? 0) < tree.width(request.level)
  );
}

function compare(request: CompareRequest, tree: MerkleTree): ExchangeReply {
  const differing: number[] = [];
  const empty: number[] = [];
  for (const { index, digest } of request.nodes) {
    const own = tree.digest(request.level, index);
    if (sameDigest(own, digest)) continue;
    differing.push(index);
    if (isEmpty(own)) empty.push(index);
  }
  return { type: "differing", sequence: request.sequence, differing, empty };
}

function list(
  { sequence, leaves: asked, after }: ListRequest,
  tree: MerkleTree,
  scan: (leaf: number) => readonly Item[],
  replyBytes: number,
): Response {
  const leaves: LeafItems[] = [];
  const rebuild: number[] = [];
  let bytes = 0;
  for (const [at, leaf] of asked.entries()) {
    if (bytes >= replyBytes) break;
    const rows = scan(leaf);
    if (!sameDigest(leafSum(rows), tree.leaf(leaf))) rebuild.push(leaf);
    const items: Item[] = [];
    leaves.push({ leaf, items });
    for (const item of rows) {
      if (at === 0 && after !== undefined && compareBytes(item.key, after) <= 0) continue;
      if (bytes >= replyBytes && items.length > 0) {
        return { reply: { type: "items", sequence, leaves, unfinished: true }, rebuild };
      }
      items.push(item);
      bytes += itemBytes(item);
    }
  }
  return { reply: { type: "items", sequence, leaves, unfinished: false }, rebuild };
}
