/** One call on one object, as its client saw it. */
export interface Operation<Input, Output> {
  readonly client: string;
  readonly input: Input;
  /** Undefined: the client never learnt it. The call may have had its effect at any time since, or not yet. */
  readonly output: Output | undefined;
  readonly startMs: number;
  /** `Infinity` when there was no answer. */
  readonly endMs: number;
}

/** What the object would do if calls came one at a time. */
export interface SequentialModel<State, Input, Output> {
  readonly initial: State;
  /** The state after the call; undefined: the object would not have answered so. An unknown output fits. */
  step(state: State, input: Input, output: Output | undefined): State | undefined;
  /** Equal exactly for equal states. */
  keyOf(state: State): string;
}

export type Linearizability<Input, Output> =
  | { readonly type: "linearizable" }
  | {
      readonly type: "violation";
      /** The longest order that could be found: what comes next fits nowhere. */
      readonly longest: readonly Operation<Input, Output>[];
      /** A call that had ended and could not be placed after it. */
      readonly stuck: Operation<Input, Output>;
    }
  /** The search was given up after so many steps. */
  | { readonly type: "unknown"; readonly steps: number };

interface Entry {
  readonly operation: number;
  readonly isCall: boolean;
  readonly atMs: number;
  previous: Entry | undefined;
  next: Entry | undefined;
  /** Of a call: its end. */
  end: Entry | undefined;
}

const STEPS_MAX = 5_000_000;

/**
 * Whether some order of the calls explains every answer and puts none before one that had ended when it
 * began (Herlihy and Wing 1990). The search of Wing and Gong (1993) with Lowe's cache of (calls placed,
 * state) pairs (2017), over a linked list of beginnings and ends as in Porcupine. Exponential at worst:
 * check each key for itself, which is sound because linearizability is local.
 */
export function checkLinearizable<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  stepsMax: number = STEPS_MAX,
): Linearizability<Input, Output> {
  const head = listOf(operations);
  const placed = new Placed(operations.length);
  const seen = new Set<string>();
  const stack: { readonly entry: Entry; readonly state: State }[] = [];
  let longest: number[] = [];
  let stuck = 0;
  let state = model.initial;
  let entry = head.next;
  for (let steps = 0; head.next !== undefined; steps++) {
    if (steps > stepsMax) return { type: "unknown", steps };
    if (entry!.isCall) {
      const { input, output } = operations[entry!.operation]!;
      const after = model.step(state, input, output);
      if (after !== undefined && placed.visit(entry!.operation, model.keyOf(after), seen)) {
        stack.push({ entry: entry!, state });
        state = after;
        lift(entry!);
        entry = head.next;
      } else {
        entry = entry!.next;
      }
      continue;
    }
    // An end whose call fits nowhere before it: what was placed last goes elsewhere.
    if (stack.length >= longest.length) {
      longest = stack.map((each) => each.entry.operation);
      stuck = entry!.operation;
    }
    const last = stack.pop();
    if (last === undefined) {
      return {
        type: "violation",
        longest: longest.map((operation) => operations[operation]!),
        stuck: operations[stuck]!,
      };
    }
    state = last.state;
    placed.remove(last.entry.operation);
    unlift(last.entry);
    entry = last.entry.next;
  }
  return { type: "linearizable" };
}

/** The set of calls that have been placed. */
class Placed {
  readonly #words: Uint32Array;

  constructor(count: number) {
    this.#words = new Uint32Array((count + 31) >>> 5);
  }

  /** Adds the call, unless the same set with the same state was tried before. */
  visit(operation: number, state: string, seen: Set<string>): boolean {
    this.#flip(operation);
    const key = `${this.#words.join(",")} ${state}`;
    if (seen.has(key)) {
      this.#flip(operation);
      return false;
    }
    seen.add(key);
    return true;
  }

  remove(operation: number): void {
    this.#flip(operation);
  }

  #flip(operation: number): void {
    this.#words[operation >>> 5]! ^= 1 << (operation & 31);
  }
}

/** Beginnings and ends in the order of time; at one moment beginnings first, so that the two overlap. */
function listOf(operations: readonly Operation<unknown, unknown>[]): Entry {
  const entries: Entry[] = [];
  for (const [operation, { startMs, endMs }] of operations.entries()) {
    const links = { operation, previous: undefined, next: undefined };
    const end: Entry = { ...links, isCall: false, atMs: endMs, end: undefined };
    entries.push({ ...links, isCall: true, atMs: startMs, end }, end);
  }
  entries.sort((a, b) => {
    if (a.atMs !== b.atMs) return a.atMs < b.atMs ? -1 : 1;
    return Number(b.isCall) - Number(a.isCall);
  });
  const head: Entry = {
    operation: -1,
    isCall: false,
    atMs: Number.NEGATIVE_INFINITY,
    previous: undefined,
    next: undefined,
    end: undefined,
  };
  let last = head;
  for (const each of entries) {
    each.previous = last;
    last.next = each;
    last = each;
  }
  return head;
}

/** Takes a call and its end out of the list. */
function lift(call: Entry): void {
  for (const entry of [call, call.end!]) {
    entry.previous!.next = entry.next;
    if (entry.next !== undefined) entry.next.previous = entry.previous;
  }
}

/** Puts them back: in the opposite order, because each remembers its neighbours of then. */
function unlift(call: Entry): void {
  for (const entry of [call.end!, call]) {
    entry.previous!.next = entry;
    if (entry.next !== undefined) entry.next.previous = entry;
  }
}
