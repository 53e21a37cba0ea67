import type { Token } from "@coterie/core";
import {
  decodeExchangeRequest,
  encodeExchangeReply,
  type Item,
  itemHash,
  leafSum,
  MerkleTree,
  respond,
} from "@coterie/merkle-tree";
import { causalityOf } from "@coterie/versions";
import type { OrderedTransaction } from "../ordered-store.ts";
import { decodeRow } from "../row-codec.ts";
import { successor, writeUint32 } from "../row-key.ts";
import type { LeafBook } from "./leaf-book.ts";
import type { MerkleAnswer, MerkleQuestion, TreeName } from "./merkle-question.ts";

const STEP_ROWS = 64;
const EMPTY: Token = { high: 0, low: 0 };

type Unrefused = Exclude<MerkleAnswer, { type: "refused" }>;

/**
 * Answers from the leaves, and from the rows where keys are asked for. Rows that do not add up to their leaf
 * put the whole partition in doubt. Throws `CodecError` for a request that cannot be decoded.
 */
export function answerMerkle(
  transaction: OrderedTransaction,
  leaves: LeafBook,
  question: MerkleQuestion,
  suspect: (row: Uint8Array) => void,
  isRecovering: (partition: number) => boolean,
): Unrefused {
  if (question.type === "roots") {
    return { type: "roots", roots: question.of.map((of) => rootOf(leaves, of)) };
  }
  const { of } = question;
  const tree = treeOf(leaves, of);
  if (tree === undefined) return { type: "unread" };
  const scan = (leaf: number): Item[] => itemsOf(transaction, leaves, of, leaf, suspect);
  if (question.type === "leaves") {
    return { type: "leaves", shape: tree.shape, leaves: tree.encodeLeaves() };
  }
  if (question.type === "items") {
    const items = scan(question.leaf);
    const sum = leafSum(items);
    const leaf = tree.leaf(question.leaf);
    if (sum.high !== leaf.high || sum.low !== leaf.low) leaves.doubt(of.partition);
    return { type: "items", items };
  }
  const { reply, rebuild } = respond(decodeExchangeRequest(question.request), tree, scan);
  if (rebuild.length > 0) leaves.doubt(of.partition);
  const recovering = isRecovering(of.partition);
  return { type: "reply", reply: encodeExchangeReply(reply), recovering };
}

function rootOf(leaves: LeafBook, { partition, n }: TreeName): Token | undefined {
  const known = leaves.of(partition);
  if (known === undefined) leaves.hasten(partition);
  return known && (known.tree(n)?.root ?? EMPTY);
}

function treeOf(leaves: LeafBook, { partition, n }: TreeName): MerkleTree | undefined {
  const known = leaves.of(partition);
  if (known === undefined) leaves.hasten(partition);
  return known && (known.tree(n) ?? new MerkleTree(known.shape));
}

/** The rows of one tree in one leaf, keys ascending; damaged ones are left out, and told. */
function itemsOf(
  transaction: OrderedTransaction,
  leaves: LeafBook,
  { partition, n }: TreeName,
  leaf: number,
  suspect: (row: Uint8Array) => void,
): Item[] {
  const { from, to } = leafRange(leaves, partition, leaf, leaf + 1);
  const items: Item[] = [];
  let next: Uint8Array | undefined = from;
  while (next !== undefined) {
    const entries = transaction.range("rows", next, to, STEP_ROWS);
    for (const { key, value } of entries) {
      const stored = decodeRow(key, value);
      if (stored === undefined) suspect(key);
      else if (stored.n === n)
        items.push({ key, hash: itemHash(key, causalityOf(stored.versions)) });
    }
    next = entries.length < STEP_ROWS ? undefined : successor(entries.at(-1)!.key);
  }
  return items;
}

/** The row keys of the leaves `from` … `to` - 1 of a partition. */
export function leafRange(
  { space }: LeafBook,
  partition: number,
  from: number,
  to: number,
): { readonly from: Uint8Array; readonly to: Uint8Array | undefined } {
  const first = space!.firstToken(partition, from);
  const end = space!.firstToken(partition, to);
  return { from: tokenBytes(first!), to: end && tokenBytes(end) };
}

function tokenBytes({ high, low }: Token): Uint8Array {
  const bytes = new Uint8Array(8);
  writeUint32(bytes, 0, high);
  writeUint32(bytes, 4, low);
  return bytes;
}
