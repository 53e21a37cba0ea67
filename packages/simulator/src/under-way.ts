import type { SimulatedNode } from "./simulated-node.ts";

/** Peers ask one another now and then, also at rest: so many calls of one session may be under way at a moment. */
const CALLS_AT_REST_MAX = 16;

/**
 * Sentences: what nodes hold for callers though every client has gone and every call has had its time. What is never
 * let go adds up until the memory is full.
 */
export function underWay(nodes: readonly SimulatedNode[]): string[] {
  return nodes.flatMap(({ id, node }) => {
    if (node === undefined) return [];
    const sentences: string[] = [];
    const { requests } = node.clients;
    if (requests > 0) sentences.push(`${id} has ${requests} requests of clients under way`);
    const clients = node.clientSessions.sessions;
    if (clients.length > 0) sentences.push(`${id} has ${clients.length} sessions of clients`);
    const peers = node.sessions.sessions;
    const ids = peers.map(({ peer }) => peer.nodeId);
    for (const [i, peer] of ids.entries()) {
      if (ids.indexOf(peer) < i) sentences.push(`${id} has more than one session of ${peer}`);
    }
    for (const { peer, inFlight } of peers) {
      if (inFlight <= CALLS_AT_REST_MAX) continue;
      sentences.push(`${id} has ${inFlight} calls of ${peer.nodeId} under way`);
    }
    return sentences;
  });
}
