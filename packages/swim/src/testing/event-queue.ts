/** Something that happens at a time. */
export interface TimedEvent {
  readonly atMs: number;
}

/** A binary heap of events by time; ties in the order of their arrival, so a run is reproducible. */
export class EventQueue<E extends TimedEvent> {
  readonly #heap: { readonly event: E; readonly order: number }[] = [];
  #order = 0;

  get nextMs(): number {
    return this.#heap[0]?.event.atMs ?? Number.POSITIVE_INFINITY;
  }

  push(event: E): void {
    const heap = this.#heap;
    const entry = { event, order: this.#order++ };
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.event.atMs <= event.atMs) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  pop(): E | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return undefined;
    if (heap.length > 0) this.#sink(last);
    return first.event;
  }

  #sink(entry: { readonly event: E; readonly order: number }): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, entry)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = entry;
  }
}

function isBefore(
  a: { readonly event: TimedEvent; readonly order: number },
  b: { readonly event: TimedEvent; readonly order: number },
): boolean {
  return a.event.atMs !== b.event.atMs ? a.event.atMs < b.event.atMs : a.order < b.order;
}
