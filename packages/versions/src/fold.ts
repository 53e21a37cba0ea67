import { type ActorId, type Dot, IntervalClock } from "@coterie/vector-clock";
import type { Causality } from "./causality.ts";

/** Fewer forgotten runs than this are not worth a write on every replica. */
const FORGOTTEN_MIN = 8;

/**
 * The clock that a collection round leaves of `causality`: of actors that mint no more only the dots that
 * are present, of living ones everything. Undefined: too little would be gained.
 *
 * It forgets, and claims nothing new: a dot that it leaves out is one that every primary has seen replaced,
 * and after the round nobody can bring it again. So no sibling that is yet to come is ever taken for
 * seen, which folding several actors into one would do. Two replicas of which one has folded and one has
 * not merge to the longer clock.
 */
export function foldClock(
  { context, dots }: Causality,
  isLiving: (actor: ActorId) => boolean,
): Causality | undefined {
  const runs = context.intervals();
  const kept = runs.filter(({ actor }) => isLiving(actor));
  const present = dots.filter(({ actor }) => !isLiving(actor));
  if (runs.length - kept.length - present.length < FORGOTTEN_MIN) return undefined;
  let folded = IntervalClock.EMPTY;
  for (const { actor, from, to } of kept) {
    folded = folded.add({ actor, counter: from }).extend(actor, from, to);
  }
  for (const dot of present) folded = folded.add(dot);
  return { context: folded, dots };
}

/** Whether `folded` is `causality` with some of what is gone forgotten, and nothing else. */
export function isFoldOf(folded: Causality, { context, dots }: Causality): boolean {
  return context.descends(folded.context) && sameDots(folded.dots, dots);
}

function sameDots(a: readonly Dot[], b: readonly Dot[]): boolean {
  if (a.length !== b.length) return false;
  return a.every(({ actor, counter }, i) => actor === b[i]!.actor && counter === b[i]!.counter);
}
