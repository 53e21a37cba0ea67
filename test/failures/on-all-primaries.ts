import { encodeUtf8 } from "@coterie/core";
import { adminClient } from "@coterie/transport-grpc";
import { eventually } from "../cluster/eventually.ts";
import type { RealCluster } from "../cluster/real-cluster.ts";

/** How many questions are under way at once. */
const CONCURRENCY = 16;

/** Resolves when no node keeps a hint any more, to how long that took, in seconds. */
export async function hintsDrained(cluster: RealCluster, timeoutMs: number): Promise<number> {
  const beganMs = performance.now();
  const client = adminClient(cluster.nodes[0]!.address);
  try {
    await eventually(async () => {
      const status = await client.getStatus({});
      if (status.type === "failed") throw new Error(status.error.message);
      const silent = status.response.nodes.filter(({ uptimeMs }) => uptimeMs === 0);
      if (silent.length > 0) throw new Error(`${silent[0]!.id} does not say what it keeps`);
      const hints = status.response.nodes.map(({ id, hints: kept }) => `${id} ${kept}`);
      if (status.response.nodes.some(({ hints: kept }) => kept > 0)) {
        throw new Error(`hints are kept still: ${hints.join(", ")}`);
      }
    }, timeoutMs);
  } finally {
    client.close();
  }
  return (performance.now() - beganMs) / 1_000;
}

/** Writes that some primary of their key lacks, in words, as each primary says itself. */
export async function missingCopies(
  cluster: RealCluster,
  bucket: string,
  keys: Iterable<string>,
): Promise<string[]> {
  const clients = cluster.nodes.map(({ address }) => adminClient(address));
  const missing: string[] = [];
  const left = [...keys];
  const asker = async (_: unknown, index: number): Promise<void> => {
    const client = clients[index % clients.length]!;
    for (let key = left.pop(); key !== undefined; key = left.pop()) {
      const explained = await client.explainKey({ bucket, key: encodeUtf8(key) });
      if (explained.type === "failed") throw new Error(explained.error.message);
      const { replicas } = explained.response;
      for (const { nodeId, error, versions } of replicas) {
        if (versions.length > 0) continue;
        missing.push(`${key}: ${nodeId} ${error?.message ?? "does not have it"}`);
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, asker));
  for (const client of clients) client.close();
  return missing;
}
