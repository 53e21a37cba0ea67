import { assert, type Token } from "@coterie/core";

/**
 * Which leaf a token falls into: a partition is one contiguous range of tokens, and its leaves cut that
 * range into equal, contiguous pieces in token order, so that the rows of a leaf are one range scan.
 */
export class LeafSpace {
  /** Of the whole hash space: a power of two, 1 … 65,536. */
  readonly partitions: number;
  /** Of one partition: 1 … 2^20. */
  readonly leaves: number;
  readonly #partitionBits: number;

  constructor(partitions: number, leaves: number) {
    this.#partitionBits = Math.log2(partitions);
    assert(
      Number.isInteger(this.#partitionBits) && partitions >= 1 && partitions <= 0x10000,
      "the number of partitions is a power of two from 1 to 65,536",
    );
    assert(
      Number.isInteger(leaves) && leaves >= 1 && leaves <= 0x10_0000,
      "the number of leaves is an integer from 1 to 2^20",
    );
    this.partitions = partitions;
    this.leaves = leaves;
  }

  /** The leaf, 0 … leaves - 1, within whichever partition the token belongs to. */
  leafOf(token: Token): number {
    const bits = this.#partitionBits;
    const offset = bits === 0 ? token.high : (token.high << bits) | (token.low >>> (32 - bits));
    return Math.floor(((offset >>> 0) * this.leaves) / 0x1_0000_0000);
  }

  /**
   * The first token of a leaf: its rows are those from here to the first token of the next leaf. `leaf`
   * may be `leaves`, for the end of the partition; undefined for the end of the hash space.
   */
  firstToken(partition: number, leaf: number): Token | undefined {
    if (leaf === this.leaves) {
      return partition + 1 === this.partitions ? undefined : this.firstToken(partition + 1, 0);
    }
    const bits = this.#partitionBits;
    const offset = Math.ceil((leaf * 0x1_0000_0000) / this.leaves);
    if (bits === 0) return { high: offset, low: 0 };
    return {
      high: ((partition << (32 - bits)) | (offset >>> bits)) >>> 0,
      low: (offset << (32 - bits)) >>> 0,
    };
  }
}
