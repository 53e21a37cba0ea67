import { below, pick, SeededRandom, shuffle } from "@coterie/core";
import { describe, expect, test } from "vitest";
import { ACTORS, nameOf } from "../test/arbitraries.ts";
import type { Dot } from "./dot.ts";
import { IntervalClock } from "./interval-clock.ts";
import { EMPTY_SET, mergeSiblings, putSibling, type SiblingSet } from "./sibling-set.ts";

type Row = SiblingSet<{ dot: Dot }>;

/** Three replicas of one key without failures; R = W = 2, the third hears of a write later. */
class Replicas {
  readonly rows: Row[] = [EMPTY_SET, EMPTY_SET, EMPTY_SET];
  readonly #random: SeededRandom;
  readonly #counters = [0, 0, 0];
  readonly #ownedTo: (number | undefined)[] = [undefined, undefined, undefined];
  readonly #late: { to: number; set: Row }[] = [];

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  get merged(): Row {
    return this.rows.reduce(mergeSiblings);
  }

  read(): Row {
    const [one, other] = shuffle(this.#random, [0, 1, 2]);
    return mergeSiblings(this.rows[one!]!, this.rows[other!]!);
  }

  put(seen: IntervalClock): { dot: Dot; context: IntervalClock } {
    const [coordinator, second, third] = shuffle(this.#random, [0, 1, 2]) as [
      number,
      number,
      number,
    ];
    this.#counters[coordinator]! += 1 + below(this.#random, 4);
    const dot = { actor: ACTORS[coordinator]!, counter: this.#counters[coordinator]! };
    const ownedTo = this.#ownedTo[coordinator];
    const { set, context } = putSibling(this.rows[coordinator]!, { dot }, { seen, ownedTo });
    this.#ownedTo[coordinator] = dot.counter;
    this.rows[coordinator] = set;
    this.#merge(second, set);
    this.#late.push({ to: third, set });
    if (this.#late.length > 5) {
      const [message] = this.#late.splice(below(this.#random, this.#late.length), 1);
      this.#merge(message!.to, message!.set);
    }
    return { dot, context };
  }

  #merge(to: number, set: Row): void {
    this.rows[to] = mergeSiblings(this.rows[to]!, set);
  }
}

describe("interleaved writers of one key (trap 4)", () => {
  const CLIENTS = 100;
  const ROUNDS = 50;

  test("100 clients in 50 rounds of read, then put leave at most 100 siblings, a resolve leaves one", () => {
    const random = new SeededRandom(4);
    const replicas = new Replicas(5);
    const lastPut = new Map<number, Dot>();
    for (let round = 0; round < ROUNDS; round++) {
      // In each round all read before any puts: every context is stale when it is used.
      const contexts = Array.from({ length: CLIENTS }, () => replicas.read().context);
      for (const client of shuffle(random, [...contexts.keys()])) {
        lastPut.set(client, replicas.put(contexts[client]!).dot);
      }
      expect(replicas.merged.siblings.length).toBeLessThanOrEqual(CLIENTS);
    }
    // Every last put is there: none had been seen by another client.
    const present = new Set(replicas.merged.siblings.map(({ dot }) => nameOf(dot)));
    for (const dot of lastPut.values()) expect(present.has(nameOf(dot))).toBe(true);
    expect(replicas.merged.context.intervals().length).toBe(3);

    const resolved = replicas.put(replicas.merged.context).dot;
    expect(replicas.merged.siblings).toEqual([{ dot: resolved }]);
  });

  test("reads and puts interleaved one by one leave at most as many siblings as clients", () => {
    const random = new SeededRandom(6);
    const replicas = new Replicas(7);
    const contexts = new Map<number, IntervalClock>();
    for (let step = 0; step < 2 * CLIENTS * ROUNDS; step++) {
      const client = below(random, CLIENTS);
      const context = contexts.get(client);
      if (context === undefined) {
        contexts.set(client, replicas.read().context);
      } else {
        replicas.put(context);
        contexts.delete(client);
      }
    }
    expect(replicas.merged.siblings.length).toBeLessThanOrEqual(CLIENTS);
    replicas.put(replicas.merged.context);
    expect(replicas.merged.siblings.length).toBe(1);
  });
});

describe("a client that goes on with the contexts of its own puts (trap 2b)", () => {
  test("alone it leaves one sibling and one interval for each coordinator", () => {
    const replicas = new Replicas(8);
    let own = IntervalClock.EMPTY;
    for (let i = 0; i < 1_000; i++) {
      own = replicas.put(own).context;
      expect(own.intervals().length).toBeLessThanOrEqual(3);
    }
    expect(replicas.merged.siblings.length).toBe(1);
    expect(replicas.merged.context.intervals().length).toBe(3);
  });

  test("it never erases a sibling that it has not seen, and pays an interval at most for each", () => {
    const random = new SeededRandom(9);
    const replicas = new Replicas(10);
    const foreign: Dot[] = [];
    let own = IntervalClock.EMPTY;
    for (let i = 0; i < 600; i++) {
      if (below(random, 10) === 0) foreign.push(replicas.put(IntervalClock.EMPTY).dot);
      const put = replicas.put(own);
      own = put.context;
      const present = new Set(replicas.merged.siblings.map(({ dot }) => nameOf(dot)));
      expect(foreign.every((dot) => present.has(nameOf(dot)))).toBe(true);
      expect(present.has(nameOf(put.dot))).toBe(true);
      expect(present.size).toBe(foreign.length + 1);
      expect(own.intervals().length).toBeLessThanOrEqual(3 + foreign.length);
    }
    expect(foreign.length).toBeGreaterThan(30);
    // One read makes it compact again, and the next put resolves.
    const resolved = replicas.put(replicas.merged.context);
    expect(resolved.context.intervals().length).toBe(3);
    expect(pick(random, replicas.merged.siblings)).toEqual({ dot: resolved.dot });
  });
});
