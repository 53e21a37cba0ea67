import { connect } from "@coterie/client";
import { EtcdTarget } from "../peers/etcd/etcd-target.ts";
import type { BenchPlan } from "../plan.ts";
import type { LoadTarget } from "./load-target.ts";
import { Target } from "./target.ts";

/** Connects to what a plan is for. `isNew`: nothing was ever written to its bucket. Rejects when nobody answers. */
export async function openTarget(
  plan: BenchPlan,
): Promise<{ readonly target: LoadTarget; readonly isNew: boolean }> {
  // A put there follows nothing, so that no key has to be read before.
  if (plan.peer !== undefined) return { target: new EtcdTarget(plan), isNew: true };
  const { addresses, timeoutMs, callsMax, bucket } = plan;
  const store = await connect(addresses, { timeoutMs, callsMax, name: "coterie-bench" });
  try {
    const isNew = (await store.buckets()).every(({ name }) => name !== bucket);
    return { target: new Target(store, plan), isNew };
  } catch (error) {
    store.close();
    throw error;
  }
}
