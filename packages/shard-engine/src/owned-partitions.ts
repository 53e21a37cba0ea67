import type { NodeId } from "@coterie/core";
import type { RingView } from "./ring-view.ts";

const UNKNOWN = 0;
const OWNED = 1;
const FOREIGN = 2;

/** What a node owns under one ring: asked by every command, and names of nodes are slow to compare. */
export class OwnedPartitions {
  readonly #self: NodeId;
  readonly #view: RingView;
  /** By N, a byte for each partition. */
  readonly #byN = new Map<number, Uint8Array>();
  #lastN = 0;
  #last: Uint8Array = new Uint8Array(0);

  constructor(self: NodeId, view: RingView) {
    this.#self = self;
    this.#view = view;
  }

  /** As `RingView.owns`. */
  has(partition: number, n: number): boolean {
    if (this.#lastN !== n) this.#turnTo(n);
    const known = this.#last[partition]!;
    if (known !== UNKNOWN) return known === OWNED;
    const owns = this.#view.owns(this.#self, partition, n);
    this.#last[partition] = owns ? OWNED : FOREIGN;
    return owns;
  }

  #turnTo(n: number): void {
    let known = this.#byN.get(n);
    if (known === undefined) {
      known = new Uint8Array(this.#view.record.partitions);
      this.#byN.set(n, known);
    }
    this.#lastN = n;
    this.#last = known;
  }
}
