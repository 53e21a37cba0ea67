import { ByteReader, type NodeId } from "@coterie/core";
import { IntervalClock } from "@coterie/vector-clock";
import { decodeVersions } from "@coterie/versions";
import type { GetOutcome, PutOutcome } from "../src/outcomes.ts";

/** A read that was answered. */
export interface ReadSeen {
  readonly key: string;
  readonly monotonic: boolean;
  readonly context: IntervalClock;
  readonly operations: ReadonlySet<string>;
  readonly acknowledged: readonly NodeId[];
}

interface Attempt {
  readonly key: string;
  readonly operationId: string;
  readonly outcomes: string[];
  /** It was acknowledged by so many primaries that reads at the bucket's R meet one of them. */
  isPromised: boolean;
}

interface Known {
  readonly what: string;
  readonly context: IntervalClock;
  readonly atMs: number;
}

/**
 * Checks what clients were told against what they read, in the order of (virtual) time. Every read at R + W > N
 * must have seen all that was acknowledged before it began, and a monotonic one all that an earlier
 * monotonic one returned; what it has seen and does not show, some client must have replaced.
 */
export class History {
  readonly faults: string[] = [];
  readonly #attempts = new Map<string, Attempt>();
  /** By key: what every later read must have seen, and every later monotonic read. */
  readonly #acknowledged = new Map<string, Known[]>();
  readonly #shown = new Map<string, Known[]>();
  /** Operations that a put which may have happened was based on. */
  readonly #replaced = new Set<string>();

  put(key: string, operationId: string, seen: ReadonlySet<string>): void {
    if (!this.#attempts.has(operationId)) {
      this.#attempts.set(operationId, { key, operationId, outcomes: [], isPromised: false });
    }
    this.#attempts.get(operationId)!.outcomes.push("unanswered");
    for (const operation of seen) this.#replaced.add(operation);
  }

  putEnded(
    operationId: string,
    outcome: PutOutcome,
    { isStrict, atMs }: { isStrict: boolean; atMs: number },
  ): void {
    const attempt = this.#attempts.get(operationId)!;
    attempt.outcomes[attempt.outcomes.length - 1] = outcome.type;
    if (outcome.type !== "ok") return;
    if (!outcome.receipt.intersects) {
      if (isStrict) this.faults.push(`strict ${operationId} is ok on too few primaries`);
      return;
    }
    attempt.isPromised = true;
    const context = IntervalClock.decode(new ByteReader(outcome.context));
    add(this.#acknowledged, attempt.key, { what: `put ${operationId}`, context, atMs });
  }

  /** A read that began at `fromMs` and ended at `atMs` with `outcome`. */
  get(
    key: string,
    monotonic: boolean,
    outcome: GetOutcome,
    fromMs: number,
    atMs: number,
  ): ReadSeen {
    if (outcome.type !== "ok") throw new Error("only answered reads are part of the history");
    const { context, siblings } = decodeVersions(outcome.versions);
    const operations = new Set(siblings.map(({ operationId }) => operationId));
    const musts = [
      ...(this.#acknowledged.get(key) ?? []),
      ...(monotonic ? (this.#shown.get(key) ?? []) : []),
    ];
    for (const must of musts) {
      if (must.atMs >= fromMs || context.descends(must.context)) continue;
      this.faults.push(`a read of ${key} at ${fromMs} missed ${must.what} of ${must.atMs}`);
    }
    if (monotonic) add(this.#shown, key, { what: "a monotonic read", context, atMs });
    for (const attempt of this.#attempts.values()) {
      const isShown = operations.has(attempt.operationId);
      if (isShown && isFailed(attempt)) this.faults.push(`failed ${attempt.operationId} appeared`);
    }
    const { acknowledged } = outcome.receipt;
    return { key, monotonic, context, operations, acknowledged };
  }

  /** After all has healed: `read` shows each acknowledged write that nobody replaced. */
  end(key: string, read: ReadSeen): void {
    for (const { key: of, operationId, isPromised } of this.#attempts.values()) {
      const isDue = of === key && isPromised && !this.#replaced.has(operationId);
      if (isDue && !read.operations.has(operationId)) {
        this.faults.push(`acknowledged ${operationId} is lost`);
      }
    }
  }

  /** How many puts came to what. */
  get tally(): Record<string, number> {
    const tally: Record<string, number> = {};
    for (const { outcomes } of this.#attempts.values()) {
      for (const outcome of outcomes) tally[outcome] = (tally[outcome] ?? 0) + 1;
    }
    return tally;
  }
}

function add(known: Map<string, Known[]>, key: string, entry: Known): void {
  const list = known.get(key);
  if (list === undefined) known.set(key, [entry]);
  else list.push(entry);
}

function isFailed({ outcomes }: Attempt): boolean {
  return outcomes.every((outcome) => outcome === "failed");
}
