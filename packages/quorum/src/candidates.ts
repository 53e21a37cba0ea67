import type { NodeId } from "@coterie/core";
import { grown } from "./grown.ts";
import type { Candidate } from "./read-quorum.ts";
import type { Placement, Replicas } from "./replicas.ts";

/** Whom a read may ask, the best first: this node if it is a primary, the others by rank, then fallbacks. */
export function candidatesOf(
  { readGroups }: Placement,
  fallbacks: readonly NodeId[],
  replicas: Replicas,
): readonly Candidate[] {
  const { self } = replicas;
  const primaries = readGroups.length === 1 ? readGroups[0]! : [...new Set(readGroups.flat())];
  let candidates: readonly Candidate[] = primaries.includes(self)
    ? [{ node: self, role: "primary" }]
    : [];
  for (const node of replicas.rank(primaries)) {
    if (node !== self) candidates = grown(candidates, { node, role: "primary" });
  }
  for (const node of fallbacks) {
    if (!primaries.includes(node)) candidates = grown(candidates, { node, role: "fallback" });
  }
  return candidates;
}
