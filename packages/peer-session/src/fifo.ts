import { emptySlots } from "./empty-slots.ts";

const CAPACITY_MIN = 16;
/** Slots that an empty queue may keep. */
const KEPT_MAX = 1024;

/** A first-in-first-out queue in a ring of memory: nothing is moved by `shift`, and nothing made by `push` until it is full. */
export class Fifo<T> {
  /** As many as a power of two. */
  #items: (T | undefined)[] = emptySlots(CAPACITY_MIN);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: T): void {
    if (this.#length === this.#items.length) this.#move(2 * this.#items.length);
    this.#items[(this.#head + this.#length++) & (this.#items.length - 1)] = item;
  }

  peek(): T | undefined {
    return this.#length === 0 ? undefined : this.#items[this.#head];
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#length--;
    // A queue that was long once does not hold its memory for ever.
    if (this.#length * 4 < this.#items.length && this.#items.length > KEPT_MAX) {
      this.#move(this.#items.length / 2);
    }
    return item;
  }

  /** Keeps, in order, the items for which `keep` holds. */
  filter(keep: (item: T) => boolean): void {
    for (let left = this.#length; left > 0; left--) {
      const item = this.shift()!;
      if (keep(item)) this.push(item);
    }
  }

  #move(capacity: number): void {
    const items: (T | undefined)[] = emptySlots(capacity);
    for (let i = 0; i < this.#length; i++) {
      items[i] = this.#items[(this.#head + i) & (this.#items.length - 1)];
    }
    this.#items = items;
    this.#head = 0;
  }
}
