import type { FailureReason, PutOutcome } from "./outcomes.ts";
import type { Impatient, Patience } from "./patience.ts";
import type { WriteQuorum } from "./write-quorum.ts";

/** The one answer of a put. The first stands; what comes later is about copies and hints only. */
export class PutReply implements Impatient {
  readonly deadlineMs: number;
  dueMs = 0;
  mayHedge = false;
  place = 0;
  readonly #operationId: string;
  readonly #patience: Patience;
  readonly #resolve: (outcome: PutOutcome) => void;
  #onDeadline: (() => void) | undefined;
  #given: PutOutcome["type"] | undefined;

  /** `deadlineMs`: monotonic milliseconds. */
  constructor(
    { operationId, deadlineMs }: { readonly operationId: string; readonly deadlineMs: number },
    patience: Patience,
    resolve: (outcome: PutOutcome) => void,
  ) {
    this.deadlineMs = deadlineMs;
    this.#operationId = operationId;
    this.#patience = patience;
    this.#resolve = resolve;
  }

  /** Undefined: the caller still waits. */
  get given(): PutOutcome["type"] | undefined {
    return this.#given;
  }

  /** Calls back at the deadline if there is no answer by then. */
  await(nowMs: number, onDeadline: () => void): void {
    this.#onDeadline = onDeadline;
    this.#patience.begin(this, nowMs);
  }

  expire(): void {
    this.#onDeadline?.();
  }

  /** A copy goes to everyone at once: nobody is left to be asked. */
  hedgeDelayMs(): number {
    return Number.POSITIVE_INFINITY;
  }

  hedge(): boolean {
    return false;
  }

  give(outcome: PutOutcome): void {
    if (this.#given !== undefined) return;
    this.#given = outcome.type;
    this.#patience.end(this);
    this.#resolve(outcome);
  }

  /** W will not be met: says whether nothing was written or some replica may have it. */
  giveUp(quorum: WriteQuorum, reason: FailureReason, causes: readonly string[]): void {
    const { required, received } = quorum.progress;
    const because = causes.join("; ");
    if (quorum.verdict === "failed") {
      const detail = `not written: it needs ${required} durable copies (${because})`;
      this.give({ type: "failed", reason, required, received, detail });
    } else {
      const detail = `in doubt: the write needs ${required} durable copies and ${received} confirmed (${because}). Some replica may have it; a retry with the same operation id is safe`;
      const operationId = this.#operationId;
      this.give({ type: "inDoubt", required, received, operationId, detail });
    }
  }
}
