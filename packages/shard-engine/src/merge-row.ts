import { bytesEqual, CodecError } from "@coterie/core";
import { compareStamps, type HybridClock } from "@coterie/hybrid-clock";
import {
  causalityOf,
  claimsFuture,
  decodeCausality,
  decodeVersions,
  dotsIn,
  EMPTY_VERSIONS,
  encodeVersions,
  highestStamp,
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
  const theirs = decodeTheirs(command.versions);
  if (theirs === undefined) return refusal("invalid", "the versions to merge cannot be decoded");
  const highest = highestStamp(theirs);
  if (compareStamps(highest, clock.last) > 0) clock.observe(highest);
  const actorCopied =
    minter !== undefined && claimsFuture(theirs.context, minter.actor, minter.last);
  if (command.bucket.mode === "siblings" && replaces(command.versions, theirs, stored)) {
    return { type: "mergedRow", versions: command.versions, changed: true, actorCopied };
  }
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
 * stands here. To find that out from our clocks saves reading our values, merging, and encoding what was just decoded.
 * One version alone has one encoding; of several that were sent some may be written over by name.
 */
function replaces(sent: Uint8Array, theirs: VersionSet, stored: StoredRow | undefined): boolean {
  const [version] = theirs.siblings;
  if (version === undefined || dotsIn(sent) > 1) return false;
  if (stored === undefined) return true;
  const ours = decodeCausality(causalityOf(stored.versions));
  const dots = [version.dot];
  // Of equal clocks what stands here stays.
  return !ours.context.equals(theirs.context) && subsumes({ context: theirs.context, dots }, ours);
}

function decodeTheirs(versions: Uint8Array): VersionSet | undefined {
  try {
    return decodeVersions(versions);
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}
