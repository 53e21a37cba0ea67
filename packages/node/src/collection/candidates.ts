import { Ripening } from "@coterie/anti-entropy";
import { type Clock, toHex } from "@coterie/core";
import { type CollectedRow, parseRowKey } from "@coterie/shard-engine";
import type { Buckets } from "../buckets.ts";
import type { Cluster } from "../cluster.ts";
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

/** Rows of a partition that a round could take, and how long their grace lasts. */
export class Candidates {
  readonly #parts: CandidatesParts;
  readonly #ripening: Ripening;

  constructor(parts: CandidatesParts, graceMs: number) {
    this.#parts = parts;
    this.#ripening = new Ripening(graceMs);
  }

  /** Of the buckets with this N. `living`: who may still mint; undefined: no clock is folded. */
  async of(
    partition: number,
    n: number,
    living: readonly string[] | undefined,
  ): Promise<{ readonly ripe: readonly CollectedRow[]; readonly tombstones: number }> {
    const { clock, store, cluster, buckets } = this.#parts;
    const { epoch } = cluster.ring.record;
    const met = new Map<string, CollectedRow>();
    let from: Uint8Array | undefined;
    do {
      const question = { type: "candidates", epoch, partition, from, limit: LOOK_ROWS } as const;
      const found = await store.collection({ ...question, living });
      if (found.type !== "candidates") return { ripe: [], tombstones: 0 };
      for (const candidate of found.rows) {
        const isOfN = buckets.get(parseRowKey(candidate.row).bucket)?.n === n;
        if (isOfN) met.set(toHex(candidate.row), candidate);
      }
      from = found.next;
    } while (from !== undefined);
    const clocks = new Map([...met].map(([row, { causality }]) => [row, toHex(causality)]));
    const ripe = this.#ripening.ripe(`${partition}/${n}`, clocks, clock.monotonicMs());
    return {
      ripe: [...ripe].slice(0, ROUND_ROWS).map((row) => met.get(row)!),
      tombstones: [...met.values()].filter(({ folded }) => folded === undefined).length,
    };
  }

  /** Milliseconds of grace that a row of this clock has left; undefined: no look has met it. */
  leftMs(partition: number, n: number, row: Uint8Array, causality: Uint8Array): number | undefined {
    const nowMs = this.#parts.clock.monotonicMs();
    return this.#ripening.leftMs(`${partition}/${n}`, toHex(row), toHex(causality), nowMs);
  }
}
