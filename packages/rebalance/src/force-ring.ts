import type { NodeId } from "@coterie/core";
import type { RingRecord } from "@coterie/shard-engine";
import { type ChangeVerdict, refused } from "./change-verdict.ts";

/**
 * So many epochs are left out: those who are gone may have taken steps that nobody else has heard of, and two
 * different rings must never have one epoch.
 */
export const STEPS_UNHEARD = 1_000;

/**
 * The same ring, to be decided on from now on without `gone`, which an operator says will never answer
 * again. Who owns what stays as it is, so that no rule of the data is touched: those who are gone are
 * removed or replaced afterwards, as always.
 *
 * `answering`: who was asked and answered. Whoever owns or is to own data must be in one of the two, and in
 * one only: a majority that is merely on the other side of a network partition would go on by itself.
 */
export function forceRing(
  record: RingRecord,
  gone: readonly NodeId[],
  answering: ReadonlySet<NodeId>,
): ChangeVerdict {
  const owners = [...new Set([...record.owners, ...record.next].map(({ id }) => id))].sort();
  const stranger = gone.find((id) => !owners.includes(id));
  if (stranger !== undefined) return refused(`${stranger} is not an owner: name owners only`);
  const alive = gone.find((id) => answering.has(id));
  if (alive !== undefined) return refused(`${alive} answers: only nodes that are gone are named`);
  const left = owners.filter((id) => !gone.includes(id));
  if (left.length === 0) return refused("no owner is left to decide on the ring");
  const silent = left.filter((id) => !answering.has(id));
  if (silent.length > 0) {
    return refused(
      `without an answer of ${silent.join(", ")} nothing is forced: start it, or name it if it is gone for good`,
    );
  }
  return { type: "accepted", record: { ...record, epoch: record.epoch + STEPS_UNHEARD } };
}
