import { encodeUtf8 } from "@coterie/core";
import { VirtualTime } from "@coterie/core/testing";
import { ZERO_STAMP } from "@coterie/hybrid-clock";
import { IntervalClock } from "@coterie/vector-clock";
import {
  causalityOf,
  decodeVersions,
  EMPTY_VERSIONS,
  encodeVersions,
  mergeVersions,
  mint,
} from "@coterie/versions";
import { describe, expect, test } from "vitest";
import { recoverPartition } from "./partition-recovery.ts";
import type { RecoveryPorts, SourceDemand } from "./ports.ts";
import { Recovery, type RecoveryRound } from "./recovery.ts";

let counter = 0;

/** A version set with one value that nobody has seen before. */
function value(): Uint8Array {
  counter++;
  const minted = mint("siblings", undefined, {
    dot: { actor: "00000000000000aa", counter },
    stamp: ZERO_STAMP,
    requestContext: IntervalClock.EMPTY,
    follows: [],
    repeated: false,
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

function scene(demand: SourceDemand = { others: ["b", "c"], required: 2 }) {
  const rows: Record<string, Map<string, Uint8Array>> = {
    a: new Map(),
    b: new Map(),
    c: new Map(),
  };
  const down = new Set<string>();
  const recoveringNodes = new Set<string>(["a"]);
  const fetched: string[] = [];
  const time = new VirtualTime();
  const ports: RecoveryPorts = {
    timers: time,
    recovering: async () => (recoveringNodes.has("a") ? [7] : []),
    demands: () => [demand],
    page: async (source, _, from) => {
      if (down.has(source)) return { type: "unavailable", reason: "it is away" };
      const names = [...rows[source]!.keys()].sort().filter((name) => name >= nameOf(from));
      const next = names[2];
      return {
        type: "rows",
        rows: names.slice(0, 2).map((name) => ({
          row: encodeUtf8(name),
          causality: causalityOf(rows[source]!.get(name)!),
        })),
        next: next === undefined ? undefined : encodeUtf8(next),
        recovering: recoveringNodes.has(source),
      };
    },
    causality: async (row) => {
      const held = rows["a"]!.get(nameOf(row));
      return held === undefined ? undefined : causalityOf(held);
    },
    fetch: async (source, row) => {
      const name = nameOf(row);
      fetched.push(`${name}<${source}`);
      rows["a"]!.set(name, union(rows["a"]!.get(name), rows[source]!.get(name)!));
      return true;
    },
    recovered: async () => {
      if (down.has("a's disk")) return false;
      recoveringNodes.delete("a");
      return true;
    },
  };
  return { rows, down, recoveringNodes, fetched, ports, time };
}

function nameOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "" : String.fromCharCode(...bytes);
}

describe("recovery of a partition [design §8]", () => {
  test("an empty replica ends with everything that any of the sources has", async () => {
    const { rows, ports, recoveringNodes } = scene();
    for (const name of ["k1", "k2", "k3", "k4", "k5"]) rows["b"]!.set(name, value());
    rows["c"]!.set("k3", value());
    rows["c"]!.set("k9", value());
    const outcome = await recoverPartition(ports, 7, () => false);
    expect(outcome).toEqual({ type: "recovered", fetched: 7 });
    expect([...rows["a"]!.keys()].sort()).toEqual(["k1", "k2", "k3", "k4", "k5", "k9"]);
    expect(decodeVersions(rows["a"]!.get("k3")!).siblings).toHaveLength(2);
    expect(recoveringNodes.has("a")).toBe(false);
  });

  test("what is here already is not moved again", async () => {
    const { rows, ports, fetched } = scene();
    const same = value();
    for (const node of ["a", "b", "c"]) rows[node]!.set("k1", same);
    rows["b"]!.set("k2", value());
    await recoverPartition(ports, 7, () => false);
    expect(fetched).toEqual(["k2<b"]);
  });

  test("with fewer sources than N - wMin + 1 it goes on recovering, and says who is missing", async () => {
    const { ports, down, recoveringNodes } = scene();
    down.add("c");
    expect(await recoverPartition(ports, 7, () => false)).toEqual({
      type: "blocked",
      fetched: 0,
      blockers: ["c: it is away"],
    });
    expect(recoveringNodes.has("a")).toBe(true);
  });

  test("a source that is recovering itself gives what it has and does not count", async () => {
    const { rows, ports, recoveringNodes } = scene();
    recoveringNodes.add("c");
    rows["c"]!.set("k1", value());
    const outcome = await recoverPartition(ports, 7, () => false);
    expect(outcome).toMatchObject({ type: "blocked", fetched: 1 });
  });

  test("no more sources are read than are needed", async () => {
    const { rows, ports, fetched } = scene({ others: ["b", "c"], required: 1 });
    rows["b"]!.set("k1", value());
    rows["c"]!.set("k2", value());
    expect(await recoverPartition(ports, 7, () => false)).toMatchObject({ type: "recovered" });
    expect(fetched).toEqual(["k1<b"]);
  });

  test("a replica whose disk does not take the end goes on recovering", async () => {
    const { ports, down, recoveringNodes } = scene();
    down.add("a's disk");
    expect(await recoverPartition(ports, 7, () => false)).toEqual({
      type: "blocked",
      fetched: 0,
      blockers: ["this node's disk did not take the end of it"],
    });
    expect(recoveringNodes.has("a")).toBe(true);
  });

  test("a demand that no cluster can meet is blocked for ever, and says so", async () => {
    const { ports } = scene({ others: [], required: 1 });
    expect(await recoverPartition(ports, 7, () => false)).toMatchObject({
      blockers: ["there are not enough other replicas to learn from"],
    });
  });
});

describe("Recovery", () => {
  test("goes on round after round until the sources are back", async () => {
    const { ports, down, recoveringNodes, time } = scene();
    const rounds: RecoveryRound[] = [];
    down.add("b");
    const recovery = new Recovery(ports, {
      intervalMs: 100,
      onRound: (round) => rounds.push(round),
    });
    recovery.start();
    await time.run(250);
    expect(recoveringNodes.has("a")).toBe(true);
    down.delete("b");
    await time.run(100);
    expect(recoveringNodes.has("a")).toBe(false);
    await time.run(500);
    recovery.stop();
    expect(rounds.map(({ recovered, blocked }) => [recovered, blocked])).toEqual([
      [0, 1],
      [0, 1],
      [1, 0],
    ]);
  });

  test("does nothing after stop", async () => {
    const { ports, recoveringNodes, time } = scene();
    const recovery = new Recovery(ports, { intervalMs: 100 });
    recovery.start();
    recovery.stop();
    await time.run(1_000);
    expect(recoveringNodes.has("a")).toBe(true);
  });
});
