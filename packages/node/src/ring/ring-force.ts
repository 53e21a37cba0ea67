import { founders } from "@coterie/caspaxos";
import { type NodeId, type Random, randomBytes, toHex } from "@coterie/core";
import { type Amendment, forceRing, type RingReports } from "@coterie/rebalance";
import type { Cluster } from "../membership/cluster.ts";
import { StoreFailure } from "../node-store.ts";
import { acceptorSetsOf } from "./register-state.ts";
import type { RingControl } from "./ring-control.ts";

export interface RingForceParts {
  readonly cluster: Cluster;
  readonly control: RingControl;
  readonly random: Random;
  readonly reports: () => Promise<RingReports>;
}

/** How long the register has to show that it is not dead, and afterwards that it lives again. */
const STEP_MS = 5_000;

/**
 * Begins the ring register anew, as one of the next generation, among the owners that are left: of older ones
 * nobody who has heard of it hears again. The last resort where a majority is gone for good (design §9), or
 * where every directory is a restored copy, whose acceptors must not answer. And the way out where two sides of a
 * network partition were forced beside one another: the side that is asked stands.
 */
export async function forceRegister(
  { cluster, control, random, reports }: RingForceParts,
  gone: readonly NodeId[],
): Promise<Amendment> {
  const { register, keeper } = control;
  const alive = await register.read(STEP_MS);
  const isAlive = alive.type === "ok" || alive.type === "outdated";
  if (isAlive && keeper.rivals.size === 0) {
    return { type: "refused", reason: "a majority of the owners answers: nothing is to be forced" };
  }
  const answering = new Set((await reports()).keys());
  // The newest ring that anybody who is left knows is the one to go on with.
  await Promise.all([...answering].map((id) => keeper.agreeWith(id)));
  const { generation, value } = keeper.state!;
  const epoch = Math.max(value.record.epoch, ...keeper.rivals.values());
  const verdict = forceRing({ ...value.record, epoch }, gone, answering);
  if (verdict.type === "refused") return verdict;
  const { record } = verdict;
  const acceptors = new Map<NodeId, string>();
  for (const { id } of [...record.owners, ...record.next]) {
    const acceptor = gone.includes(id) ? undefined : cluster.acceptorOf(id);
    if (acceptor !== undefined) acceptors.set(id, acceptor);
  }
  const origin = toHex(randomBytes(random, 8));
  const forced = { version: value.version + 1, record, acceptors, origin };
  const membership = founders(acceptorSetsOf(forced));
  try {
    await keeper.adopt({ generation: generation + 1, value: forced, membership });
  } catch (error) {
    if (!(error instanceof StoreFailure)) throw error;
    return { type: "inDoubt", reason: `this node's disk did not take it: ${error.message}` };
  }
  await keeper.spread();
  const revived = await register.read(STEP_MS);
  if (revived.type === "ok" || revived.type === "outdated") return { type: "done", record };
  return {
    type: "inDoubt",
    reason: `those who are left are still to learn of it: ${revived.detail}`,
  };
}
