import { bytesEqual, CodecError } from "@coterie/core";
import { compareStamps, type HlcStamp, type HybridClock } from "@coterie/hybrid-clock";
import type { IntervalClock } from "@coterie/vector-clock";
import {
  causalityOf,
  claimsFuture,
  decodeCausality,
  decodeVersions,
  EMPTY_VERSIONS,
  encodeVersions,
  highestStamp,
  type LoneClock,
  loneClockOf,
  mergeVersions,
  subsumes,
  type VersionSet,
} from "@coterie/versions";
import type { MergeCommand } from "./commands.ts";
import type { DotMinter } from "./dot-minter.ts";
import { type Refusal, refusal } from "./refusal.ts";
import type { StoredRow } from "./row-codec.ts";

export interface MergedRow {
  readonly type: "mergedRow";
  readonly versions: Uint8Array;
  /** False: the row held all of it already. */
  readonly changed: boolean;
  /** The set names dots of this actor that it has not minted: somebody else mints as this actor. */
  readonly actorCopied: boolean;
}

/**
 * What a set from another replica makes of a row (undefined: absent or damaged). Nothing but bytes that
 * are no version set is refused. The row's `ownedTo` stays what it was.
 */
export function mergeRow(
  command: MergeCommand,
  stored: StoredRow | undefined,
  minter: DotMinter | undefined,
  clock: HybridClock,
): MergedRow | Refusal {
  if (stored !== undefined && bytesEqual(stored.versions, command.versions)) {
    return {
      type: "mergedRow",
      versions: stored.versions,
      changed: false,
      actorCopied: false,
    };
  }
  const lone = command.bucket.mode === "siblings" ? loneClockOf(command.versions) : undefined;
  if (lone !== undefined && replaces(lone, stored)) {
    observe(clock, lone.stamp);
    const actorCopied = claimsOurs(lone.context, minter);
    return { type: "mergedRow", versions: command.versions, changed: true, actorCopied };
  }
  const theirs = decodeTheirs(command.versions);
  if (theirs === undefined) return refusal("invalid", "the versions to merge cannot be decoded");
  observe(clock, highestStamp(theirs));
  const actorCopied = claimsOurs(theirs.context, minter);
  const ours = stored === undefined ? EMPTY_VERSIONS : decodeVersions(stored.versions);
  const merged = mergeVersions(command.bucket.mode, ours, theirs);
  const changed = merged !== ours;
  return {
    type: "mergedRow",
    versions: changed || stored === undefined ? encodeVersions(merged) : stored.versions,
    changed,
    actorCopied,
  };
}

/**
 * Whether the row becomes exactly what was sent: the most frequent merge, of a write whose client had seen all that
 * stands here. To find that out from clocks saves reading values, merging, and encoding what was just decoded. Only where
 * one version alone was sent, for it has one encoding, while of several some may be written over by name.
 */
function replaces({ context, dot }: LoneClock, stored: StoredRow | undefined): boolean {
  if (stored === undefined) return true;
  const ours = decodeCausality(causalityOf(stored.versions));
  // Of equal clocks what stands here stays.
  return !ours.context.equals(context) && subsumes({ context, dots: [dot] }, ours);
}

function observe(clock: HybridClock, stamp: HlcStamp): void {
  if (compareStamps(stamp, clock.last) > 0) clock.observe(stamp);
}

/** Whether somebody else mints as our actor. */
function claimsOurs(context: IntervalClock, minter: DotMinter | undefined): boolean {
  return minter !== undefined && claimsFuture(context, minter.actor, minter.last);
}

function decodeTheirs(versions: Uint8Array): VersionSet | undefined {
  try {
    return decodeVersions(versions);
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}
