import { CoterieError, type Receipt, type Seen, type Store } from "@coterie/client/core";
import { encodeUtf8, type Random, randomBytes, toHex } from "@coterie/core";
import type {
  CallOutcome,
  CallReceipt,
  EventLog,
  History,
  ReadRecord,
  WriteRecord,
} from "@coterie/simulator";
import type { LagWatch } from "./lag-watch.ts";

export interface ChaosClientOptions {
  readonly name: string;
  readonly store: Store;
  readonly history: History;
  readonly log: EventLog;
  readonly random: Random;
  readonly lag: LagWatch;
  readonly monotonicMs: () => number;
}

/** What it remembers of a key: the context it was given last, and which writes that covers. */
interface Remembered {
  readonly seen: Seen;
  readonly operations: ReadonlySet<string>;
}

export const CHAOS_BUCKET = "chaos";
/** R and W of a bucket that nobody defined: N is 3. */
const QUORUM = 2;
const TIMEOUT_MS = 4_000;
/** How late an answer may be before the deadline counts as broken; what this process lagged comes on top. */
const LATE_MS = 500;

/** A client as applications write them, through the SDK. It records what it asked and was told, and judges nothing. */
export class ChaosClient {
  readonly #options: ChaosClientOptions;
  readonly #remembered = new Map<string, Remembered>();

  constructor(options: ChaosClientOptions) {
    this.#options = options;
  }

  /** Forgets all contexts, as a process does that died and came back. */
  vanish(): void {
    this.#remembered.clear();
  }

  async get(
    key: string,
    { strict, monotonic = false, r }: { strict: boolean; monotonic?: boolean; r?: number },
  ): Promise<ReadRecord> {
    const { store, history, monotonicMs, name } = this.#options;
    const record: ReadRecord = {
      kind: "get",
      client: name,
      key,
      strict,
      monotonic,
      startMs: monotonicMs(),
      endMs: Number.POSITIVE_INFINITY,
      outcome: "pending",
      returned: [],
      required: r ?? QUORUM,
      receipts: [],
    };
    history.addRead(record);
    const read = await this.#call(record, () =>
      store
        .rawBucket(CHAOS_BUCKET)
        .get(key, { mode: modeOf(strict), monotonic, r, timeoutMs: TIMEOUT_MS }),
    );
    if (typeof read !== "string") {
      record.returned = read.siblings.map(({ bytes }) => Buffer.from(bytes).toString("latin1"));
      record.receipts.push(receiptOf(read.receipt));
      this.#remembered.set(key, { seen: read, operations: new Set(record.returned) });
    }
    this.#note(record, typeof read === "string" ? read : `[${record.returned.join(" ")}]`);
    return record;
  }

  /** `blind` ignores what was seen of the key. A delete is based on what was seen, else it is a put. */
  async write(
    kind: "put" | "delete",
    key: string,
    { strict, blind = false }: { strict: boolean; blind?: boolean },
  ): Promise<WriteRecord> {
    const { store, history, monotonicMs, name, random } = this.#options;
    const known = blind ? undefined : this.#remembered.get(key);
    const operationId = toHex(randomBytes(random, 16));
    const record: WriteRecord = {
      kind: known === undefined ? "put" : kind,
      operationId,
      client: name,
      key,
      strict,
      startMs: monotonicMs(),
      endMs: Number.POSITIVE_INFINITY,
      outcome: "pending",
      covers: known?.operations ?? new Set(),
      required: QUORUM,
      receipts: [],
    };
    history.addWrite(record);
    const bucket = store.rawBucket(CHAOS_BUCKET);
    const options = { mode: modeOf(strict), operationId, timeoutMs: TIMEOUT_MS } as const;
    const value = { bytes: encodeUtf8(operationId), encoding: "utf8" } as const;
    const written = await this.#call(record, () =>
      record.kind === "delete" && known !== undefined
        ? bucket.delete(key, known.seen, options)
        : bucket.put(key, value, known?.seen ?? "unseen", options),
    );
    if (typeof written !== "string") {
      record.receipts.push(receiptOf(written.receipt));
      const operations = new Set([...record.covers, operationId]);
      this.#remembered.set(key, { seen: { context: written.context }, operations });
    }
    this.#note(record, `${operationId}${typeof written === "string" ? ` (${written})` : ""}`);
    return record;
  }

  /** A sentence: why it did not succeed; the record says how. */
  async #call<T>(record: ReadRecord | WriteRecord, call: () => Promise<T>): Promise<T | string> {
    const { monotonicMs, history, lag, name } = this.#options;
    const lagBeforeMs = lag.totalMs;
    try {
      const answer = await call();
      record.outcome = "ok";
      return answer;
    } catch (error) {
      if (!(error instanceof CoterieError)) throw error;
      record.outcome = outcomeOf(error);
      return error.message;
    } finally {
      record.endMs = monotonicMs();
      const byMs = record.endMs - record.startMs - TIMEOUT_MS;
      if (byMs > LATE_MS + lag.totalMs - lagBeforeMs) {
        history.late.push({ client: name, address: "the cluster", byMs });
      }
    }
  }

  #note({ kind, strict, key, outcome }: ReadRecord | WriteRecord, what: string): void {
    const { log, name } = this.#options;
    log.add(name, `${strict ? "strict " : ""}${kind}: ${outcome} ${what}`, key);
  }
}

function modeOf(strict: boolean): "strict" | "sloppy" {
  return strict ? "strict" : "sloppy";
}

function outcomeOf({ code }: CoterieError): CallOutcome {
  if (code === "UNAVAILABLE" || code === "OVERLOADED") return "failed";
  return code === "INVALID" ? "invalid" : "inDoubt";
}

function receiptOf({ acknowledged, primaries, intersects }: Receipt): CallReceipt {
  return { acknowledged, primaries, intersects, holders: undefined };
}
