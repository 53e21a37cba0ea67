import { assert } from "@coterie/core";
import type { ExchangeEffect, Suspect } from "./exchange-effect.ts";
import type {
  CompareRequest,
  DifferingReply,
  ExchangeReply,
  ExchangeRequest,
  Item,
  ItemsReply,
} from "./exchange-message.ts";
import { ascend, itemDifferences, itemsBetween } from "./item-difference.ts";
import type { MerkleTree } from "./merkle-tree.ts";
import { isEmpty, leafSum, sameDigest } from "./sum.ts";

/** How much goes into one message, and so how much memory an exchange takes. */
export interface ExchangeLimits {
  /** Digests in a request, 1,024 by default: about 8 KB. More saves round trips. */
  readonly nodesPerRequest?: number;
  /** Leaves listed by a request, 64 by default; their rows here are held until the answer is in. */
  readonly leavesPerRequest?: number;
}

/**
 * The asking side of an exchange between two trees of one shape. Either replica may ask, and whoever asks
 * learns the differences in both directions; the other side only runs `respond`. Pure: one request is
 * under way at a time, and the caller carries out the effects.
 *
 * Compare, wait, recheck, so that writes in flight are not taken for damage:
 * 1. `MerkleExchange.compare` walks from the root down and ends with the suspects;
 * 2. the *caller* waits until what was in flight then has arrived (longer than a write's deadline);
 * 3. `MerkleExchange.recheck` compares the suspects again and lists keys only where they still differ.
 *
 * The tree may change while an exchange runs: every digest is read when it is sent. What is sent is
 * proportional to the damage: at most fan-out × depth digests for a damaged leaf, then its keys.
 */
export class MerkleExchange {
  readonly #tree: MerkleTree;
  readonly #listsKeys: boolean;
  readonly #nodesPerRequest: number;
  readonly #leavesPerRequest: number;
  readonly #pending: number[][]; // nodes to compare, by level
  readonly #differing: number[] = []; // leaves that differ and whose keys are wanted
  readonly #suspects: Suspect[] = [];
  #sequence = 0;
  #outstanding: ExchangeRequest | undefined;
  #unlisted: number[] | undefined; // the same in order, once no more can come
  #listed = 0; // how many of these are done
  #after: Uint8Array | undefined; // how far the next of these has been listed
  readonly #awaited = new Set<number>(); // leaves whose rows were asked of the caller
  readonly #scans = new Map<number, readonly Item[]>();
  #items: ItemsReply | undefined; // an answer that waits for this side's rows

  private constructor(tree: MerkleTree, listsKeys: boolean, limits: ExchangeLimits) {
    this.#tree = tree;
    this.#listsKeys = listsKeys;
    this.#nodesPerRequest = limits.nodesPerRequest ?? 1024;
    this.#leavesPerRequest = limits.leavesPerRequest ?? 64;
    assert(this.#nodesPerRequest >= 1 && this.#leavesPerRequest >= 1, "a message holds something");
    this.#pending = Array.from({ length: tree.depth + 1 }, () => []);
  }

  /** From the root to the suspects; ends with `compared`. */
  static compare(tree: MerkleTree, limits: ExchangeLimits = {}): MerkleExchange {
    const exchange = new MerkleExchange(tree, false, limits);
    exchange.#pending[0]!.push(0);
    return exchange;
  }

  /** From suspects to keys; ends with `rechecked`. Suspects that agree by now say nothing. */
  static recheck(
    tree: MerkleTree,
    suspects: readonly Suspect[],
    limits: ExchangeLimits = {},
  ): MerkleExchange {
    const exchange = new MerkleExchange(tree, true, limits);
    for (const { level, index } of suspects) {
      assert(level <= tree.depth && index < tree.width(level), "a suspect is a node of the tree");
      exchange.#pending[level]!.push(index);
    }
    for (const [level, nodes] of exchange.#pending.entries()) {
      exchange.#pending[level] = ascendingOnce(nodes);
    }
    return exchange;
  }

  /** Call once. */
  start(): ExchangeEffect[] {
    assert(this.#sequence === 0, "an exchange starts once");
    return this.#next();
  }

  /** Sends what is unanswered again, after a lost message; nothing if nothing is. */
  resend(): ExchangeEffect[] {
    return this.#outstanding === undefined ? [] : [{ type: "send", request: this.#outstanding }];
  }

  /** An answer. One that is late or comes twice changes nothing. */
  receive(reply: ExchangeReply): ExchangeEffect[] {
    const request = this.#outstanding;
    if (request === undefined || reply.sequence !== request.sequence) return [];
    this.#outstanding = undefined;
    if (request.type === "compare" && reply.type === "differing") {
      return this.#sift(request, reply);
    }
    if (request.type === "list" && reply.type === "items") {
      const fault = faultOf(reply, request.leaves, request.after);
      if (fault !== undefined) return this.#fail(fault);
      this.#items = reply;
      return this.#join();
    }
    if (reply.type !== "refused") return this.#fail("the answer is to another question");
    const { leaves, fanOut } = reply.shape;
    return this.#fail(`the other side's tree has ${leaves} leaves and fan-out ${fanOut}`);
  }

  /** This side's rows of a leaf, keys ascending: what a `scan` effect asked for. */
  scanned(leaf: number, items: readonly Item[]): ExchangeEffect[] {
    if (!this.#awaited.delete(leaf)) return [];
    assert(ascend(items), "a scan gives keys in ascending order, each once");
    this.#scans.set(leaf, items);
    const agrees = sameDigest(leafSum(items), this.#tree.leaf(leaf));
    const effects: ExchangeEffect[] = agrees ? [] : [{ type: "rebuild", leaf }];
    return [...effects, ...this.#join()];
  }

  /** Sorts nodes that differ: lacking on one side, a leaf, or to be looked into. */
  #sift({ level, nodes }: CompareRequest, { differing, empty }: DifferingReply): ExchangeEffect[] {
    const sent = new Map(nodes.map((node) => [node.index, node.digest]));
    const emptyThere = new Set(empty);
    const effects: ExchangeEffect[] = [];
    for (const index of differing) {
      const digest = sent.get(index);
      if (digest === undefined) {
        return this.#fail("the other side names nodes that it was not asked about");
      }
      const lacking = isEmpty(digest) ? "here" : emptyThere.has(index) ? "there" : undefined;
      if (lacking === undefined && level < this.#tree.depth) this.#descend(level, index);
      else if (!this.#listsKeys) this.#suspects.push({ level, index });
      else if (lacking === undefined) this.#differing.push(index);
      else effects.push({ type: "missing", where: lacking, ...this.#leavesUnder(level, index) });
    }
    return [...effects, ...this.#next()];
  }

  #descend(level: number, index: number): void {
    const { fanOut } = this.#tree.shape;
    const end = Math.min((index + 1) * fanOut, this.#tree.width(level + 1));
    for (let child = index * fanOut; child < end; child++) this.#pending[level + 1]!.push(child);
  }

  #leavesUnder(level: number, index: number): { from: number; to: number } {
    const span = this.#tree.shape.fanOut ** (this.#tree.depth - level);
    return { from: index * span, to: Math.min((index + 1) * span, this.#tree.shape.leaves) };
  }

  /** The next request: the deepest nodes first, so that what is pending stays small. */
  #next(): ExchangeEffect[] {
    const level = this.#pending.findLastIndex((nodes) => nodes.length > 0);
    const sequence = ++this.#sequence;
    const { shape } = this.#tree;
    if (level >= 0) {
      const indexes = this.#pending[level]!.splice(0, this.#nodesPerRequest);
      const nodes = indexes.map((index) => ({ index, digest: this.#tree.digest(level, index) }));
      this.#outstanding = { type: "compare", sequence, shape, level, nodes };
      return this.resend();
    }
    this.#unlisted ??= ascendingOnce(this.#differing);
    const leaves = this.#unlisted.slice(this.#listed, this.#listed + this.#leavesPerRequest);
    if (leaves.length > 0) {
      this.#outstanding = { type: "list", sequence, shape, leaves, after: this.#after };
      const unread = leaves.filter((leaf) => !this.#scans.has(leaf) && !this.#awaited.has(leaf));
      for (const leaf of unread) this.#awaited.add(leaf);
      return [...this.resend(), ...unread.map((leaf) => ({ type: "scan" as const, leaf }))];
    }
    if (this.#listsKeys) return [{ type: "rechecked" }];
    return [{ type: "compared", suspects: this.#suspects }];
  }

  /** Joins the other side's items with this side's rows, once both are there, and goes on. */
  #join(): ExchangeEffect[] {
    const reply = this.#items;
    if (reply === undefined) return [];
    if (!reply.leaves.every(({ leaf }) => this.#scans.has(leaf))) return [];
    this.#items = undefined;
    const effects: ExchangeEffect[] = [];
    for (const [at, { leaf, items }] of reply.leaves.entries()) {
      const after = at === 0 ? this.#after : undefined;
      const goesOn = reply.unfinished && at === reply.leaves.length - 1;
      const last = goesOn ? items.at(-1)!.key : undefined;
      const differences = itemDifferences(itemsBetween(this.#scans.get(leaf)!, after, last), items);
      if (differences.length > 0) effects.push({ type: "differences", leaf, differences });
      if (!goesOn) this.#scans.delete(leaf);
    }
    this.#listed += reply.leaves.length - (reply.unfinished ? 1 : 0);
    this.#after = reply.unfinished ? reply.leaves.at(-1)!.items.at(-1)!.key : undefined;
    return [...effects, ...this.#next()];
  }

  #fail(reason: string): ExchangeEffect[] {
    this.#awaited.clear();
    return [{ type: "failed", reason }];
  }
}

function ascendingOnce(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/** A list must make headway, in the order asked, with ascending keys: else an exchange might not end. */
function faultOf(
  { leaves, unfinished }: ItemsReply,
  asked: readonly number[],
  after: Uint8Array | undefined,
): string | undefined {
  if (leaves.length === 0 || (unfinished && leaves.at(-1)!.items.length === 0)) {
    return "the other side's list makes no headway";
  }
  if (!leaves.every(({ leaf }, at) => leaf === asked[at])) {
    return "the other side lists leaves that it was not asked for";
  }
  const ordered = leaves.every(({ items }) => ascend(items));
  const first = leaves[0]!.items;
  if (!ordered || itemsBetween(first, after, undefined).length !== first.length) {
    return "the other side's keys are out of order";
  }
  return undefined;
}
