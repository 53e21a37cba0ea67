import { below, fraction, pick, type SeededRandom } from "@coterie/core";
import type { ChaosClient } from "./chaos-client.ts";

/** Keys in use at a time, so that clients meet. */
const KEYS = 24;
/** A set of keys gives way to the next after so long: no key's history grows without bound. */
const GENERATION_MS = 5_000;
const THINK_MS = 100;

/** Clients that read, write on what they read, write blindly and delete, until they are stopped. */
export class ChaosLoad {
  readonly #workers: Promise<void>[];
  readonly #beganMs = performance.now();
  readonly #keys = new Set<string>();
  #operations = 0;
  #stopped = false;

  constructor(clients: readonly ChaosClient[], random: SeededRandom) {
    this.#workers = clients.map((client) => this.#work(client, random.fork()));
  }

  /** Calls so far. */
  get operations(): number {
    return this.#operations;
  }

  /** Every key that was touched so far. */
  get keys(): readonly string[] {
    return [...this.#keys];
  }

  /** Resolves when no call is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
  }

  async #work(client: ChaosClient, random: SeededRandom): Promise<void> {
    while (!this.#stopped) {
      await new Promise((resolve) => setTimeout(resolve, below(random, THINK_MS)));
      const key = this.#key(random);
      const strict = fraction(random) < 0.6;
      const drawn = fraction(random);
      this.#operations++;
      if (drawn < 0.45) await client.get(key, { strict, monotonic: fraction(random) < 0.2 });
      else if (drawn < 0.9)
        await client.write("put", key, { strict, blind: fraction(random) < 0.2 });
      else await client.write("delete", key, { strict });
    }
  }

  /** Squared, so that some keys are hot. Now and then one of an earlier generation. */
  #key(random: SeededRandom): string {
    if (fraction(random) < 0.02 && this.#keys.size > 0) return pick(random, this.keys);
    const generation = Math.floor((performance.now() - this.#beganMs) / GENERATION_MS);
    const key = `g${generation}k${Math.floor(fraction(random) ** 2 * KEYS)}`;
    this.#keys.add(key);
    return key;
  }
}
