import type { NodeId } from "@coterie/core";
import type { QuorumShape } from "./quorum-tally.ts";

/**
 * A sentence on why a write cannot succeed, from what is known before anything is sent; undefined when it
 * may. To fail here leaves nothing behind, where a try would leave a doubt.
 */
export function whyHopeless(
  shape: QuorumShape,
  isDown: (node: NodeId) => boolean,
): string | undefined {
  for (const { primaries, required } of shape.groups) {
    const down = primaries.filter(isDown);
    let up = primaries.length - down.length;
    if (up >= required) continue;
    if (!shape.strict) {
      up += shape.fallbacks.filter((node) => !primaries.includes(node) && !isDown(node)).length;
      if (up >= required) continue;
    }
    if (down.length > 0) {
      return `only ${up} of them can be reached: ${down.join(", ")} ${down.length > 1 ? "are" : "is"} down`;
    }
    return `the ring has only ${up} ${up === 1 ? "owner" : "owners"} for them`;
  }
  return undefined;
}
