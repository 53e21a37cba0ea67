import { Ripening } from "@coterie/anti-entropy";
import { type Clock, compareTokens, type Token, toHex } from "@coterie/core";
import { type CollectedRow, parseRowKey, type TreeName } from "@coterie/shard-engine";
import type { Buckets } from "../buckets/buckets.ts";
import type { Cluster } from "../membership/cluster.ts";
import type { NodeStore } from "../node-store.ts";

export interface CandidatesParts {
  readonly clock: Clock;
  readonly store: NodeStore;
  readonly cluster: Cluster;
  readonly buckets: Buckets;
}

/** Rows of one look at a partition: one turn of the shard's worker, in front of everybody's writes. */
const LOOK_ROWS = 256;
/** Rows that one round takes. */
const ROUND_ROWS = 512;

/** A tree to be looked at. Its root, undefined while it is not known, was taken before its rows are read. */
export interface AwakeTree extends TreeName {
  readonly root: Token | undefined;
}

/** A partition of which a look found nothing, as it was then. */
interface Idle {
  readonly root: Token;
  readonly living: string;
  /** From then on a version may have expired. */
  readonly untilMs: number;
}

/** Rows of a partition that a round could take, and how long their grace lasts. */
export class Candidates {
  readonly #parts: CandidatesParts;
  readonly #ripening: Ripening;
  readonly #idle = new Map<string, Idle>();

  constructor(parts: CandidatesParts, graceMs: number) {
    this.#parts = parts;
    this.#ripening = new Ripening(graceMs);
  }

  /**
   * Of these trees those that may have something for a round, in the same order. Leaves are of all clocks: with the
   * same root there is what there was, so that a pass over data at rest is one look and reads no row.
   */
  async awake(
    trees: readonly TreeName[],
    living: readonly string[] | undefined,
  ): Promise<readonly AwakeTree[]> {
    const { clock, store, cluster } = this.#parts;
    const roots = await store.roots(cluster.ring.record.epoch, trees);
    const nowMs = clock.nowMs();
    const minters = mintersOf(living);
    return trees.flatMap((tree, i) => {
      const root = roots[i];
      const idle = this.#idle.get(nameOf(tree));
      const isAsItWas =
        root !== undefined && idle !== undefined && compareTokens(idle.root, root) === 0;
      const isIdle = isAsItWas && idle.living === minters && nowMs < idle.untilMs;
      return isIdle ? [] : [{ ...tree, root }];
    });
  }

  /** Of the buckets with this N. `living`: who may still mint; undefined: no clock is folded. */
  async of(
    { partition, n, root }: AwakeTree,
    living: readonly string[] | undefined,
  ): Promise<{ readonly ripe: readonly CollectedRow[]; readonly tombstones: number }> {
    const { clock, store, cluster, buckets } = this.#parts;
    const { epoch } = cluster.ring.record;
    const name = nameOf({ partition, n });
    let untilMs = Number.POSITIVE_INFINITY;
    const met = new Map<string, CollectedRow>();
    let others = 0;
    let from: Uint8Array | undefined;
    do {
      const question = { type: "candidates", epoch, partition, from, limit: LOOK_ROWS } as const;
      const found = await store.collection({ ...question, living });
      if (found.type !== "candidates") return { ripe: [], tombstones: 0 };
      for (const candidate of found.rows) {
        const isOfN = buckets.get(parseRowKey(candidate.row).bucket)?.n === n;
        if (isOfN) met.set(toHex(candidate.row), candidate);
        else others++;
      }
      untilMs = Math.min(untilMs, found.expiryMs ?? untilMs);
      from = found.next;
    } while (from !== undefined);
    // What is of no bucket that is known here yet may be of this N, and no leaf changes when the bucket becomes known.
    const isIdle = root !== undefined && met.size + others === 0;
    if (isIdle) this.#idle.set(name, { root, living: mintersOf(living), untilMs });
    else this.#idle.delete(name);
    const clocks = new Map([...met].map(([row, { causality }]) => [row, toHex(causality)]));
    const ripe = this.#ripening.ripe(name, clocks, clock.monotonicMs());
    return {
      ripe: [...ripe].slice(0, ROUND_ROWS).map((row) => met.get(row)!),
      tombstones: [...met.values()].filter(({ folded }) => folded === undefined).length,
    };
  }

  /** Milliseconds of grace that a row of this clock has left; undefined: no look has met it. */
  leftMs(partition: number, n: number, row: Uint8Array, causality: Uint8Array): number | undefined {
    const nowMs = this.#parts.clock.monotonicMs();
    return this.#ripening.leftMs(nameOf({ partition, n }), toHex(row), toHex(causality), nowMs);
  }
}

function nameOf({ partition, n }: TreeName): string {
  return `${partition}/${n}`;
}

function mintersOf(living: readonly string[] | undefined): string {
  return living?.toSorted().join() ?? "";
}
