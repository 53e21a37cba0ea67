/** How a call ended for its client; no answer within the deadline is a doubt. */
export type CallOutcome = "ok" | "failed" | "inDoubt" | "invalid";

/** What an answer said of itself. */
export interface CallReceipt {
  readonly acknowledged: readonly string[];
  readonly primaries: number;
  readonly intersects: boolean;
  /** Nodes that had the write durable at that moment, as seen from outside; undefined: nobody could look. */
  readonly holders: number | undefined;
}

/** A put or delete, one record for all attempts under its operation id. The id is also the value put. */
export interface WriteRecord {
  readonly kind: "put" | "delete";
  readonly operationId: string;
  readonly client: string;
  readonly key: string;
  readonly strict: boolean;
  readonly startMs: number;
  /** The first ok, or the end of the last attempt. */
  endMs: number;
  outcome: CallOutcome | "pending";
  /** Operations that the writer had seen, and with this write replaces. */
  readonly covers: ReadonlySet<string>;
  /** The w that was asked for. */
  readonly required: number;
  /** One for every ok. */
  readonly receipts: CallReceipt[];
}

/** A get. */
export interface ReadRecord {
  readonly kind: "get";
  readonly client: string;
  readonly key: string;
  readonly strict: boolean;
  readonly monotonic: boolean;
  readonly startMs: number;
  endMs: number;
  outcome: CallOutcome | "pending";
  /** Operation ids of the values that were returned. */
  returned: readonly string[];
  /** The r that was asked for. */
  readonly required: number;
  readonly receipts: CallReceipt[];
}

/** A call that ended after its deadline. */
export interface LateCall {
  readonly client: string;
  readonly address: string;
  readonly byMs: number;
}

/** What clients asked for and were told; what the checkers judge. Times are the world's. */
export class History {
  readonly #writes = new Map<string, WriteRecord>();
  readonly #writesByKey = new Map<string, WriteRecord[]>();
  readonly #reads: ReadRecord[] = [];
  readonly #readsByKey = new Map<string, ReadRecord[]>();
  readonly late: LateCall[] = [];

  addWrite(record: WriteRecord): void {
    this.#writes.set(record.operationId, record);
    const others = this.#writesByKey.get(record.key);
    if (others === undefined) this.#writesByKey.set(record.key, [record]);
    else others.push(record);
  }

  addRead(record: ReadRecord): void {
    this.#reads.push(record);
    const others = this.#readsByKey.get(record.key);
    if (others === undefined) this.#readsByKey.set(record.key, [record]);
    else others.push(record);
  }

  write(operationId: string): WriteRecord | undefined {
    return this.#writes.get(operationId);
  }

  get writes(): Iterable<WriteRecord> {
    return this.#writes.values();
  }

  get reads(): readonly ReadRecord[] {
    return this.#reads;
  }

  /** In the order of their beginnings. */
  writesOf(key: string): readonly WriteRecord[] {
    return this.#writesByKey.get(key) ?? [];
  }

  /** In the order of their beginnings. */
  readsOf(key: string): readonly ReadRecord[] {
    return this.#readsByKey.get(key) ?? [];
  }

  /** All that were written. */
  get keys(): string[] {
    return [...this.#writesByKey.keys()].sort();
  }

  /** Calls that were answered, by kind and outcome. */
  tally(): Record<string, number> {
    const tally: Record<string, number> = {};
    for (const { kind, outcome } of [...this.#writes.values(), ...this.#reads]) {
      const name = `${kind} ${outcome}`;
      tally[name] = (tally[name] ?? 0) + 1;
    }
    return tally;
  }
}
