import { copyMessage } from "@coterie/peer-session/testing";
import type { Bucket } from "@coterie/quorum";
import { checkConvergence } from "./checkers/convergence.ts";
import { checkFailedWrites } from "./checkers/failed-writes.ts";
import type { FinalState } from "./checkers/final-state.ts";
import { checkLostWrites } from "./checkers/lost-writes.ts";
import { checkResurrections } from "./checkers/resurrections.ts";
import { checkStaleReads } from "./checkers/stale-reads.ts";
import type { Violation } from "./checkers/violation.ts";
import type { LoggedEvent } from "./event-log.ts";
import type { FaultKind } from "./fault-kind.ts";
import { History } from "./history.ts";
import { Nemesis } from "./nemesis.ts";
import { SimulatedClient } from "./simulated-client.ts";
import { SimulatedCluster } from "./simulated-cluster.ts";
import { throughWire } from "./through-wire.ts";
import { runWorkload } from "./workload.ts";
import { World } from "./world.ts";

export interface SimulationOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly operations: number;
  readonly faults: readonly FaultKind[];
}

/** What one run came to. */
export interface SimulationReport {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** Calls by kind and outcome. */
  readonly calls: Readonly<Record<string, number>>;
  /** Faults that were done, by kind. */
  readonly faults: Readonly<Record<string, number>>;
  /** Protocol states that were reached, by name, with how often. */
  readonly reached: Readonly<Record<string, number>>;
  /** Simulated events, and virtual seconds. */
  readonly events: number;
  readonly virtualSeconds: number;
  /** Of the log: equal for equal seeds. */
  readonly digest: string;
  readonly log: readonly LoggedEvent[];
}

const BUCKET: Bucket = { name: "sim", n: 3, r: 2, w: 2, rMin: 2, wMin: 2, mode: "siblings" };
const TIMEOUT_MS = 1_000;
const CLIENTS = 5;
/** Healing may take this much virtual time before a run is judged. */
const HEAL_MS = 30_000;

/** Runs one seed: births a cluster, does work and harm at once, heals, and judges. */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const { seed, nodes, operations, faults } = options;
  const reached: Record<string, number> = {};
  const reach = (state: string): void => {
    reached[state] = (reached[state] ?? 0) + 1;
  };
  // A share of the seeds sends every frame through the real codec.
  const world = new World(seed, { copy: seed % 4 === 0 ? throughWire : copyMessage });
  const history = new History();
  const cluster = new SimulatedCluster({
    world,
    nodes,
    partitions: 16,
    requestTimeoutMs: TIMEOUT_MS,
    onEvent: (_, event) => reach(`node ${event.type}`),
  });
  await cluster.birth();
  const clients = Array.from(
    { length: CLIENTS },
    (_, i) =>
      new SimulatedClient({
        name: `c${i + 1}`,
        world,
        history,
        nodes: cluster.nodes.map(({ clientAddress }) => clientAddress),
        bucket: BUCKET.name,
        timeoutMs: TIMEOUT_MS,
      }),
  );
  const keys = Array.from({ length: 8 }, (_, i) => `k${i}`);
  const nemesis = new Nemesis({ world, cluster, clients, allowed: faults });
  nemesis.start();
  const work = runWorkload({ world, clients, operations, keys });
  await world.until(work, operations * 10_000 + 60_000);
  await nemesis.healAll();
  await world.run(HEAL_MS);
  const final = await settle(world, cluster, clients[0]!, history);
  for (const client of clients) client.close();

  const violations = [
    ...checkLostWrites(history, final),
    ...checkResurrections(history, final, cluster.mints.timesMinted),
    ...checkStaleReads(history, cluster.mints.timesMinted),
    ...checkFailedWrites(history, final),
    ...checkConvergence(final),
    ...cluster.mints.reused.map((detail) => ({ checker: "dots", key: undefined, detail })),
    ...history.late.map(({ client, key, byMs }) => ({
      checker: "deadlines",
      key: undefined,
      detail: `a call of ${client} to ${key} ended ${byMs.toFixed(0)} ms after its deadline`,
    })),
  ];
  for (const replicas of final.values()) {
    if (replicas.some(({ live }) => live.length > 1)) reach("siblings at the end");
  }
  for (const times of cluster.mints.timesMinted.values())
    if (times > 1) reach("operation minted twice");
  return {
    seed,
    violations,
    calls: history.tally(),
    faults: Object.fromEntries(nemesis.done),
    reached,
    events: world.events,
    virtualSeconds: world.time.monotonicMs() / 1_000,
    digest: world.log.digest(),
    log: world.log.events,
  };
}

/** Reads every key until its replicas agree: until anti-entropy exists reads are what repairs. */
async function settle(
  world: World,
  cluster: SimulatedCluster,
  client: SimulatedClient,
  history: History,
): Promise<FinalState> {
  for (let round = 0; ; round++) {
    const final = await cluster.finalState(BUCKET, history.keys);
    if (round === 5 || checkConvergence(final).length === 0) return final;
    for (const key of history.keys) await world.until(client.get(key, false, BUCKET.n), 10_000);
    await world.run(5_000);
  }
}
