import type { Basis, Read, Store, Written } from "@coterie/client";
import type { BenchPlan } from "../plan.ts";
import { type LoadTarget, nameOf } from "./load-target.ts";

/**
 * The bucket under load, by numbers of keys. Updates carry the context last seen of their key, be it by a read
 * or by a write, as clients that know what they change do.
 */
export class Target implements LoadTarget {
  readsBeforeWrites = 0;
  readonly #store: Store;
  readonly #seen = new Map<number, Uint8Array>();
  readonly #get: (key: string) => Promise<Read<Uint8Array>>;
  readonly #put: (key: string, value: Uint8Array, basis: Basis) => Promise<Written>;

  /** `store` is closed with it. */
  constructor(store: Store, plan: BenchPlan) {
    this.#store = store;
    const { n, r, w, bucket: name, timeoutMs } = plan;
    const definition = n === undefined ? {} : { n };
    const each = { mode: plan.strict ? "strict" : "sloppy", timeoutMs } as const;
    const reads = r === undefined ? each : { ...each, r };
    const writes = w === undefined ? each : { ...each, w };
    if (plan.mode === "lww") {
      const bucket = store.bucket(name, { encoding: "bytes", merge: "lww", definition });
      this.#get = (key) => bucket.get(key, reads);
      this.#put = (key, value, basis) => bucket.put(key, value, { ...writes, basis });
    } else {
      const bucket = store.bucket(name, { encoding: "bytes", definition });
      this.#get = (key) => bucket.get(key, reads);
      this.#put = (key, value, basis) => bucket.put(key, value, basis, writes);
    }
  }

  async read(key: number): Promise<number> {
    const read = await this.#get(nameOf(key));
    this.#seen.set(key, read.context);
    return read.kind === "siblings" ? read.siblings.length : read.kind === "value" ? 1 : 0;
  }

  async insert(key: number, value: Uint8Array): Promise<void> {
    this.#seen.set(key, (await this.#put(nameOf(key), value, "unseen")).context);
  }

  async update(key: number, value: Uint8Array): Promise<void> {
    if (!this.#seen.has(key)) {
      this.readsBeforeWrites++;
      await this.read(key);
    }
    const basis = { context: this.#seen.get(key)! };
    this.#seen.set(key, (await this.#put(nameOf(key), value, basis)).context);
  }

  close(): void {
    this.#store.close();
  }
}
