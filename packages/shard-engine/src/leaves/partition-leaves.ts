import { ByteReader, ByteWriter, type Token } from "@coterie/core";
import { MerkleTree, type TreeShape } from "@coterie/merkle-tree";

/** A row as its partition counts it. */
export interface CountedRow {
  /** Of its bucket: which tree it belongs to. */
  readonly n: number;
  readonly hash: Token;
  /** Of key and stored value. */
  readonly bytes: number;
}

/**
 * What is known of one partition's rows without reading them: how many there are, and for each N the tree
 * over their clocks. Trees are kept apart by N because buckets of different N have different primaries:
 * two replicas compare only what both are to hold.
 */
export class PartitionLeaves {
  readonly shape: TreeShape;
  rows = 0;
  /** Of keys and stored values. */
  rowBytes = 0;
  readonly #trees = new Map<number, MerkleTree>();
  /** The tree that was changed last, and of which N: mostly all rows of a partition are of one. */
  #lastN = 0;
  #last: MerkleTree | undefined;
  /** Trees as they were stored, until somebody asks for one. */
  #asleep: ByteReader | undefined;

  constructor(shape: TreeShape) {
    this.shape = shape;
  }

  /** Undefined: there are no rows of this N. */
  tree(n: number): MerkleTree | undefined {
    this.#wake();
    return this.#trees.get(n);
  }

  /** A row changed, came (`before` undefined) or went (`after` undefined). */
  replace(leaf: number, before: CountedRow | undefined, after: CountedRow | undefined): void {
    this.#wake();
    if (before !== undefined && before.n === after?.n) {
      this.#grow(after.n).replace(leaf, before.hash, after.hash);
    } else {
      if (before !== undefined) this.#grow(before.n).remove(leaf, before.hash);
      if (after !== undefined) this.#grow(after.n).add(leaf, after.hash);
    }
    this.rows += (after === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
    this.rowBytes += (after?.bytes ?? 0) - (before?.bytes ?? 0);
  }

  /** A row that cannot be read takes room and is in no tree. */
  countDamaged(bytes: number): void {
    this.rows++;
    this.rowBytes += bytes;
  }

  equals(other: PartitionLeaves): boolean {
    if (this.rows !== other.rows || this.rowBytes !== other.rowBytes) return false;
    this.#wake();
    other.#wake();
    for (const n of new Set([...this.#trees.keys(), ...other.#trees.keys()])) {
      const ours = this.#grow(n).root;
      const theirs = other.#grow(n).root;
      if (ours.high !== theirs.high || ours.low !== theirs.low) return false;
    }
    return true;
  }

  encode(): Uint8Array {
    this.#wake();
    const writer = new ByteWriter(1024).varint(this.shape.leaves);
    writer.varint(this.rows).varint(this.rowBytes).varint(this.#trees.size);
    for (const [n, tree] of this.#trees) writer.varint(n).block(tree.encodeLeaves());
    return writer.finish();
  }

  /** Reads the counts now and the trees when they are needed. Undefined: of a tree of another shape. */
  static decode(shape: TreeShape, bytes: Uint8Array): PartitionLeaves | undefined {
    const reader = new ByteReader(bytes);
    if (reader.varint() !== shape.leaves) return undefined;
    const leaves = new PartitionLeaves(shape);
    leaves.rows = reader.varint();
    leaves.rowBytes = reader.varint();
    leaves.#asleep = reader;
    return leaves;
  }

  #wake(): void {
    const reader = this.#asleep;
    if (reader === undefined) return;
    this.#asleep = undefined;
    for (let left = reader.varint(); left > 0; left--) {
      const n = reader.varint();
      this.#trees.set(n, MerkleTree.decodeLeaves(this.shape, reader.block()));
    }
  }

  #grow(n: number): MerkleTree {
    if (this.#last !== undefined && this.#lastN === n) return this.#last;
    let tree = this.#trees.get(n);
    if (tree === undefined) {
      tree = new MerkleTree(this.shape);
      this.#trees.set(n, tree);
    }
    this.#lastN = n;
    this.#last = tree;
    return tree;
  }
}
