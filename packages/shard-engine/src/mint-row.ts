import { ByteReader, ByteWriter, CodecError } from "@coterie/core";
import type { HlcStamp, HybridClock } from "@coterie/hybrid-clock";
import { IntervalClock } from "@coterie/vector-clock";
import {
  claimsFuture,
  decodeVersions,
  encodeVersions,
  findOperation,
  highestStamp,
  isOperationAt,
  loneClockOf,
  mint,
  type OwnedRow,
  seenByRepeat,
  type Version,
  type VersionSet,
} from "@coterie/versions";
import type { MintCommand, Minted } from "./commands.ts";
import type { DotMinter } from "./dot-minter.ts";
import { type Refusal, refusal } from "./refusal.ts";
import type { StoredRow } from "./row-codec.ts";

/** What client writes are held to; merges never are, or an object could become impossible to repair. */
export interface ClientLimits {
  /** A put may not leave more siblings than this, unless it leaves fewer than there were. */
  readonly siblingsMax: number;
  /** Bytes. The values that a put leaves side by side may have twice as many, unless there were as many before. */
  readonly valueBytesMax: number;
}

/**
 * What a client's put or delete makes of a row (undefined: absent or damaged). `repeated` results leave
 * the row as it is; of the others the caller stores `versions` with the dot's counter as `ownedTo`.
 */
export function mintRow(
  command: MintCommand,
  stored: StoredRow | undefined,
  minter: DotMinter,
  clock: HybridClock,
  { siblingsMax, valueBytesMax }: ClientLimits,
): Omit<Minted, "recovering"> | Refusal {
  if (command.value.length > valueBytesMax) {
    return refusal(
      "valueLimit",
      `the value has ${command.value.length} bytes and ${valueBytesMax} is the most`,
    );
  }
  const seen = decodeContext(command.context);
  if (seen === undefined) return refusal("invalid", "the request's context cannot be decoded");
  if (claimsFuture(seen, minter.actor, minter.last)) {
    return refusal(
      "contextFromFuture",
      "the request's context claims writes of this node that it has not made",
    );
  }
  const row: OwnedRow | undefined = stored && {
    set: clockIfReplaced(command, stored.versions, seen) ?? decodeVersions(stored.versions),
    ownedTo: minter.ownedTo(stored),
  };
  const found = row && findOperation(row.set, command.operationId);
  if (found !== undefined) {
    const { follows } = command;
    const known = seenByRepeat(found, { requestContext: seen, follows });
    return {
      type: "minted",
      versions: stored!.versions,
      context: encodeContext(known.context),
      follows: known.follows,
      stamp: found.stamp,
      dot: found.dot,
      repeated: true,
    };
  }

  const siblings = row?.set.siblings ?? [];
  const blind = siblings.filter((sibling) => !seen.contains(sibling.dot));
  if (command.bucket.mode === "siblings" && blind.length > 0) {
    const bytes = command.value.length + bytesOf(blind);
    const [tooMany, tooLong] = [blind.length >= siblingsMax, bytes > 2 * valueBytesMax];
    // The set goes to every replica in one message; and those of N writers at once are merged.
    if ((tooMany && blind.length >= siblings.length) || (tooLong && bytes > bytesOf(siblings))) {
      const most = tooMany ? siblingsMax : `${2 * valueBytesMax} bytes`;
      return refusal(
        "siblingLimit",
        `the key has ${siblings.length} concurrent values and ${most} is the most: read it, and write with the context of that read`,
      );
    }
  }
  const stamp = mintStamp(command, row?.set, clock);
  if ("aheadMs" in stamp) {
    return refusal(
      "drift",
      `the write would be stamped ${Math.ceil(stamp.aheadMs)} ms ahead of this node's clock: the clock of a node is wrong`,
    );
  }
  const minted = mint(command.bucket.mode, row, {
    dot: minter.next(),
    stamp,
    requestContext: seen,
    follows: command.follows,
    operationId: command.operationId,
    repeated: command.retry,
    tombstone: command.tombstone,
    encoding: command.encoding,
    expiresAtMs: command.expiresAtMs,
    value: command.value,
  });
  return {
    type: "minted",
    versions: encodeVersions(minted.set),
    context: encodeContext(minted.context),
    follows: minted.follows,
    stamp,
    dot: minted.version.dot,
    repeated: false,
  };
}

/**
 * The clock of what stands here, if that is one version which goes without leaving a trace: its client had seen it, and nobody
 * has to follow it. So a put over what was read, the most frequent one, reads nothing but clocks. Undefined: it takes more.
 */
function clockIfReplaced(
  { bucket, operationId }: MintCommand,
  versions: Uint8Array,
  seen: IntervalClock,
): VersionSet | undefined {
  // Where the last write wins its stamp counts, though it goes.
  if (bucket.mode !== "siblings") return undefined;
  const lone = loneClockOf(versions);
  if (lone === undefined || lone.isRepeated || !seen.contains(lone.dot)) return undefined;
  if (isOperationAt(versions, lone.operationAt, operationId)) return undefined;
  return { context: lone.context, siblings: [] };
}

function bytesOf(siblings: readonly Version[]): number {
  return siblings.reduce((sum, { value }) => sum + value.length, 0);
}

/** In `lww` above all that the row and the client have seen; else simply later than the last. */
function mintStamp(
  { bucket, contextStamp }: MintCommand,
  set: VersionSet | undefined,
  clock: HybridClock,
): HlcStamp | { readonly aheadMs: number } {
  if (bucket.mode === "siblings") return clock.now();
  const floor: HlcStamp[] = [];
  if (set !== undefined) floor.push(highestStamp(set));
  if (contextStamp !== undefined) floor.push(contextStamp);
  const minted = clock.mintAbove(...floor);
  return minted.type === "stamp" ? minted.stamp : minted;
}

function decodeContext(context: Uint8Array): IntervalClock | undefined {
  if (context.length === 0) return IntervalClock.EMPTY;
  try {
    const reader = new ByteReader(context);
    const clock = IntervalClock.decode(reader);
    reader.end();
    return clock;
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

function encodeContext(context: IntervalClock): Uint8Array {
  const writer = new ByteWriter(8 + 24 * context.entries.length);
  context.encode(writer);
  return writer.finish();
}
