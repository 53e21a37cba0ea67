import { emptySlots } from "./empty-slots.ts";

const SLOTS_MIN = 64;
const ID_MAX = 0xffff_ffff;

/** What is told by its id from others in flight. */
interface Numbered {
  id: number;
}

/**
 * Calls in flight, each under an id that no other has. Ids ascend and the remainder of an id is its place, so that a call which
 * takes long has its place passed over. (A `Map` from which as much is deleted as is put in is copied again and again.)
 */
export class InFlight<T extends Numbered> {
  /** As many as a power of two, of which at most half are taken. */
  #slots: (T | undefined)[] = emptySlots(SLOTS_MIN);
  #size = 0;
  #lastId = 0;

  get size(): number {
    return this.#size;
  }

  /** Gives it its id, 1 to 2^32 - 1. */
  add(item: T): void {
    if (2 * ++this.#size > this.#slots.length) this.#grow();
    const mask = this.#slots.length - 1;
    do this.#lastId = this.#lastId === ID_MAX ? 1 : this.#lastId + 1;
    while (this.#slots[this.#lastId & mask] !== undefined);
    item.id = this.#lastId;
    this.#slots[item.id & mask] = item;
  }

  get(id: number): T | undefined {
    const item = this.#slots[id & (this.#slots.length - 1)];
    return item?.id === id ? item : undefined;
  }

  /** Of one that is there. */
  delete({ id }: T): void {
    this.#slots[id & (this.#slots.length - 1)] = undefined;
    this.#size--;
  }

  /** In no order. Those that have been told may be deleted meanwhile. */
  forEach(tell: (item: T) => void): void {
    for (const item of this.#slots) if (item !== undefined) tell(item);
  }

  /** All of them, which are gone then. */
  takeAll(): readonly T[] {
    const items = this.#slots.filter((item) => item !== undefined);
    this.#slots = emptySlots(SLOTS_MIN);
    this.#size = 0;
    return items;
  }

  #grow(): void {
    const slots: (T | undefined)[] = emptySlots(2 * this.#slots.length);
    this.forEach((item) => {
      slots[item.id & (slots.length - 1)] = item;
    });
    this.#slots = slots;
  }
}
