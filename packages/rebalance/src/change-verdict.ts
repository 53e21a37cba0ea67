import type { RingRecord } from "@coterie/shard-engine";

/** What becomes of an operator's order. */
export type ChangeVerdict =
  /** The record to be written in the place of the present one, epoch one higher. */
  | { readonly type: "accepted"; readonly record: RingRecord }
  /** A sentence for the operator; nothing changes. */
  | { readonly type: "refused"; readonly reason: string };

export function refused(reason: string): ChangeVerdict {
  return { type: "refused", reason };
}

/** The change on its way in words: `change 00c0ffee00c0ffee (join n4 n5)`. */
export function changeInWords({ change }: RingRecord): string {
  return change === undefined
    ? "no change"
    : `change ${change.id} (${change.kind} ${change.nodes.join(" ")})`;
}
