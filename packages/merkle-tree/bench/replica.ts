// Rows and their tree in memory, and the driver of an exchange between two of these: what a store does
// around this package. For the tests and the benchmark.
import { compareBytes, type Token, toHex } from "@coterie/core";
import {
  decodeExchangeReply,
  decodeExchangeRequest,
  type ExchangeEffect,
  encodeExchangeReply,
  encodeExchangeRequest,
  type Item,
  type MerkleExchange,
  MerkleTree,
  respond,
  type TreeShape,
} from "../src/index.ts";

export class Replica {
  tree: MerkleTree;
  readonly #leafOf: (key: Uint8Array) => number;
  readonly #leaves: Map<string, Item>[];

  constructor(shape: TreeShape, leafOf: (key: Uint8Array) => number) {
    this.tree = new MerkleTree(shape);
    this.#leafOf = leafOf;
    this.#leaves = Array.from({ length: shape.leaves }, () => new Map());
  }

  put(key: Uint8Array, hash: Token): void {
    const leaf = this.#leafOf(key);
    const rows = this.#leaves[leaf]!;
    const before = rows.get(toHex(key));
    if (before === undefined) this.tree.add(leaf, hash);
    else this.tree.replace(leaf, before.hash, hash);
    rows.set(toHex(key), { key, hash });
  }

  drop(key: Uint8Array): void {
    const leaf = this.#leafOf(key);
    const before = this.#leaves[leaf]!.get(toHex(key));
    if (before === undefined) return;
    this.tree.remove(leaf, before.hash);
    this.#leaves[leaf]!.delete(toHex(key));
  }

  scan = (leaf: number): Item[] =>
    [...this.#leaves[leaf]!.values()].sort((a, b) => compareBytes(a.key, b.key));
}

export interface ExchangeRun {
  /** All effects but `send` and `scan`. */
  readonly effects: ExchangeEffect[];
  readonly requestBytes: number[];
  readonly replyBytes: number[];
  /** Leaves that the answering side was told to rebuild. */
  readonly rebuildThere: number[];
}

/** Runs an exchange to its end, every message through its bytes. */
export function run(
  exchange: MerkleExchange,
  here: Replica,
  there: Replica,
  replyBytes?: number,
): ExchangeRun {
  const seen: ExchangeRun = { effects: [], requestBytes: [], replyBytes: [], rebuildThere: [] };
  const todo = exchange.start();
  for (let effect = todo.shift(); effect !== undefined; effect = todo.shift()) {
    if (effect.type === "send") {
      const request = encodeExchangeRequest(effect.request);
      const { reply, rebuild } = respond(
        decodeExchangeRequest(request),
        there.tree,
        there.scan,
        replyBytes,
      );
      const answer = encodeExchangeReply(reply);
      seen.requestBytes.push(request.length);
      seen.replyBytes.push(answer.length);
      seen.rebuildThere.push(...rebuild);
      todo.push(...exchange.receive(decodeExchangeReply(answer)));
    } else if (effect.type === "scan") {
      todo.push(...exchange.scanned(effect.leaf, here.scan(effect.leaf)));
    } else {
      seen.effects.push(effect);
    }
  }
  return seen;
}

/** Every key that a recheck found unlike, as hexadecimal, ranges spelt out. */
export function keysFound(run: ExchangeRun, here: Replica, there: Replica): string[] {
  const keys: string[] = [];
  for (const effect of run.effects) {
    if (effect.type === "differences") {
      for (const { key } of effect.differences) keys.push(toHex(key));
    } else if (effect.type === "missing") {
      const holder = effect.where === "here" ? there : here;
      for (let leaf = effect.from; leaf < effect.to; leaf++) {
        for (const { key } of holder.scan(leaf)) keys.push(toHex(key));
      }
    }
  }
  return keys.sort();
}

export function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
