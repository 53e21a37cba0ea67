// Replicas in memory that exchange for real, message by message, without a network between them.
import { compareBytes, decodeUtf8, encodeUtf8, type NodeId, xxh64 } from "@coterie/core";
import { VirtualTime } from "@coterie/core/testing";
import { ZERO_STAMP } from "@coterie/hybrid-clock";
import { type Item, itemHash, LeafSpace, MerkleTree, respond } from "@coterie/merkle-tree";
import { IntervalClock } from "@coterie/vector-clock";
import {
  causalityOf,
  decodeVersions,
  EMPTY_VERSIONS,
  encodeVersions,
  mergeVersions,
  mint,
} from "@coterie/versions";
import type { ComparePorts, MovedRows } from "../src/index.ts";

const SHAPE = { leaves: 16, fanOut: 4 };
const SPACE = new LeafSpace(1, SHAPE.leaves);

let counter = 0;

/** A version set with one value that nobody has seen before. */
export function value(): Uint8Array {
  counter++;
  const minted = mint("siblings", undefined, {
    dot: { actor: "00000000000000aa", counter },
    stamp: ZERO_STAMP,
    follows: [],
    repeated: false,
    requestContext: IntervalClock.EMPTY,
    operationId: counter.toString(16).padStart(32, "0"),
    tombstone: false,
    encoding: "bytes",
    expiresAtMs: undefined,
    value: Uint8Array.of(counter),
  });
  return encodeVersions(minted.set);
}

function union(a: Uint8Array | undefined, b: Uint8Array): Uint8Array {
  const set = a === undefined ? EMPTY_VERSIONS : decodeVersions(a);
  return encodeVersions(mergeVersions("siblings", set, decodeVersions(b)));
}

export class Replicas {
  readonly time = new VirtualTime();
  readonly down = new Set<NodeId>();
  readonly recovering = new Set<NodeId>();
  /** Rows that moved, and ranges of leaves of which no key was named before. */
  readonly moved: string[] = [];
  readonly ranges: string[] = [];
  readonly #rows = new Map<NodeId, Map<string, Uint8Array>>();

  of(node: NodeId): Map<string, Uint8Array> {
    const rows = this.#rows.get(node) ?? new Map<string, Uint8Array>();
    this.#rows.set(node, rows);
    return rows;
  }

  set(name: string, versions: Uint8Array, ...nodes: readonly NodeId[]): void {
    for (const node of nodes) this.of(node).set(name, versions);
  }

  tree(node: NodeId): MerkleTree {
    const tree = new MerkleTree(SHAPE);
    for (let leaf = 0; leaf < SHAPE.leaves; leaf++) {
      for (const { hash } of this.items(node, leaf)) tree.add(leaf, hash);
    }
    return tree;
  }

  items(node: NodeId, leaf: number): Item[] {
    return [...this.of(node)]
      .map(([name, versions]) => ({ key: encodeUtf8(name), versions }))
      .filter(({ key }) => SPACE.leafOf(xxh64(key)) === leaf)
      .map(({ key, versions }) => ({ key, hash: itemHash(key, causalityOf(versions)) }))
      .sort((a, b) => compareBytes(a.key, b.key));
  }

  /** What `self` needs to compare with the others. */
  ports(self: NodeId): ComparePorts {
    const away = { type: "unavailable", reason: "it is away" } as const;
    const copy = (from: NodeId, to: NodeId, name: string): boolean => {
      const versions = this.of(from).get(name);
      if (this.down.has(from) || this.down.has(to) || versions === undefined) return false;
      this.of(to).set(name, union(this.of(to).get(name), versions));
      return true;
    };
    const copyLeaves = (from: NodeId, to: NodeId, first: number, end: number): MovedRows => {
      let rows = 0;
      for (let leaf = first; leaf < end; leaf++) {
        for (const { key } of this.items(from, leaf)) {
          this.moved.push(`${decodeUtf8(key)} ${from}>${to}`);
          if (copy(from, to, decodeUtf8(key))) rows++;
        }
      }
      this.ranges.push(`${rows} rows ${from}>${to}`);
      return { rows, failure: undefined };
    };
    return {
      clock: this.time,
      timers: this.time,
      roots: async (of) => of.map(() => this.tree(self).root),
      askRoots: async (peer, of, roots) => {
        if (this.down.has(peer)) return away;
        const { high, low } = this.tree(peer).root;
        const differs = (at: number): boolean => roots[at]!.high !== high || roots[at]!.low !== low;
        return { type: "differing", indices: [...of.keys()].filter(differs) };
      },
      tree: async () => this.tree(self),
      items: async (_, leaf) => this.items(self, leaf),
      ask: async (peer, _, request) => {
        if (this.down.has(peer)) return away;
        const { reply } = respond(request, this.tree(peer), (leaf) => this.items(peer, leaf));
        return { type: "reply", reply, recovering: this.recovering.has(peer) };
      },
      repairRow: async (peer, row, direction) => {
        const name = decodeUtf8(row);
        const go = (from: NodeId, to: NodeId): boolean => {
          this.moved.push(`${name} ${from}>${to}`);
          return copy(from, to, name);
        };
        const pulled = direction !== "push" && go(peer, self);
        const pushed = direction !== "pull" && go(self, peer);
        return { pulled, pushed, failure: undefined };
      },
      pullLeaves: async (peer, _, from, to) => copyLeaves(peer, self, from, to),
      pushLeaves: async (peer, _, from, to) => copyLeaves(self, peer, from, to),
    };
  }
}
