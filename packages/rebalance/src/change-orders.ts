import type { RecordedChange, RingRecord } from "@coterie/shard-engine";
import { type ChangeVerdict, changeInWords, refused } from "./change-verdict.ts";

/** Stops copying, and every further step, until the change is resumed or aborted. */
export function pauseChange(record: RingRecord): ChangeVerdict {
  const { change } = record;
  if (change === undefined) return refused("no ring change is in progress");
  if (change.paused) return refused(`${changeInWords(record)} is paused already`);
  if (change.aborting) return refused(`${changeInWords(record)} is being taken back already`);
  return amended(record, { ...change, paused: true });
}

/** Goes on; with `acceptLoss` even where too few old owners are left to prove a copy complete. */
export function resumeChange(record: RingRecord, acceptLoss: boolean): ChangeVerdict {
  const { change } = record;
  if (change === undefined) return refused("no ring change is in progress");
  const accepts = change.acceptLoss || acceptLoss;
  if (!change.paused && accepts === change.acceptLoss) {
    return refused(`${changeInWords(record)} is not paused`);
  }
  return amended(record, { ...change, paused: false, acceptLoss: accepts });
}

/** Copies at most so many bytes a second at each node from now on; undefined: as clients leave room. */
export function throttleChange(record: RingRecord, throttle: number | undefined): ChangeVerdict {
  const { change } = record;
  if (change === undefined) return refused("no ring change is in progress");
  if (change.aborting) return refused(`${changeInWords(record)} is being taken back already`);
  const { throttle: before, ...rest } = change;
  if (throttle === before) return refused(`${changeInWords(record)} has this throttle already`);
  return amended(record, throttle === undefined ? rest : { ...rest, throttle });
}

/**
 * Takes the change back, which is a step like others. From `joining` the old owners have everything, and
 * nobody read from the new. From `switched` some coordinators do, so that the way back leads through
 * `joining` until too few new owners are left in `switched` to complete a read.
 */
export function abortChange(record: RingRecord): ChangeVerdict {
  const { phase, change } = record;
  if (change === undefined) return refused("no ring change is in progress");
  if (change.aborting) return refused(`${changeInWords(record)} is being taken back already`);
  if (phase === "joining") return { type: "accepted", record: withOldOwners(record) };
  const aborted = amended(record, { ...change, aborting: true, paused: false });
  return { ...aborted, record: { ...aborted.record, phase: "joining" } };
}

/** The end of a change that was taken back. */
export function withOldOwners(record: RingRecord): RingRecord {
  const { epoch } = record;
  return { ...record, epoch: epoch + 1, phase: "stable", next: [], change: undefined };
}

function amended(
  record: RingRecord,
  change: RecordedChange,
): Extract<ChangeVerdict, { type: "accepted" }> {
  return { type: "accepted", record: { ...record, epoch: record.epoch + 1, change } };
}
