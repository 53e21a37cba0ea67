import { mapConcurrently } from "@coterie/client/core";
import { encodeUtf8, toHex } from "@coterie/core";
import {
  checkConvergence,
  type FinalState,
  type History,
  type ReplicaState,
} from "@coterie/simulator";
import { adminClient } from "@coterie/transport-grpc";
import type { ReplicaView } from "@coterie/wire";
import { CHAOS_BUCKET, type ChaosClient } from "./chaos-client.ts";
import type { ChaosCluster } from "./chaos-cluster.ts";

export interface Settled {
  readonly final: FinalState;
  readonly waitingHints: number;
  readonly disagreements: readonly string[];
}

const CONCURRENCY = 16;
const ROUND_MS = 500;
/** A key of N=3. */
const REPLICAS = 3;

/**
 * After everything has healed: waits until every node takes every other for alive and misses nothing, no hint
 * waits, and the replicas of every key agree; at most `limitMs`, then tells what is still amiss.
 */
export async function settle(
  cluster: ChaosCluster,
  operator: ChaosClient,
  history: History,
  limitMs: number,
): Promise<Settled> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const disagreements = [...(await cluster.complaints())];
    const waitingHints = (await cluster.waitingHints()) ?? 0;
    if (disagreements.length + waitingHints === 0) await readAll(operator, history.keys);
    await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
    const isLast = performance.now() > endMs;
    if (disagreements.length + waitingHints > 0 && !isLast) continue;
    const unseen: string[] = [];
    const final = await finalState(cluster, history.keys, unseen);
    if (unseen.length + checkConvergence(final).length === 0 || isLast) {
      return { final, waitingHints, disagreements: [...disagreements, ...unseen] };
    }
  }
}

/** Reads every key from all its replicas, which repairs those that differ. False: some could not be asked. */
export async function readAll(operator: ChaosClient, keys: readonly string[]): Promise<boolean> {
  let complete = true;
  const reads = mapConcurrently(keys, CONCURRENCY, (key) =>
    operator.get(key, { strict: true, r: REPLICAS }),
  );
  for await (const { outcome } of reads) complete &&= outcome === "ok";
  return complete;
}

async function finalState(
  cluster: ChaosCluster,
  keys: readonly string[],
  unseen: string[],
): Promise<FinalState> {
  const admins = cluster.addresses.map((address) => adminClient(address));
  const final = new Map<string, ReplicaState[]>();
  let turn = 0;
  const views = mapConcurrently(keys, CONCURRENCY, async (key) => {
    const admin = admins[turn++ % admins.length]!;
    const request = { bucket: CHAOS_BUCKET, key: encodeUtf8(key) };
    return { key, result: await admin.explainKey(request, { timeoutMs: 5_000 }) };
  });
  for await (const { key, result } of views) {
    if (result.type === "failed") {
      unseen.push(`${key} cannot be explained: ${result.error.message}`);
      continue;
    }
    const { replicas } = result.response;
    for (const { nodeId, error } of replicas) {
      if (error !== undefined) unseen.push(`${nodeId} does not show ${key}: ${error.message}`);
    }
    final.set(key, replicas.filter(({ error }) => error === undefined).map(stateOf));
  }
  for (const admin of admins) admin.close();
  return final;
}

function stateOf({ nodeId, versions, clock }: ReplicaView): ReplicaState {
  const operationOf = ({ operationId }: { operationId: Uint8Array }): string => toHex(operationId);
  return {
    node: nodeId,
    operations: clock === "" ? undefined : versions.map(operationOf),
    live: versions.filter(({ tombstone }) => !tombstone).map(operationOf),
    causality: clock === "" ? "" : `${clock} / ${versions.map(({ dot }) => dot).join(" ")}`,
  };
}
