/** How a call ended for its client. `lost`: no answer within the deadline, which is a doubt for a write. */
export type CallOutcome = "ok" | "failed" | "inDoubt" | "invalid";

/** A put or delete, one record for all attempts under its operation id. The id is also the value put. */
export interface WriteRecord {
  readonly kind: "put" | "delete";
  readonly operationId: string;
  readonly client: string;
  readonly key: string;
  readonly strict: boolean;
  readonly startMs: number;
  endMs: number;
  outcome: CallOutcome | "pending";
  /** Operations that the writer had seen, and with this write replaces. */
  readonly covers: ReadonlySet<string>;
}

/** A get. */
export interface ReadRecord {
  readonly kind: "get";
  readonly client: string;
  readonly key: string;
  readonly strict: boolean;
  readonly startMs: number;
  endMs: number;
  outcome: CallOutcome | "pending";
  /** Operation ids of the values that were returned. */
  returned: readonly string[];
}

/** A call that ended after its deadline. */
export interface LateCall {
  readonly client: string;
  readonly key: string;
  readonly byMs: number;
}

/** What clients asked for and were told; what the checkers judge. Times are the world's. */
export class History {
  readonly #writes = new Map<string, WriteRecord>();
  readonly #reads: ReadRecord[] = [];
  readonly late: LateCall[] = [];

  addWrite(record: WriteRecord): void {
    this.#writes.set(record.operationId, record);
  }

  addRead(record: ReadRecord): void {
    this.#reads.push(record);
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

  writesOf(key: string): WriteRecord[] {
    return [...this.#writes.values()].filter((write) => write.key === key);
  }

  get keys(): string[] {
    return [...new Set([...this.#writes.values()].map((write) => write.key))].sort();
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
