import {
  AssertionError,
  assert,
  ByteReader,
  ByteWriter,
  CodecError,
  type Token,
  xxh64,
} from "@coterie/core";
import { readDigests, writeDigests } from "./digest-codec.ts";
import { EMPTY, isEmpty } from "./sum.ts";

/** Two trees can be compared when they have one shape. */
export interface TreeShape {
  /** How many leaves: any number from 1 on, up to 2^20. */
  readonly leaves: number;
  /** How many children a node has, 2 … 256. More makes fewer levels and larger steps of an exchange. */
  readonly fanOut: number;
}

/** Scratch: the digests of one node's children. */
const CHILDREN = new Uint8Array(8 * 256);
const CHILDREN_VIEW = new DataView(CHILDREN.buffer);

/**
 * A Merkle tree over a fixed number of leaves. Level 0 is the root, level `depth` the leaves.
 *
 * 1. A leaf is the sum mod 2^64 of the hashes of its items: independent of their order, and an item
 *    that changes costs one subtraction and one addition, without looking at its neighbours.
 * 2. An inner node is the XXH64 of its children's digests, computed when it is asked for; a change only
 *    marks its ancestors, up to the first that is marked already.
 * 3. A subtree of empty leaves has the digest 0, so that an exchange sees at once that one side has
 *    nothing there.
 *
 * 8 bytes a node, and 4 more for an inner one. Against rot and loss, not against an adversary.
 */
export class MerkleTree {
  readonly shape: TreeShape;
  /** The level of the leaves; 0 when there is but one. */
  readonly depth: number;
  readonly #widths: number[] = [];
  readonly #starts: number[] = [];
  /** The index of the first leaf among all nodes. */
  readonly #firstLeaf: number;
  /**
   * Of each node the two halves of its digest, side by side; then of each inner node whether it is stale (its ancestors are,
   * too, when it is). One array: whoever keeps many trees mostly meets one that is in no processor's cache, and
   * waits for each place of memory that an update touches.
   */
  readonly #words: Uint32Array;
  /** Where in `#words` the stale marks begin. */
  readonly #stale: number;

  constructor(shape: TreeShape) {
    const { leaves, fanOut } = shape;
    assert(
      Number.isInteger(leaves) && leaves >= 1 && leaves <= 0x10_0000,
      "the number of leaves is an integer from 1 to 2^20",
    );
    assert(
      Number.isInteger(fanOut) && fanOut >= 2 && fanOut <= 256,
      "the fan-out is an integer from 2 to 256",
    );
    this.shape = { leaves, fanOut };
    for (let width = leaves; ; width = Math.ceil(width / fanOut)) {
      this.#widths.unshift(width);
      if (width === 1) break;
    }
    let nodes = 0;
    for (const width of this.#widths) {
      this.#starts.push(nodes);
      nodes += width;
    }
    this.depth = this.#widths.length - 1;
    this.#firstLeaf = nodes - leaves;
    this.#stale = 2 * nodes;
    this.#words = new Uint32Array(2 * nodes + this.#firstLeaf);
  }

  /** How many nodes a level has. */
  width(level: number): number {
    assert(level >= 0 && level <= this.depth, `no level ${level}`);
    return this.#widths[level]!;
  }

  get root(): Token {
    return this.digest(0, 0);
  }

  leaf(index: number): Token {
    return this.digest(this.depth, index);
  }

  /** The digest of one node, computed now if something below it has changed. */
  digest(level: number, index: number): Token {
    assert(index >= 0 && index < this.width(level), `no node ${index} on level ${level}`);
    const node = this.#starts[level]! + index;
    if (level < this.depth && this.#words[this.#stale + node] === 1) this.#refresh(level, index);
    return { high: this.#words[2 * node]!, low: this.#words[2 * node + 1]! };
  }

  /** An item came: O(1). */
  add(leaf: number, hash: Token): void {
    this.replace(leaf, EMPTY, hash);
  }

  /** An item went: O(1). It must have been added with exactly this hash. */
  remove(leaf: number, hash: Token): void {
    this.replace(leaf, hash, EMPTY);
  }

  /** An item changed from one hash to another: O(1). */
  replace(leaf: number, before: Token, after: Token): void {
    const at = this.#placeOf(leaf);
    const low = this.#words[at + 1]! - before.low + after.low;
    const carry = Math.floor(low / 0x1_0000_0000);
    this.#set(leaf, this.#words[at]! - before.high + after.high + carry, low);
  }

  /** Puts a leaf's sum as a whole: after a scan of its rows, or where a leaf is itself a tree's root. */
  setLeaf(leaf: number, sum: Token): void {
    this.#set(leaf, sum.high, sum.low);
  }

  /** The leaves, empty ones left out: what to store. Inner nodes follow from them. */
  encodeLeaves(): Uint8Array {
    const filled: { index: number; digest: Token }[] = [];
    for (let index = 0; index < this.shape.leaves; index++) {
      const digest = this.leaf(index);
      if (!isEmpty(digest)) filled.push({ index, digest });
    }
    const writer = new ByteWriter(16 + 9 * filled.length).varint(this.shape.leaves);
    writeDigests(writer, filled);
    return writer.finish();
  }

  /** Throws `CodecError` unless `bytes` are the leaves of a tree of this shape. */
  static decodeLeaves(shape: TreeShape, bytes: Uint8Array): MerkleTree {
    const tree = new MerkleTree(shape);
    const reader = new ByteReader(bytes);
    const leaves = reader.varint();
    if (leaves !== shape.leaves) {
      throw new CodecError(`leaves of a tree of ${leaves}, not of ${shape.leaves}`);
    }
    for (const { index, digest } of readDigests(reader, shape.leaves)) {
      if (isEmpty(digest)) throw new CodecError("an empty leaf is written out");
      tree.setLeaf(index, digest);
    }
    reader.end();
    return tree;
  }

  /** Where in `#words` the leaf's sum is. */
  #placeOf(leaf: number): number {
    if (leaf < 0 || leaf >= this.shape.leaves) throw new AssertionError(`no leaf ${leaf}`);
    return 2 * (this.#firstLeaf + leaf);
  }

  /** Both halves mod 2^32. */
  #set(leaf: number, high: number, low: number): void {
    const words = this.#words;
    const at = this.#placeOf(leaf);
    if (words[at] === high >>> 0 && words[at + 1] === low >>> 0) return;
    words[at] = high;
    words[at + 1] = low;
    const { fanOut } = this.shape;
    let index = leaf;
    for (let level = this.depth - 1; level >= 0; level--) {
      index = Math.floor(index / fanOut);
      const mark = this.#stale + this.#starts[level]! + index;
      if (words[mark] === 1) return;
      words[mark] = 1;
    }
  }

  #refresh(level: number, index: number): void {
    const { fanOut } = this.shape;
    const first = index * fanOut;
    const end = Math.min(first + fanOut, this.#widths[level + 1]!);
    let filled = false;
    for (let child = first; child < end; child++) {
      // Recursion may use the scratch too, so every child is brought up to date before any is read.
      const node = this.#starts[level + 1]! + child;
      if (level + 1 < this.depth && this.#words[this.#stale + node] === 1) {
        this.#refresh(level + 1, child);
      }
    }
    for (let child = first; child < end; child++) {
      const node = this.#starts[level + 1]! + child;
      const high = this.#words[2 * node]!;
      const low = this.#words[2 * node + 1]!;
      CHILDREN_VIEW.setUint32(8 * (child - first), high);
      CHILDREN_VIEW.setUint32(8 * (child - first) + 4, low);
      if (high !== 0 || low !== 0) filled = true;
    }
    const digest = filled ? xxh64(CHILDREN.subarray(0, 8 * (end - first))) : EMPTY;
    const node = this.#starts[level]! + index;
    this.#words[2 * node] = digest.high;
    this.#words[2 * node + 1] = digest.low;
    this.#words[this.#stale + node] = 0;
  }
}
