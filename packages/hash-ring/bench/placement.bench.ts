// Prints the README's table: bounded loads on equal partitions against plain random tokens.
import { performance } from "node:perf_hooks";
import { SeededRandom, type Token } from "@coterie/core";
import { compareRings, partitionOf, Ring } from "../src/index.ts";
import { RandomTokens } from "./random-tokens.ts";

const replicas = 3;
/** Placement is a matter of hashed names; so each row looks at several clusters. */
const clusters = ["node-", "n", "host", "10.0.0.", "eu-west-", "db", "kv-", "storage."];

const random = new SeededRandom(1);
const tokens: Token[] = Array.from({ length: 1 << 16 }, () => ({
  high: random.uint32(),
  low: random.uint32(),
}));

function idsOf(cluster: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${cluster}${i + 1}`);
}

/** The median time of a call, in ms. */
function medianMs(run: () => unknown, calls: number): number {
  const times = Array.from({ length: calls }, () => {
    const started = performance.now();
    run();
    return performance.now() - started;
  });
  return times.sort((a, b) => a - b)[calls >> 1]!;
}

function lookupNs(lookup: (token: Token) => readonly string[]): number {
  let length = 0;
  const all = (): void => {
    for (const token of tokens) length += lookup(token).length;
  };
  const ms = medianMs(all, 30);
  if (length === 0) throw new Error("nothing was looked up");
  return (ms * 1e6) / tokens.length;
}

function row(nodes: number, placement: string, ...figures: readonly string[]): void {
  console.log(`| ${[nodes, placement, ...figures].join(" | ")} |`);
}

function summary(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return `${mean.toFixed(2)} (${Math.max(...values).toFixed(2)})`;
}

function benchRings(nodes: number, partitions: number): void {
  const build = (ids: readonly string[]): Ring =>
    Ring.build(
      ids.map((id) => ({ id })),
      { partitions, replicas },
    );
  const pairs = clusters.map((name) => {
    const before = build(idsOf(name, nodes));
    return { before, ...compareRings(before, build(idsOf(name, nodes + 1))) };
  });
  const { before: ring } = pairs[0]!;
  const share = (replicas * partitions) / nodes;
  row(
    nodes,
    `Q=${partitions}`,
    medianMs(() => build(idsOf("node-", nodes)), 15).toFixed(1),
    lookupNs((token) => ring.preferenceList(partitionOf(token, partitions))).toFixed(0),
    summary(
      pairs.map(({ before }) =>
        Math.max(...before.owners.map(({ id }) => before.partitionsOf(id).length / share)),
      ),
    ),
    summary(pairs.map(({ movedReplicas, minimumReplicas }) => movedReplicas / minimumReplicas)),
  );
}

function benchRandomTokens(nodes: number): void {
  const pairs = clusters.map((name) => ({
    before: new RandomTokens(idsOf(name, nodes), replicas),
    after: new RandomTokens(idsOf(name, nodes + 1), replicas),
  }));
  const { before: ring } = pairs[0]!;
  row(
    nodes,
    "random tokens",
    medianMs(() => new RandomTokens(idsOf("node-", nodes), replicas), 15).toFixed(1),
    lookupNs((token) => ring.primaries(token.high)).toFixed(0),
    summary(pairs.map(({ before }) => before.imbalance())),
    summary(pairs.map(({ before, after }) => before.movement(after))),
  );
}

console.log("| nodes | placement | build, ms | lookup, ns | imbalance | a join moves |");
console.log("|---|---|---|---|---|---|");
for (const nodes of [5, 20, 64]) {
  for (const partitions of [256, 1024, 4096]) benchRings(nodes, partitions);
  benchRandomTokens(nodes);
}
