import { toHex } from "@coterie/core";
import type { Seen } from "./result.ts";

const KEYS_MAX = 10_000;

/** The newest contexts of an `lww` bucket's keys; the key used longest ago is forgotten first. */
export class LastSeen {
  readonly #contexts = new Map<string, Seen>();

  of(key: Uint8Array): Seen | undefined {
    return this.#contexts.get(toHex(key));
  }

  keep(key: Uint8Array, context: Uint8Array): void {
    if (context.length === 0) return;
    const name = toHex(key);
    this.#contexts.delete(name);
    this.#contexts.set(name, { context });
    if (this.#contexts.size > KEYS_MAX) {
      this.#contexts.delete(this.#contexts.keys().next().value!);
    }
  }
}
