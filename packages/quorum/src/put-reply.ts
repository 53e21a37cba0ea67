import type { Timer } from "@coterie/core";
import type { FailureReason, PutOutcome } from "./outcomes.ts";
import type { Ports } from "./ports.ts";
import type { WriteQuorum } from "./write-quorum.ts";

/** The one answer of a put. The first stands; what comes later is about copies and hints only. */
export class PutReply {
  readonly #operationId: string;
  readonly #resolve: (outcome: PutOutcome) => void;
  #deadline: Timer | undefined;
  #given: PutOutcome["type"] | undefined;

  constructor(operationId: string, resolve: (outcome: PutOutcome) => void) {
    this.#operationId = operationId;
    this.#resolve = resolve;
  }

  /** Undefined: the caller still waits. */
  get given(): PutOutcome["type"] | undefined {
    return this.#given;
  }

  /** Calls back at `deadlineMs` (monotonic) if there is no answer by then. False: that is past already. */
  expect({ clock, timers }: Ports, deadlineMs: number, onDeadline: () => void): boolean {
    const leftMs = deadlineMs - clock.monotonicMs();
    if (leftMs > 0) this.#deadline = timers.after(leftMs, onDeadline);
    return leftMs > 0;
  }

  give(outcome: PutOutcome): void {
    if (this.#given !== undefined) return;
    this.#given = outcome.type;
    this.#deadline?.cancel();
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
