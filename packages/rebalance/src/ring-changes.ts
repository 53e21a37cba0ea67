import type { NodeId } from "@coterie/core";
import type { RingRecord } from "@coterie/shard-engine";
import type { ChangeVerdict } from "./change-verdict.ts";
import type { RingReports } from "./next-step.ts";

/** What became of an attempt to put another record in the place of the present one. */
export type Amendment =
  /** It is chosen, and this node serves under it or a later one. */
  | { readonly type: "done"; readonly record: RingRecord }
  /** `change` refused the record that is in force, with this sentence. */
  | { readonly type: "refused"; readonly reason: string }
  /** Nothing was written: too few owners answer, or the deadline came first. */
  | { readonly type: "failed"; readonly reason: string }
  /** It may be written, now or later: ask again what the ring is. */
  | { readonly type: "inDoubt"; readonly reason: string };

/** The register that holds the ring record, and what nodes say of the change on its way. No promise of it rejects. */
export interface RingChanges {
  /**
   * Lets `change` make a new record of the newest one, as one step that no other can come between.
   * `change` is pure and may be called several times.
   */
  readonly amend: (change: (record: RingRecord) => ChangeVerdict) => Promise<Amendment>;
  /**
   * Where a majority will never answer again: those who are left, without `gone`, decide on the same ring
   * from now on. Refused while a majority answers, or while an owner that is not named is silent.
   */
  readonly force: (gone: readonly NodeId[]) => Promise<Amendment>;
  /** What every owner, old or new, and every node that still holds something says now. */
  readonly reports: () => Promise<RingReports>;
}
