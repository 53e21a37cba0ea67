import { randomUUID } from "node:crypto";
import type { SiblingBucket, Store } from "@coterie/client";

/** One call, as its caller lived it. */
export interface LoadCall {
  readonly endedMs: number;
  readonly tookMs: number;
  readonly error: unknown;
}

const STRICT = { mode: "strict" } as const;

/**
 * Calls through the SDK at a constant rate, answered or not: strict writes with W=2 of new keys, and strict
 * reads with R=2, all the time, of keys whose write was acknowledged. None may fail or miss.
 */
export class StoreLoad {
  readonly calls: LoadCall[] = [];
  /** Acknowledged writes: key to value. */
  readonly acknowledged = new Map<string, string>();
  /** Reads that did not return the one value that was acknowledged. */
  readonly misses: string[] = [];
  readonly #bucket: SiblingBucket<string>;
  readonly #keys: string[] = [];
  readonly #name = randomUUID().slice(0, 8);
  readonly #underWay = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #count = 0;

  constructor(store: Store, bucket: string, callsPerSecond: number) {
    this.#bucket = store.bucket<string>(bucket);
    this.#timer = setInterval(() => this.#begin(), 1_000 / callsPerSecond);
  }

  get failures(): readonly unknown[] {
    return this.calls.flatMap(({ error }) => (error === undefined ? [] : [error]));
  }

  /** Ends it, and reads every key once more; every call is over then. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    const queue = [...this.#keys];
    const reader = async (): Promise<void> => {
      for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
        const read = key;
        await this.#timed(() => this.#readBack(read));
      }
    };
    await Promise.all(Array.from({ length: 16 }, reader));
  }

  #begin(): void {
    const index = this.#count++;
    const writes = index % 2 === 0 || this.#keys.length === 0;
    const key = this.#keys[Math.floor(Math.random() * this.#keys.length)]!;
    const call = this.#timed(() => (writes ? this.#write(index) : this.#readBack(key)));
    this.#underWay.add(call);
    void call.finally(() => this.#underWay.delete(call));
  }

  async #timed(call: () => Promise<void>): Promise<void> {
    const begunMs = performance.now();
    let error: unknown;
    try {
      await call();
    } catch (caught) {
      error = caught;
    }
    const endedMs = performance.now();
    this.calls.push({ endedMs, tookMs: endedMs - begunMs, error });
  }

  async #write(index: number): Promise<void> {
    const key = `${this.#name}-${index}`;
    await this.#bucket.put(key, `value ${index}`, "unseen", { w: 2, ...STRICT });
    this.acknowledged.set(key, `value ${index}`);
    this.#keys.push(key);
  }

  async #readBack(key: string): Promise<void> {
    const read = await this.#bucket.get(key, { r: 2, ...STRICT });
    const value = this.acknowledged.get(key)!;
    if (read.kind === "value" && read.value === value) return;
    this.misses.push(`${key}: ${JSON.stringify(read)} instead of ${value}`);
  }
}
