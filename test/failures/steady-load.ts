import { randomUUID } from "node:crypto";
import type { Store } from "@coterie/client";

/** One call of the load, as its caller lived it. */
export interface Timed {
  /** `performance.now()` of the moment at which it was due. */
  readonly dueMs: number;
  readonly tookMs: number;
  readonly error: unknown;
}

/** Calls may pile up so far before the load leaves some out: then the client is what is slow. */
const UNDER_WAY_MAX = 2_000;

/**
 * Puts and gets in turn, at a constant rate whether they are answered or not: what users do. Latency counts
 * from the moment at which a call was due, so that a stall is not hidden by calls that were not made.
 */
export class SteadyLoad {
  readonly calls: Timed[] = [];
  /** Acknowledged writes: key to value. */
  readonly acknowledged = new Map<string, string>();
  readonly bucket: string;
  leftOut = 0;
  readonly #store: Store;
  readonly #name = randomUUID().slice(0, 8);
  readonly #everyMs: number;
  readonly #underWay = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #nextMs = performance.now();
  #count = 0;

  constructor(store: Store, bucket: string, callsPerSecond: number) {
    this.#store = store;
    this.bucket = bucket;
    this.#everyMs = 1_000 / callsPerSecond;
    this.#timer = setInterval(() => this.#catchUp(), Math.min(10, this.#everyMs));
  }

  /** Ends it; every call under way is over then. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Calls that were due in a span of `performance.now()`. */
  between(fromMs: number, toMs: number): Timed[] {
    return this.calls.filter(({ dueMs }) => dueMs >= fromMs && dueMs < toMs);
  }

  #catchUp(): void {
    for (; this.#nextMs <= performance.now(); this.#nextMs += this.#everyMs) {
      if (this.#underWay.size >= UNDER_WAY_MAX) {
        this.leftOut++;
        continue;
      }
      const call = this.#call(this.#count++, this.#nextMs).finally(() =>
        this.#underWay.delete(call),
      );
      this.#underWay.add(call);
    }
  }

  async #call(index: number, dueMs: number): Promise<void> {
    const bucket = this.#store.bucket<string>(this.bucket);
    const key = `${this.#name}-${index >> 1}`;
    let error: unknown;
    try {
      if (index % 2 === 0) {
        await bucket.put(key, `v${index}`, "unseen", { w: 2 });
        this.acknowledged.set(key, `v${index}`);
      } else {
        await bucket.get(`${this.#name}-${Math.max(0, (index >> 1) - 100)}`, { r: 2 });
      }
    } catch (caught) {
      error = caught;
    }
    this.calls.push({ dueMs, tookMs: performance.now() - dueMs, error });
  }
}

/** The quantile of latencies, milliseconds; 0 of none. */
export function quantileMs(calls: readonly Pick<Timed, "tookMs">[], quantile: number): number {
  const sorted = calls.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? 0;
}
