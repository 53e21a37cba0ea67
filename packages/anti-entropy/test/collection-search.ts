import { Model } from "./collection-model.ts";
import { NONE, type Rule, START, type State } from "./collection-state.ts";

/** Not all at once: each has what may go wrong together, and few enough states to search them all. */
const STORIES: readonly Partial<State["left"]>[] = [
  { write: 1, sync: 1 },
  { restore: 1, sync: 1 },
  { restore: 1, write: 1 },
  { read: 1 },
];

/** Searches all interleavings of each story; `without`: a rule that is taken away. */
export function explore(without?: Rule): {
  states: number;
  collected: number;
  violation: string | undefined;
} {
  const found = { states: 0, collected: 0 };
  for (const story of STORIES) {
    const violation = search(new Model(without), { ...START, left: { ...NONE, ...story } }, found);
    if (violation !== undefined) return { ...found, violation };
  }
  return { ...found, violation: undefined };
}

function search(
  model: Model,
  start: State,
  found: { states: number; collected: number },
): string | undefined {
  const known = new Set<string>();
  const stack: State[] = [start];
  for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
    const name = JSON.stringify(state);
    if (known.has(name)) continue;
    known.add(name);
    found.states++;
    const violation = model.violation(state);
    if (violation !== undefined) return violation;
    if (model.outcome(state) === "collected") found.collected++;
    for (const next of model.next(state)) stack.push(canonical(next));
  }
  return undefined;
}

/** Orders that make no difference are one state. */
function canonical(state: State): State {
  const copies = [...new Map(state.copies.map((copy) => [JSON.stringify(copy), copy])).entries()];
  copies.sort(([a], [b]) => (a < b ? -1 : 1));
  const answers = state.answers && [...state.answers];
  answers?.sort((a, b) => a[2] - b[2] || (a[0] < b[0] ? -1 : 1));
  return { ...state, copies: copies.map(([, copy]) => copy), answers };
}
