import { nextStep } from "@coterie/rebalance";
import { parseRowKey, partitionOfRow, type RingView } from "@coterie/shard-engine";
import type { SimulatedNode } from "./simulated-node.ts";
import type { World } from "./world.ts";

const ASK_MS = 60_000;

/**
 * Sentences: where nodes differ about who lives, about buckets and about the ring, who still recovers, whom a ring
 * change waits for, and who holds what the ring has given to others. `ring` is the newest.
 */
export async function disagreementsOf(
  world: World,
  nodes: readonly SimulatedNode[],
  ring: RingView,
): Promise<string[]> {
  const sentences: string[] = [];
  const buckets = new Set<string>();
  const rings = new Set<string>();
  for (const { id, node, disk } of nodes) {
    if (node?.ring === undefined) {
      sentences.push(`${id} does not serve`);
      continue;
    }
    const strange = disk.rowKeys().filter((row) => !isAtHome(row, id, node, ring)).length;
    if (strange > 0) sentences.push(`${id} still holds ${strange} rows that are not its own`);
    const { epoch, phase } = node.ring.record;
    rings.add(`epoch ${epoch} (${phase})`);
    buckets.add(JSON.stringify(node.operators.listBuckets().buckets));
    const status = await world.until(node.operators.status(), ASK_MS);
    if (!("nodes" in status)) {
      sentences.push(`${id} is not ready: ${status.message}`);
      continue;
    }
    for (const other of status.nodes) {
      if (ring.record.removed.includes(other.id)) continue;
      if (other.state !== "alive") sentences.push(`${id} takes ${other.id} for ${other.state}`);
      if (other.id === id && other.recoveringPartitions > 0) {
        sentences.push(`${id} still recovers ${other.recoveringPartitions} partitions`);
      }
    }
  }
  if (rings.size > 1) sentences.push(`rings differ: ${[...rings].join(" and ")}`);
  if (ring.record.change !== undefined) sentences.push(`the ring is ${[...rings][0]} still`);
  if (buckets.size > 1) sentences.push(`buckets differ: ${[...buckets].join(" and ")}`);
  const [first] = nodes;
  return first?.node === undefined
    ? sentences
    : [...sentences, ...(await ringBlockers(world, first.node))];
}

/** Looked up on the disk: whoever forgets what it gave up says nothing of it. */
function isAtHome(
  row: Uint8Array,
  id: string,
  { operators }: NonNullable<SimulatedNode["node"]>,
  ring: RingView,
): boolean {
  const { bucket } = parseRowKey(row);
  const { n } = operators.listBuckets().buckets.find(({ name }) => name === bucket)!;
  return ring.owns(id, partitionOfRow(row, ring.record.partitions), n);
}

async function ringBlockers(
  world: World,
  { ring, ringChanges }: NonNullable<SimulatedNode["node"]>,
): Promise<string[]> {
  if (ring === undefined) return [];
  const reports = await world.until(ringChanges.reports(), ASK_MS);
  const step = nextStep(ring, reports);
  if (step.type !== "wait") return [];
  return step.blockers.map(({ node, reason }) => `the ring waits for ${node}: ${reason}`);
}
