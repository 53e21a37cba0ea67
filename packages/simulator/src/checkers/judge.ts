import type { HintWatch } from "../hint-watch.ts";
import type { History } from "../history.ts";
import type { ShardWatch } from "../shard-watch.ts";
import { checkAnswers } from "./answers.ts";
import { checkConvergence } from "./convergence.ts";
import { checkFailedWrites } from "./failed-writes.ts";
import type { FinalState } from "./final-state.ts";
import { checkLostWrites } from "./lost-writes.ts";
import { checkReceipts } from "./receipts.ts";
import { checkResurrections } from "./resurrections.ts";
import { checkSiblings } from "./siblings.ts";
import { checkStaleReads } from "./stale-reads.ts";
import type { Violation } from "./violation.ts";

/** One that strays is passed on by every copy. */
const STRAYS_MAX = 3;

/** What a run leaves to be judged. */
export interface Evidence {
  readonly history: History;
  readonly final: FinalState;
  readonly watch: Pick<
    ShardWatch,
    "timesMinted" | "crowdedKeys" | "reusedDots" | "needlessMints" | "strays"
  > & {
    readonly hints: Pick<HintWatch, "droppedEarly" | "unbounded">;
  };
  /** Hints that still wait after everything has healed. */
  readonly waitingHints: number;
  /** Sentences on what nodes still differ about. */
  readonly disagreements: readonly string[];
  /** Sentences on where Merkle leaves are not what rows add up to; undefined: nobody could look. */
  readonly leafFaults?: readonly string[];
  /** Sentences on what is held for callers that have gone; undefined: nobody could look. */
  readonly underWay?: readonly string[];
  /** Sentences on what would have ended a real process. */
  readonly unhandled: readonly string[];
}

/** Asks every checker. */
export function judge(evidence: Evidence): Violation[] {
  const { history, final, watch, waitingHints, disagreements, unhandled } = evidence;
  const { leafFaults = [], underWay = [] } = evidence;
  const violations = [
    ...checkLostWrites(history, final),
    ...checkResurrections(history, final, watch.timesMinted, watch.crowdedKeys),
    ...checkStaleReads(history, watch.timesMinted),
    ...checkSiblings(history, final, watch.timesMinted),
    ...checkFailedWrites(history, final),
    ...checkConvergence(final),
    ...checkReceipts(history),
    ...checkAnswers(history),
  ];
  for (const detail of watch.reusedDots) {
    violations.push({ checker: "dots", key: undefined, detail });
  }
  for (const detail of watch.needlessMints) {
    violations.push({ checker: "idempotency", key: undefined, detail });
  }
  for (const detail of watch.strays.slice(0, STRAYS_MAX)) {
    violations.push({ checker: "strays", key: undefined, detail });
  }
  for (const detail of watch.hints.droppedEarly) {
    violations.push({ checker: "hints", key: undefined, detail });
  }
  for (const detail of unhandled) {
    violations.push({ checker: "processes", key: undefined, detail });
  }
  for (const detail of disagreements) {
    violations.push({ checker: "members", key: undefined, detail });
  }
  for (const detail of [...watch.hints.unbounded, ...underWay]) {
    violations.push({ checker: "bounds", key: undefined, detail });
  }
  for (const detail of leafFaults) {
    violations.push({ checker: "leaves", key: undefined, detail });
  }
  if (waitingHints > 0) {
    const detail = `${waitingHints} hints still wait, though every node can be reached`;
    violations.push({ checker: "hints", key: undefined, detail });
  }
  return violations;
}
