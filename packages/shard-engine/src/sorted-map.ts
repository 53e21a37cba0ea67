import { compareBytes } from "@coterie/core";
import type { Entry } from "./ordered-store.ts";

/** Byte keys to byte values, in order: two parallel arrays and binary search. For tests and simulation. */
export class SortedMap {
  #keys: Uint8Array[] = [];
  #values: Uint8Array[] = [];

  get size(): number {
    return this.#keys.length;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const at = this.#firstNotBelow(key);
    return this.#holds(at, key) ? this.#values[at] : undefined;
  }

  set(key: Uint8Array, value: Uint8Array): void {
    const at = this.#firstNotBelow(key);
    if (this.#holds(at, key)) {
      this.#values[at] = value;
    } else {
      this.#keys.splice(at, 0, key);
      this.#values.splice(at, 0, value);
    }
  }

  delete(key: Uint8Array): void {
    const at = this.#firstNotBelow(key);
    if (!this.#holds(at, key)) return;
    this.#keys.splice(at, 1);
    this.#values.splice(at, 1);
  }

  range(from: Uint8Array, to: Uint8Array | undefined, limit: number): Entry[] {
    const entries: Entry[] = [];
    for (let at = this.#firstNotBelow(from); at < this.#keys.length; at++) {
      const key = this.#keys[at]!;
      if (entries.length >= limit || (to !== undefined && compareBytes(key, to) >= 0)) break;
      entries.push({ key, value: this.#values[at]! });
    }
    return entries;
  }

  /** A copy that shares the byte arrays, which nobody changes. */
  copy(): SortedMap {
    const copy = new SortedMap();
    copy.#keys = this.#keys.slice();
    copy.#values = this.#values.slice();
    return copy;
  }

  #holds(at: number, key: Uint8Array): boolean {
    return at < this.#keys.length && compareBytes(this.#keys[at]!, key) === 0;
  }

  #firstNotBelow(key: Uint8Array): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareBytes(this.#keys[middle]!, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
