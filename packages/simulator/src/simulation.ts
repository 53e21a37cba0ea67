import { below, SeededRandom } from "@coterie/core";
import { copyMessage } from "@coterie/peer-session/testing";
import type { Bucket } from "@coterie/quorum";
import { drawAmbush, faultsBeside, playAmbush } from "./ambushes/draw-ambush.ts";
import { AmbushScene } from "./ambushes/scene.ts";
import { judge } from "./checkers/judge.ts";
import type { Violation } from "./checkers/violation.ts";
import { createBucket } from "./create-bucket.ts";
import type { LoggedEvent } from "./event-log.ts";
import { type FaultKind, HARM_KINDS, type PlannedFault } from "./fault.ts";
import { FaultPlan } from "./fault-plan.ts";
import { FaultSchedule } from "./fault-schedule.ts";
import { ForcePlan } from "./force-plan.ts";
import { History } from "./history.ts";
import { Nemesis } from "./nemesis.ts";
import { type ProtocolState, stateOfEvent, stateOfReceipt } from "./protocol-state.ts";
import { PEACEFUL_RING_FAULTS, RING_FAULT_KINDS, type RingFaultKind } from "./ring-fault.ts";
import { RingOperators } from "./ring-operators.ts";
import { RingPlan } from "./ring-plan.ts";
import { settle } from "./settle.ts";
import { SimulatedClient } from "./simulated-client.ts";
import { SimulatedCluster } from "./simulated-cluster.ts";
import { throughWire } from "./through-wire.ts";
import { underWay } from "./under-way.ts";
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
  /**
   * Some of the nodes own nothing at first, and operators change the ring all the time: in every run, in none, or
   * (undefined) in every third, as far as `faults` has what they do.
   */
  readonly ringChanges?: boolean;
  /** Clients delete as often as they put, and collection never rests. */
  readonly deletes?: boolean;
  /** The seed draws an ambush, too: faults that are aimed at steps of the protocols (see `Ambush`). */
  readonly ambushes?: boolean;
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
const KEYS_MAX = 16;
const KEYS_IN_AMBUSH_MAX = 6;
const TIMEOUT_MS = 1_000;
const CLIENTS_MAX = 16;
/** After the clients: until a session that carries nothing any more has been given up. */
const PARTING_MS = 6_000;
/** Of so many seeds one takes the time for it. */
const PARTING_SHARE = 4;
/** Beside a fault every so many milliseconds one client suffices. */
const BUSY_CLIENTS_MS = 1_600;
const PARTITIONS = 16;
/** Several keys to a partition, so that a round over one of them concerns another. */
const PARTITIONS_IN_AMBUSH = 4;

/** Runs one seed: births a cluster, does work and harm at once, heals, and judges. */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  // A share of the seeds sends every frame through the real codec.
  const copy = options.seed % 4 === 0 ? throughWire : copyMessage;
  const world = new World(options.seed, { copy });
  const unhandled = new Unhandled((sentence, stack) =>
    world.log.add("process", sentence, undefined, stack),
  );
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

/** In a share of the runs a few hints are all that a node can keep. */
function hintBytesMaxOf(seed: number): number {
  return seed % 7 === 3 ? 1_000 : 256 << 20;
}

/** Beyond all seeds that can be given. */
const RING_SEEDS = 2 ** 50;
const AMBUSH_SEEDS = 2 ** 51;
const FORCE_SEEDS = 2 ** 52;
/** Of so many seeds one has its ring changed. */
const RING_SHARE = 3;
/** Of so many of those one has it forced. */
const FORCE_SHARE = 5;

/** What operators may do to the ring in this run. */
function ringFaultsOf({ seed, faults, ringChanges }: SimulationOptions): readonly RingFaultKind[] {
  const allowed = RING_FAULT_KINDS.filter((kind) => faults.includes(kind));
  const harm = faults.length - allowed.length;
  const isDue = ringChanges ?? (harm === 0 || seed % RING_SHARE === 0);
  if (!isDue) return [];
  return allowed.length === 0 && ringChanges === true ? PEACEFUL_RING_FAULTS : allowed;
}

/** Seldom: while a majority is away little else goes on. */
function isForceDue(seed: number, faults: readonly RingFaultKind[]): boolean {
  return faults.includes("ringForce") && (faults.length === 1 || seed % FORCE_SHARE === 4);
}

/**
 * The faster faults follow one another, the more clients: most calls wait until their timeouts then, and a few clients
 * would take minutes for theirs. Ring changes take minutes as well, so beside them this is not needed.
 */
function busyClients({ kinds, meanGapMs }: FaultPlan): number {
  return kinds.length === 0 ? 0 : Math.round(BUSY_CLIENTS_MS / meanGapMs);
}

async function run(
  world: World,
  unhandled: Unhandled,
  options: SimulationOptions,
): Promise<SimulationReport> {
  const { seed, nodes, operations, keep, deletes = false } = options;
  const ambush = options.ambushes ? drawAmbush(new SeededRandom(seed), options) : undefined;
  const bucket: Bucket = { ...BUCKET, ...ambush?.bucket };
  const faults = ambush === undefined ? options.faults : faultsBeside(ambush, options);
  const ringFaults = ringFaultsOf({ ...options, faults });
  // A stream apart: what else happens in a run is the same with and without ring changes.
  const ringRandom = new SeededRandom(seed + RING_SEEDS);
  let scene: AmbushScene | undefined;
  const reached: Partial<Record<ProtocolState, number>> = {};
  const reach = (state: ProtocolState | undefined): void => {
    if (state !== undefined) reached[state] = (reached[state] ?? 0) + 1;
  };
  // In an ambush two own nothing at first: of seven nodes two can be cut off, and the owners have a majority.
  const drawn = Math.min(nodes, 3 + below(ringRandom, nodes));
  const owners = ambush === undefined ? drawn : Math.max(3, nodes - 2);
  const history = new History();
  const cluster = new SimulatedCluster({
    world,
    nodes,
    owners: ringFaults.length === 0 ? nodes : owners,
    partitions: ambush === undefined ? PARTITIONS : PARTITIONS_IN_AMBUSH,
    bucket,
    requestTimeoutMs: TIMEOUT_MS,
    collection: collectionOf(seed, deletes),
    hintBytesMax: hintBytesMaxOf(seed),
    onEvent: (node, event) => {
      reach(stateOfEvent(event));
      scene?.onEvent(node, event);
    },
    reach,
  });
  await cluster.birth();
  if (ambush?.bucket !== undefined) await createBucket(world, cluster, bucket);
  const clients: SimulatedClient[] = [];
  const addClient = (): void => {
    const client = new SimulatedClient({
      name: `c${clients.length + 1}`,
      world,
      history,
      nodes: cluster.nodes.map(({ clientAddress }) => clientAddress),
      bucket,
      timeoutMs: TIMEOUT_MS,
      committersOf: (operation) => cluster.watch.committersOf(operation),
    });
    clients.push(client);
  };
  const drawnClients = 4 + below(world.random, CLIENTS_MAX - 3);
  while (clients.length < drawnClients) addClient();
  const places = cluster.nodes.map(({ id }) => id);
  const harm = new FaultPlan({
    random: world.random.fork(),
    nodes: places,
    clients: clients.length,
    allowed: HARM_KINDS.filter((kind) => faults.includes(kind)),
  });
  if (ringFaults.length === 0) while (clients.length < busyClients(harm)) addClient();
  const isPromised = (operation: string): boolean => history.write(operation)?.outcome === "ok";
  const ring = new RingPlan({ random: ringRandom.fork(), nodes: places, allowed: ringFaults });
  const force = new ForcePlan(new SeededRandom(seed + FORCE_SEEDS), places);
  const isForced = isForceDue(seed, ringFaults);
  const operators = new RingOperators({ world, cluster, random: ringRandom, isPromised, reach });
  const nemesis = new Nemesis({
    world,
    cluster,
    clients,
    plan: new FaultSchedule(isForced ? [harm, ring, force] : [harm, ring]),
    operators,
    isKept: (number) => keep === undefined || keep.includes(number),
    isPromised,
  });
  world.log.add("nemesis", `${harm.kinds.join(" ")} every ${harm.meanGapMs} ms`);
  if (ringFaults.length > 0) world.log.add("operator", `acts every ${ring.meanGapMs} ms`);
  nemesis.start();
  if (ambush !== undefined) {
    const random = new SeededRandom(seed + AMBUSH_SEEDS);
    scene = new AmbushScene({ world, cluster, bucket, random, isPromised });
    const heard = scene;
    cluster.watch.onMint = (node, key, tombstone) => heard.onMint({ node, key, tombstone });
    cluster.watch.onHint = (node, key) => heard.onHint({ node, key });
    void playAmbush(scene, ambush);
  }
  const keysMax = ambush === undefined ? KEYS_MAX : KEYS_IN_AMBUSH_MAX;
  const { thinkMs } = ambush ?? {};
  const work = runWorkload({ world, clients, operations, deletes, keysMax, thinkMs });
  await world.until(work, operations * 10_000 + 60_000);
  scene?.stop();
  nemesis.healAll();
  await operators.stop();
  const settled = await settle({ world, cluster, client: clients[0]!, history, bucket });
  for (const client of clients) client.close();
  const isLookedAt = seed % PARTING_SHARE === 1;
  if (isLookedAt) await world.run(PARTING_MS);
  for (const { kind, receipts } of [...history.writes, ...history.reads]) {
    for (const receipt of receipts) reach(stateOfReceipt(kind, receipt));
  }
  return {
    seed,
    violations: judge({
      history,
      watch: cluster.watch,
      ...settled,
      underWay: isLookedAt ? underWay(cluster.nodes) : [],
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
