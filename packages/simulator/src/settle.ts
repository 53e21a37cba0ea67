import type { Bucket } from "@coterie/quorum";
import { checkConvergence } from "./checkers/convergence.ts";
import type { FinalState } from "./checkers/final-state.ts";
import type { History } from "./history.ts";
import type { SimulatedClient } from "./simulated-client.ts";
import type { SimulatedCluster } from "./simulated-cluster.ts";
import type { World } from "./world.ts";

export interface SettleOptions {
  readonly world: World;
  readonly cluster: SimulatedCluster;
  readonly client: SimulatedClient;
  readonly history: History;
  readonly bucket: Bucket;
}

export interface Settled {
  readonly final: FinalState;
  readonly waitingHints: number;
  readonly disagreements: readonly string[];
  readonly leafFaults: readonly string[];
}

/** Members find each other again, and what was on its way arrives. */
const REST_MS = 1_500;
/** A share of the runs waits until every copy of every write has had its time, whatever it looks like. */
const LONG_REST_MS = 15_000;
const LONG_REST_SHARE = 8;
/** Rounds of waiting, each longer than the last by half a second; beyond them a run counts as not converged. */
const ROUNDS_MAX = 16;

/**
 * After everything has healed: waits until the replicas of every key agree, the nodes about one another, all leaves
 * with their rows, and no hint waits; at most about a minute. In every second run nobody reads a key on the way:
 * there hints and the comparison of replicas alone are what repairs.
 */
export async function settle(options: SettleOptions): Promise<Settled> {
  const { world, cluster, client, history, bucket } = options;
  await world.run(world.seed % LONG_REST_SHARE === 0 ? LONG_REST_MS : REST_MS);
  for (let round = 1; ; round++) {
    for (const key of world.seed % 2 === 0 ? history.keys : []) {
      await world.until(client.get(key, { strict: false, r: bucket.n }), 10_000);
    }
    await world.run(round * 500);
    const final = await cluster.finalState(bucket, history.keys);
    const waitingHints = await cluster.waitingHints();
    const disagreements = await cluster.disagreements();
    const isAgreed = waitingHints + disagreements.length + checkConvergence(final).length === 0;
    const isLast = round === ROUNDS_MAX;
    const leafFaults = isAgreed || isLast ? await cluster.leafFaults(bucket) : [];
    const isSettled = isAgreed && leafFaults.length === 0;
    if (isSettled || isLast) {
      return { final, waitingHints, disagreements, leafFaults };
    }
  }
}
