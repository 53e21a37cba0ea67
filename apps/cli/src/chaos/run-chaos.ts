import { openStore, type Store } from "@coterie/client/core";
import { SeededRandom } from "@coterie/core";
import { EventLog, History, judge, type LoggedEvent, type Violation } from "@coterie/simulator";
import { ChaosClient } from "./chaos-client.ts";
import { ChaosCluster } from "./chaos-cluster.ts";
import { type ChaosFaultKind, changesRing } from "./chaos-fault.ts";
import { ChaosLoad } from "./chaos-load.ts";
import { ChaosNemesis } from "./chaos-nemesis.ts";
import { readAll, settle } from "./chaos-settle.ts";
import { LagWatch } from "./lag-watch.ts";
import { RecordingDialer } from "./recording-dialer.ts";

export interface ChaosOptions {
  /** Empty. */
  readonly directory: string;
  readonly nodes: number;
  readonly seed: number;
  /** Of harm; coming up and settling take some more time. */
  readonly minutes: number;
  readonly faults: readonly ChaosFaultKind[];
  /** A few times a second. */
  readonly onProgress: (elapsedMs: number, operations: number, faults: number) => void;
  /** Ends the harm early. */
  readonly cancelled: Promise<unknown>;
}

export interface ChaosReport {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** By kind and outcome. */
  readonly calls: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  /** Faults that were asked for and cannot be done here, with why. */
  readonly skipped: readonly string[];
  readonly keys: number;
  readonly seconds: number;
  readonly log: readonly LoggedEvent[];
}

const CLIENTS = 16;
const STORES = 3;
const SETTLE_MS = 180_000;
/** Nobody loses data again so soon. */
const LOSS_GAP_MS = 4_000;

/** Founds a cluster of real processes, does work and harm to it at once, heals, and judges as the simulator does. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { directory, nodes, seed, minutes, faults, onProgress, cancelled } = options;
  const beganMs = performance.now();
  const clock = { monotonicMs: () => performance.now() - beganMs };
  const log = new EventLog(clock);
  const random = new SeededRandom(seed);
  const history = new History();
  const fallen: string[] = [];
  // Somebody has to be there who can join.
  const spares = faults.some(changesRing) ? 1 : 0;
  const cluster = await ChaosCluster.found(
    directory,
    { owners: nodes, spares },
    {
      note: (node, what) => log.add(node, what),
      fell: (node, reason) => {
        log.add(node, `has ended by itself: ${reason}`);
        fallen.push(`${node} has ended by itself: ${reason}`);
      },
    },
  );
  const dialer = new RecordingDialer();
  const lag = new LagWatch();
  const stores: Store[] = [];
  try {
    for (let i = 0; i < STORES; i++) stores.push(await openStore(cluster.addresses, { dialer }));
    const client = (name: string, i: number): ChaosClient =>
      new ChaosClient({
        name,
        store: stores[i % STORES]!,
        history,
        log,
        lag,
        random: random.fork(),
        monotonicMs: clock.monotonicMs,
      });
    const clients = Array.from({ length: CLIENTS }, (_, i) => client(`c${i + 1}`, i));
    const operator = client("repair", 0);
    const skipped = impossible(faults, cluster);
    const load = new ChaosLoad(clients, random.fork());
    let lostMs = performance.now() - LOSS_GAP_MS / 2;
    const nemesis = new ChaosNemesis({
      cluster,
      clients,
      log,
      random: random.fork(),
      kinds: faults.filter((kind) => !skipped.has(kind)),
      mended: async () => {
        if (performance.now() - lostMs < LOSS_GAP_MS || !(await isWhole(cluster))) return false;
        const mended = (await readAll(operator, load.keys)) && (await isWhole(cluster));
        if (mended) lostMs = performance.now();
        return mended;
      },
    });
    await harm(minutes * 60_000, cancelled, (elapsedMs) => {
      onProgress(elapsedMs, load.operations, sum(nemesis.counts));
      return nemesis.isActive;
    });
    await nemesis.healAll();
    await load.stop();
    const settled = await settle(cluster, operator, history, SETTLE_MS);
    const violations = judge({
      history,
      ...settled,
      watch: {
        timesMinted: dialer.timesSent,
        crowdedKeys: new Set(),
        reusedDots: [],
        needlessMints: [],
        strays: [],
        hints: { droppedEarly: [], unbounded: [] },
      },
      unhandled: fallen,
    });
    return {
      seed,
      violations,
      calls: history.tally(),
      faults: nemesis.counts,
      skipped: [...skipped.values()],
      keys: history.keys.length,
      seconds: clock.monotonicMs() / 1_000,
      log: log.events,
    };
  } finally {
    lag.close();
    for (const store of stores) store.close();
    await cluster.close();
  }
}

/** Nobody is away, nobody misses anything, and no hint waits. */
async function isWhole(cluster: ChaosCluster): Promise<boolean> {
  const complaints = await cluster.complaints();
  return complaints.length === 0 && (await cluster.waitingHints()) === 0;
}

function impossible(
  faults: readonly ChaosFaultKind[],
  { smallDisk, network }: ChaosCluster,
): Map<ChaosFaultKind, string> {
  const skipped = new Map<ChaosFaultKind, string>();
  if (smallDisk === undefined && faults.includes("diskFull")) {
    skipped.set("diskFull", "diskFull: mounting a small file system takes root");
  }
  if (!network.canSlow && faults.includes("slowNetwork")) {
    skipped.set("slowNetwork", `slowNetwork: ${network.name} cannot delay what is sent`);
  }
  return skipped;
}

/** Lets time pass, until `onStep` says false. */
async function harm(
  forMs: number,
  cancelled: Promise<unknown>,
  onStep: (elapsedMs: number) => boolean,
): Promise<void> {
  let isCancelled = false;
  void cancelled.then(() => {
    isCancelled = true;
  });
  const beganMs = performance.now();
  for (;;) {
    const elapsedMs = performance.now() - beganMs;
    if (!onStep(Math.min(elapsedMs, forMs)) || elapsedMs >= forMs || isCancelled) return;
    await new Promise((resolve) => setTimeout(resolve, Math.min(250, forMs - elapsedMs)));
  }
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((all, count) => all + count, 0);
}
