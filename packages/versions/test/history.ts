import { below, pick, SeededRandom } from "@coterie/core";
import type { HlcStamp } from "@coterie/hybrid-clock";
import { compareStamps, laterStamp, ZERO_STAMP } from "@coterie/hybrid-clock";
import { IntervalClock } from "@coterie/vector-clock";
import { followedBy } from "../src/follows.ts";
import { EMPTY_VERSIONS, findOperation, highestStamp, mergeVersions } from "../src/merge.ts";
import { mint, seenByRepeat } from "../src/mint.ts";
import { live, type Mode, type Version, type VersionSet } from "../src/version.ts";
import { ACTORS, operation } from "./arbitraries.ts";

interface Seen {
  readonly context: IntervalClock;
  readonly stamp: HlcStamp;
  readonly follows: readonly string[];
  /** The operations whose values the client has really had in hand. */
  readonly operations: readonly string[];
}

interface Attempt {
  readonly operationId: string;
  readonly seen: Seen;
}

/** What came of a random history of one key: see `playHistory`. */
export interface History {
  /** Every set that a replica ever held or sent. */
  readonly sets: readonly VersionSet[];
  readonly minted: readonly Version[];
  /** What the replicas hold together in the end. */
  readonly final: VersionSet;
  /** Operations that were seen by a client and then written over. */
  readonly replaced: ReadonlySet<string>;
}

/**
 * Clients put at three replicas, with contexts fresh and stale, and retry operations wherever they
 * like, while sets travel late, twice and out of order: so one operation is minted under several
 * dots, of which some are seen and replaced and some are not. A retry says that it is one; with
 * `foreseen` the first attempt says, too, that there may be others.
 */
export function playHistory(mode: Mode, seed: number, { foreseen = false } = {}): History {
  const random = new SeededRandom(seed);
  const rows: { set: VersionSet; ownedTo: number | undefined }[] = ACTORS.map(() => ({
    set: EMPTY_VERSIONS,
    ownedTo: undefined,
  }));
  const sets: VersionSet[] = [];
  const minted: Version[] = [];
  const attempts: Attempt[] = [];
  const contexts: Seen[] = [
    { context: IntervalClock.EMPTY, stamp: ZERO_STAMP, follows: [], operations: [] },
  ];
  const replaced = new Set<string>();
  let counter = 0;

  const read = (): void => {
    const { set } = pick(random, rows);
    const operations = live(set, 0).map(({ operationId }) => operationId);
    const follows = followedBy(set.siblings);
    contexts.push({ context: set.context, stamp: highestStamp(set), follows, operations });
  };

  const put = ({ operationId, seen }: Attempt, repeated: boolean): void => {
    const at = below(random, rows.length);
    const row = rows[at]!;
    for (const id of seen.operations) if (id !== operationId) replaced.add(id);
    const found = findOperation(row.set, operationId);
    if (found !== undefined) {
      const operations = [...seen.operations, operationId];
      const stamp = laterStamp(seen.stamp, found.stamp);
      const request = { requestContext: seen.context, follows: seen.follows };
      contexts.push({ ...seenByRepeat(found, request), stamp, operations });
      return;
    }
    counter += 1 + below(random, 2);
    const floor = laterStamp(highestStamp(row.set), seen.stamp);
    const wallMs = 100 + below(random, 20);
    const { set, context, follows, version } = mint(mode, row, {
      dot: { actor: ACTORS[at]!, counter },
      stamp:
        compareStamps({ wallMs, logical: 0 }, floor) > 0
          ? { wallMs, logical: 0 }
          : { wallMs: floor.wallMs, logical: floor.logical + 1 },
      requestContext: seen.context,
      follows: seen.follows,
      operationId,
      repeated,
      tombstone: false,
      encoding: "bytes",
      expiresAtMs: undefined,
      value: new Uint8Array([minted.length]),
    });
    rows[at] = { set, ownedTo: counter };
    sets.push(set);
    minted.push(version);
    const operations = [...seen.operations, operationId];
    contexts.push({ context, stamp: version.stamp, follows, operations });
  };

  for (let steps = 5 + below(random, 20); steps > 0; steps--) {
    const dice = below(random, 10);
    if (dice < 3) {
      const attempt = { operationId: operation(attempts.length + 1), seen: pick(random, contexts) };
      attempts.push(attempt);
      put(attempt, foreseen);
    } else if (dice < 5 && attempts.length > 0) {
      put(pick(random, attempts), true);
    } else if (dice < 8 && sets.length > 0) {
      const row = pick(random, rows);
      row.set = mergeVersions(mode, row.set, pick(random, sets));
      sets.push(row.set);
    } else {
      read();
    }
  }
  const final = rows.map(({ set }) => set).reduce((a, b) => mergeVersions(mode, a, b));
  return { sets, minted, final, replaced };
}
