export { type ActorId, drawActor, isActorId, readActor, writeActor } from "./actor.ts";
export type { ClockEntry } from "./clock-entry.ts";
export { compareDots, type Dot } from "./dot.ts";
export { type DotInterval, IntervalClock } from "./interval-clock.ts";
export {
  EMPTY_SET,
  mergeSiblings,
  type PutBasis,
  putSibling,
  replaceSeen,
  type SiblingSet,
} from "./sibling-set.ts";
export { type CausalOrder, type VectorEntry, VersionVector } from "./version-vector.ts";
