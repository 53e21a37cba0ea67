import { below } from "@coterie/core";
import { copyMessage } from "@coterie/peer-session/testing";
import type { Bucket } from "@coterie/quorum";
import { judge } from "./checkers/judge.ts";
import type { Violation } from "./checkers/violation.ts";
import type { LoggedEvent } from "./event-log.ts";
import type { FaultKind, PlannedFault } from "./fault.ts";
import { FaultPlan } from "./fault-plan.ts";
import { History } from "./history.ts";
import { Nemesis } from "./nemesis.ts";
import { type ProtocolState, stateOfEvent, stateOfReceipt } from "./protocol-state.ts";
import { RingOperators } from "./ring-operators.ts";
import { settle } from "./settle.ts";
import { SimulatedClient } from "./simulated-client.ts";
import { SimulatedCluster } from "./simulated-cluster.ts";
import { throughWire } from "./through-wire.ts";
import { Unhandled } from "./unhandled.ts";
import { runWorkload } from "./workload.ts";
import { World } from "./world.ts";

export interface SimulationOptions {
  readonly seed: number;
  /** Nodes of the cluster; N is 3. */
  readonly nodes: number;
  /** Calls of all clients together. */
  readonly operations: number;
  /** What the run may draw its faults from. */
  readonly faults: readonly FaultKind[];
  /** Of the faults that the seed plans only these, by number: to find which of them a violation needs. */
  readonly keep?: readonly number[];
  /** Two of the nodes own nothing at first, and operators change the ring all the time. */
  readonly ringChanges?: boolean;
  /** Clients delete as often as they put, and collection never rests. */
  readonly deletes?: boolean;
}

/** What one run came to. */
export interface SimulationReport {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** Calls by kind and outcome. */
  readonly calls: Readonly<Record<string, number>>;
  /** Faults that were done, by kind. */
  readonly faults: Readonly<Record<string, number>>;
  /** The same, one by one. */
  readonly schedule: readonly PlannedFault[];
  /** Protocol states that were reached, with how often. */
  readonly reached: Readonly<Partial<Record<ProtocolState, number>>>;
  /** Simulated events, and virtual seconds. */
  readonly events: number;
  readonly virtualSeconds: number;
  /** Of the log: equal for equal seeds. */
  readonly digest: string;
  readonly log: readonly LoggedEvent[];
}

const BUCKET: Bucket = { name: "sim", n: 3, r: 2, w: 2, rMin: 2, wMin: 2, mode: "siblings" };
const TIMEOUT_MS = 1_000;
const CLIENTS_MAX = 16;
const PARTITIONS = 16;

/** Runs one seed: births a cluster, does work and harm at once, heals, and judges. */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  // A share of the seeds sends every frame through the real codec.
  const copy = options.seed % 4 === 0 ? throughWire : copyMessage;
  const world = new World(options.seed, { copy });
  const unhandled = new Unhandled((sentence) => world.log.add("process", sentence));
  try {
    return await run(world, unhandled, options);
  } finally {
    unhandled.close();
  }
}

/** Mostly often and at once; in a share of the runs after a grace. */
function collectionOf(seed: number, deletes: boolean): { graceMs: number; intervalMs: number } {
  if (deletes) return { graceMs: 0, intervalMs: 20 };
  return { graceMs: seed % 5 === 0 ? 2_000 : 0, intervalMs: 100 * (1 + (seed % 7)) };
}

async function run(
  world: World,
  unhandled: Unhandled,
  options: SimulationOptions,
): Promise<SimulationReport> {
  const { seed, nodes, operations, faults, keep, ringChanges = false, deletes = false } = options;
  const reached: Partial<Record<ProtocolState, number>> = {};
  const reach = (state: ProtocolState | undefined): void => {
    if (state !== undefined) reached[state] = (reached[state] ?? 0) + 1;
  };
  const history = new History();
  const cluster = new SimulatedCluster({
    world,
    nodes,
    ...(ringChanges ? { owners: Math.max(3, nodes - 2) } : {}),
    partitions: PARTITIONS,
    bucket: BUCKET,
    requestTimeoutMs: TIMEOUT_MS,
    collection: collectionOf(seed, deletes),
    onEvent: (_, event) => reach(stateOfEvent(event)),
    reach,
  });
  await cluster.birth();
  const clients = Array.from(
    { length: 4 + below(world.random, CLIENTS_MAX - 3) },
    (_, i) =>
      new SimulatedClient({
        name: `c${i + 1}`,
        world,
        history,
        nodes: cluster.nodes.map(({ clientAddress }) => clientAddress),
        bucket: BUCKET,
        timeoutMs: TIMEOUT_MS,
        committersOf: (operation) => cluster.watch.committersOf(operation),
      }),
  );
  const plan = new FaultPlan({
    random: world.random.fork(),
    nodes: cluster.nodes.map(({ id }) => id),
    clients: clients.length,
    allowed: faults,
  });
  const nemesis = new Nemesis({
    world,
    cluster,
    clients,
    plan,
    isKept: (number) => keep === undefined || keep.includes(number),
    isPromised: (operation) => history.write(operation)?.outcome === "ok",
  });
  world.log.add("nemesis", `${plan.kinds.join(" ")} every ${plan.meanGapMs} ms`);
  nemesis.start();
  const operators = ringChanges
    ? new RingOperators({ world, cluster, random: world.random.fork() })
    : undefined;
  operators?.start();
  const work = runWorkload({ world, clients, operations, deletes });
  await world.until(work, operations * 10_000 + 60_000);
  nemesis.healAll();
  await operators?.stop();
  const settled = await settle({ world, cluster, client: clients[0]!, history, bucket: BUCKET });
  for (const client of clients) client.close();
  for (const { kind, receipts } of [...history.writes, ...history.reads]) {
    for (const receipt of receipts) reach(stateOfReceipt(kind, receipt));
  }
  return {
    seed,
    violations: judge({
      history,
      watch: cluster.watch,
      ...settled,
      unhandled: unhandled.sentences,
    }),
    calls: history.tally(),
    faults: Object.fromEntries(nemesis.counts),
    schedule: nemesis.played,
    reached,
    events: world.events,
    virtualSeconds: world.time.monotonicMs() / 1_000,
    digest: world.log.digest(),
    log: world.log.events,
  };
}
