import { CodecError, SeededRandom, type Token } from "@coterie/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MerkleTree } from "./merkle-tree.ts";

const shape = fc.record({
  leaves: fc.integer({ min: 1, max: 300 }),
  fanOut: fc.integer({ min: 2, max: 20 }),
});
const hash = fc.record({
  high: fc.integer({ min: 0, max: 0xffffffff }),
  low: fc.integer({ min: 0, max: 0xffffffff }),
});

/** Every digest of the tree, level by level. */
function digests(tree: MerkleTree): Token[][] {
  return Array.from({ length: tree.depth + 1 }, (_, level) =>
    Array.from({ length: tree.width(level) }, (_, index) => tree.digest(level, index)),
  );
}

describe("MerkleTree", () => {
  test("levels narrow by the fan-out up to one root", () => {
    const widths = (leaves: number, fanOut: number): number[] => {
      const tree = new MerkleTree({ leaves, fanOut });
      return Array.from({ length: tree.depth + 1 }, (_, level) => tree.width(level));
    };
    expect(widths(1, 2)).toEqual([1]);
    expect(widths(2, 16)).toEqual([1, 2]);
    expect(widths(256, 16)).toEqual([1, 16, 256]);
    expect(widths(257, 16)).toEqual([1, 2, 17, 257]);
  });

  test("a tree kept incrementally equals one built anew, whatever was asked in between", () => {
    const change = fc.tuple(fc.nat(), hash, fc.constantFrom("add", "replace", "remove", "ask"));
    fc.assert(
      fc.property(shape, fc.array(change, { maxLength: 60 }), (size, changes) => {
        const tree = new MerkleTree(size);
        const items: [leaf: number, hash: Token][] = [];
        for (const [at, next, kind] of changes) {
          const held = items[at % Math.max(1, items.length)];
          if (kind === "ask") tree.digest(at % (tree.depth + 1), 0);
          else if (kind === "add" || held === undefined) {
            const leaf = at % size.leaves;
            tree.add(leaf, next);
            items.push([leaf, next]);
          } else if (kind === "replace") {
            tree.replace(held[0], held[1], next);
            held[1] = next;
          } else {
            tree.remove(held[0], held[1]);
            items.splice(items.indexOf(held), 1);
          }
        }
        const rebuilt = new MerkleTree(size);
        for (const [leaf, next] of items.toReversed()) rebuilt.add(leaf, next);
        expect(digests(tree)).toEqual(digests(rebuilt));
      }),
      { numRuns: 200 },
    );
  });

  test("a leaf is the sum of its items mod 2^64, wherever one half carries into the other", () => {
    const word = fc.oneof(
      fc.integer({ min: 0, max: 0xffffffff }),
      fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff),
    );
    const token = fc.record({ high: word, low: word });
    const big = ({ high, low }: Token): bigint => (BigInt(high) << 32n) | BigInt(low);
    fc.assert(
      fc.property(token, token, token, (a, b, c) => {
        const tree = new MerkleTree({ leaves: 2, fanOut: 2 });
        tree.add(1, a);
        tree.add(1, b);
        expect(big(tree.leaf(1))).toBe(BigInt.asUintN(64, big(a) + big(b)));
        tree.replace(1, a, c);
        expect(big(tree.leaf(1))).toBe(BigInt.asUintN(64, big(b) + big(c)));
        tree.remove(1, b);
        expect(tree.leaf(1)).toEqual(c);
      }),
      { numRuns: 300 },
    );
  });

  test("one changed leaf changes exactly the digests above it", () => {
    fc.assert(
      fc.property(shape, fc.nat(), (size, at) => {
        const tree = new MerkleTree(size);
        const random = new SeededRandom(at);
        for (let leaf = 0; leaf < size.leaves; leaf++) {
          tree.add(leaf, { high: random.uint32(), low: random.uint32() });
        }
        const before = digests(tree);
        const leaf = at % size.leaves;
        tree.add(leaf, { high: 1, low: 1 });
        for (const [level, nodes] of digests(tree).entries()) {
          const above = Math.floor(leaf / size.fanOut ** (tree.depth - level));
          for (const [index, digest] of nodes.entries()) {
            if (index === above) expect(digest).not.toEqual(before[level]![index]);
            else expect(digest).toEqual(before[level]![index]);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test("children that change places change their parent", () => {
    const one = new MerkleTree({ leaves: 4, fanOut: 4 });
    const other = new MerkleTree({ leaves: 4, fanOut: 4 });
    one.add(0, { high: 1, low: 2 });
    other.add(1, { high: 1, low: 2 });
    expect(one.root).not.toEqual(other.root);
  });

  test("a subtree from which everything went has the digest of nothing again", () => {
    const tree = new MerkleTree({ leaves: 100, fanOut: 4 });
    expect(tree.root).toEqual({ high: 0, low: 0 });
    tree.add(17, { high: 5, low: 6 });
    expect(tree.root).not.toEqual({ high: 0, low: 0 });
    tree.remove(17, { high: 5, low: 6 });
    expect(digests(tree)).toEqual(digests(new MerkleTree(tree.shape)));
  });

  test("leaves that were stored are read back, in less than 10 bytes a filled leaf", () => {
    fc.assert(
      fc.property(shape, fc.array(fc.tuple(fc.nat(), hash)), (size, items) => {
        const tree = new MerkleTree(size);
        for (const [at, item] of items) tree.add(at % size.leaves, item);
        const bytes = tree.encodeLeaves();
        expect(bytes.length).toBeLessThanOrEqual(5 + 11 * items.length);
        expect(digests(MerkleTree.decodeLeaves(size, bytes))).toEqual(digests(tree));
      }),
      { numRuns: 100 },
    );
    const full = new MerkleTree({ leaves: 1024, fanOut: 16 });
    for (let leaf = 0; leaf < 1024; leaf++) full.add(leaf, { high: leaf, low: 1 });
    expect(full.encodeLeaves().length).toBe(1024 * 8 + 6);
  });

  test("stored leaves of another shape, or spoilt ones, are refused", () => {
    const tree = new MerkleTree({ leaves: 8, fanOut: 2 });
    tree.add(3, { high: 1, low: 1 });
    const bytes = tree.encodeLeaves();
    const other = { leaves: 9, fanOut: 2 };
    expect(() => MerkleTree.decodeLeaves(other, bytes)).toThrow(CodecError);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => MerkleTree.decodeLeaves(tree.shape, bytes.subarray(0, length))).toThrow(
        CodecError,
      );
    }
    const zeroed = bytes.slice();
    zeroed.fill(0, bytes.length - 8);
    expect(() => MerkleTree.decodeLeaves(tree.shape, zeroed)).toThrow("an empty leaf");
  });

  test("a shape that cannot be is refused", () => {
    for (const wrong of [
      { leaves: 0, fanOut: 2 },
      { leaves: 2 ** 20 + 1, fanOut: 2 },
      { leaves: 1.5, fanOut: 2 },
      { leaves: 8, fanOut: 1 },
      { leaves: 8, fanOut: 257 },
    ]) {
      expect(() => new MerkleTree(wrong)).toThrow();
    }
  });
});
