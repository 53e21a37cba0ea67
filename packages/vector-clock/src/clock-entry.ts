import type { ActorId } from "./actor.ts";
import type { Bounds } from "./bounds.ts";

/** The counters of one actor in a clock: `[from, to, from, to, …]`, inclusive, ascending, apart. */
export interface ClockEntry {
  readonly actor: ActorId;
  readonly bounds: Bounds;
}
