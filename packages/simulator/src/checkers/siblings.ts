import type { History } from "../history.ts";
import type { FinalState } from "./final-state.ts";
import type { Violation } from "./violation.ts";

/**
 * Values stand side by side only when none of their writers had seen another of them: in every answer, whoever asked,
 * and at every replica in the end. So a key has at most as many values as writers at one time, and one write that has
 * seen them all leaves one. Left out are operations that were minted more than once (see `checkResurrections`).
 */
export function checkSiblings(
  history: History,
  final: FinalState,
  timesMinted: ReadonlyMap<string, number>,
): Violation[] {
  const violations: Violation[] = [];
  const judge = (key: string, values: readonly string[], where: string): void => {
    for (const detail of faultsOf(history, values, timesMinted)) {
      violations.push({ checker: "siblings", key, detail: `${where} ${detail}` });
    }
  };
  for (const { key, client, endMs, returned } of history.reads) {
    judge(key, returned, `at ${endMs.toFixed(1)} ms ${client} read`);
  }
  for (const [key, replicas] of final) {
    for (const { node, live } of replicas) judge(key, live, `${node} ends with`);
  }
  return violations;
}

function* faultsOf(
  history: History,
  values: readonly string[],
  timesMinted: ReadonlyMap<string, number>,
): Generator<string> {
  if (values.length < 2) return;
  const once = values.filter((value) => (timesMinted.get(value) ?? 0) < 2);
  for (const [i, value] of once.entries()) {
    if (once.indexOf(value) < i) yield `${value} twice`;
    const newer = values.find((other) => history.write(other)?.covers.has(value));
    if (newer !== undefined) yield `${value} beside ${newer}, whose writer had seen it`;
  }
}
