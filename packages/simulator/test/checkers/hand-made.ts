import type { FinalState, ReplicaState } from "../../src/checkers/final-state.ts";
import { type CallReceipt, History, type ReadRecord, type WriteRecord } from "../../src/history.ts";

/** A put that was acknowledged, from `startMs` to `endMs`, unless said otherwise. */
export function written(
  operationId: string,
  [startMs, endMs]: readonly [number, number],
  { covers = [], ...others }: Partial<Omit<WriteRecord, "covers">> & { covers?: string[] } = {},
): WriteRecord {
  return {
    kind: "put",
    operationId,
    client: "c1",
    key: "cart",
    strict: true,
    startMs,
    endMs,
    outcome: "ok",
    covers: new Set(covers),
    required: 2,
    receipts: [],
    ...others,
  };
}

/** A strict read that was answered with `returned`. */
export function read(
  returned: readonly string[],
  [startMs, endMs]: readonly [number, number],
  others: Partial<ReadRecord> = {},
): ReadRecord {
  return {
    kind: "get",
    client: "c2",
    key: "cart",
    strict: true,
    monotonic: false,
    startMs,
    endMs,
    outcome: "ok",
    returned,
    required: 2,
    receipts: [],
    ...others,
  };
}

export function historyOf(...calls: readonly (WriteRecord | ReadRecord)[]): History {
  const history = new History();
  for (const call of calls) {
    if (call.kind === "get") history.addRead(call);
    else history.addWrite(call);
  }
  return history;
}

export function receipt(
  acknowledged: readonly string[],
  others: Partial<CallReceipt> = {},
): CallReceipt {
  const { length } = acknowledged;
  return { acknowledged, primaries: length, intersects: true, holders: length, ...others };
}

/** Three replicas of "cart"; each list says what one of them holds, all of it live. */
export function endedWith(...held: readonly (readonly string[])[]): FinalState {
  const replicas = held.map((operations, i): ReplicaState => {
    const causality = operations.join(" ");
    return { node: `n${i + 1}`, operations, live: operations, causality };
  });
  return new Map([["cart", replicas]]);
}

export const NOT_CROWDED: ReadonlySet<string> = new Set();
export const MINTED_ONCE: ReadonlyMap<string, number> = new Map();
