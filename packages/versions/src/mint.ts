import { assert } from "@coterie/core";
import { compareStamps, type HlcStamp } from "@coterie/hybrid-clock";
import { type ActorId, type Dot, type IntervalClock, putSibling } from "@coterie/vector-clock";
import { followedBy } from "./follows.ts";
import { collapse, EMPTY_VERSIONS, highestStamp, spread } from "./merge.ts";
import type { Encoding, Mode, Version, VersionSet } from "./version.ts";

/** A row as its replica holds it. */
export interface OwnedRow {
  readonly set: VersionSet;
  /**
   * The counter of the last dot that this actor minted for this key, if the row has held it ever
   * since; undefined after a restart, a dropped row or a failed commit. Local, never replicated.
   */
  readonly ownedTo: number | undefined;
}

/** A client's put or delete, with the dot and the stamp that it gets. */
export interface MintRequest {
  /** Fresh: above every counter that its actor has used. */
  readonly dot: Dot;
  /** In `lww` above the row's and the request context's, by `HybridClock.mintAbove`. */
  readonly stamp: HlcStamp;
  /** What the client had seen; refuse it first when `claimsFuture`. */
  readonly requestContext: IntervalClock;
  /** Operations that may come up again although the client has written over them, or does so now. */
  readonly follows: readonly string[];
  readonly operationId: string;
  /** An earlier attempt of the operation may have been carried out. */
  readonly repeated: boolean;
  readonly tombstone: boolean;
  readonly encoding: Encoding;
  readonly expiresAtMs: number | undefined;
  readonly value: Uint8Array;
}

export interface Minted {
  /** The complete new set, to commit and to replicate; the row's new `ownedTo` is the dot's counter. */
  readonly set: VersionSet;
  /** For the client: what its request covered and the new dot, never a sibling it has not seen. */
  readonly context: IntervalClock;
  /** For the client, beside the context. */
  readonly follows: readonly string[];
  readonly version: Version;
}

/**
 * Makes a write: it replaces what its client had seen, and in `lww` everything. Look for the
 * operation id with `findOperation` first.
 */
export function mint(mode: Mode, row: OwnedRow | undefined, request: MintRequest): Minted {
  const before = row?.set ?? EMPTY_VERSIONS;
  const follows = mode === "lww" ? [] : followsOf(before, request);
  const version: { -readonly [Field in keyof Version]: Version[Field] } = {
    dot: request.dot,
    stamp: request.stamp,
    operationId: request.operationId,
    tombstone: request.tombstone,
    encoding: request.encoding,
    expiresAtMs: request.expiresAtMs,
    value: request.value,
  };
  // As where versions are decoded: the same fields in the same order, or all that reads versions is compiled for two.
  if (request.repeated) version.repeated = true;
  if (follows.length > 0) version.follows = follows;
  assert(!version.tombstone || version.value.length === 0, "a tombstone has no value");
  const put = putSibling(spread(before), version, {
    seen: request.requestContext,
    ownedTo: row?.ownedTo,
  });
  if (mode === "lww") {
    assert(
      compareStamps(version.stamp, highestStamp(before)) > 0,
      "a lww stamp is not above the row's: the write would be lost",
    );
    return {
      set: { context: put.set.context, siblings: [version] },
      context: put.context,
      follows,
      version,
    };
  }
  return {
    set: collapse(put.set),
    context: put.context,
    follows: followedBy([version], request.follows),
    version,
  };
}

/** Of one operation all twins are replaced when the context covers one. */
function followsOf(
  { siblings }: VersionSet,
  { requestContext, follows, operationId }: MintRequest,
): readonly string[] {
  const covers = ({ dot }: Version): boolean => requestContext.contains(dot);
  const replaced = siblings.filter(
    (version) => covers(version) || version.twins?.some(covers) === true,
  );
  return followedBy(replaced, follows).filter((operation) => operation !== operationId);
}

/**
 * What a client gets back when its operation was found (`findOperation`) and not minted: what its
 * request had seen, and the operation under all its dots.
 */
export function seenByRepeat(
  found: Version,
  { requestContext, follows }: Pick<MintRequest, "requestContext" | "follows">,
): { readonly context: IntervalClock; readonly follows: readonly string[] } {
  let context = requestContext.add(found.dot);
  for (const twin of found.twins ?? []) context = context.add(twin.dot);
  return { context, follows: followedBy([{ ...found, repeated: true }], follows) };
}

/**
 * Whether a context names dots of `actor` above `lastCounter`, the last it has minted. Such a context
 * did not come from this store's past: it would erase writes that are yet to come.
 */
export function claimsFuture(context: IntervalClock, actor: ActorId, lastCounter: number): boolean {
  return context.lastOf(actor) > lastCounter;
}
