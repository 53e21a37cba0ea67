import type { ActorId } from "./actor.ts";

/** The name of one write: the `counter`-th that `actor` minted, 1 … 2^53 - 1, over all its keys. */
export interface Dot {
  readonly actor: ActorId;
  readonly counter: number;
}

/** Negative, zero or positive: by actor, then by counter. A total order without causal meaning. */
export function compareDots(a: Dot, b: Dot): number {
  if (a.actor !== b.actor) return a.actor < b.actor ? -1 : 1;
  return a.counter - b.counter;
}
