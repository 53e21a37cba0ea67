import type { Bucket } from "./bucket.ts";
import { EpochAgreement } from "./epoch-agreement.ts";
import type { HedgeBudget } from "./hedge.ts";
import { type Consistency, requiredCount } from "./level.ts";
import type { FailureReason, GetOutcome } from "./outcomes.ts";
import type { Impatient, Patience } from "./patience.ts";
import type { Ports } from "./ports.ts";
import type { ReadRepair } from "./read-repair.ts";
import { type Reader, ReadRound } from "./read-round.ts";
import { type Receipt, receiptOf } from "./receipt.ts";
import { WriteBack } from "./write-back.ts";

/** A read of one row. */
export interface GetRequest {
  readonly row: Uint8Array;
  readonly bucket: Bucket;
  /** Which r. */
  readonly consistency: Consistency;
  /**
   * Before answering, store what is returned on so many primaries that no later monotonic read with this
   * r or a higher one goes back behind it. Counts primaries only.
   */
  readonly monotonic: boolean;
  /** Monotonic milliseconds: the caller has its answer by then. */
  readonly deadlineMs: number;
}

/** What the reads of one coordinator share. */
export interface ReadTools {
  readonly hedges: HedgeBudget;
  readonly repairs: ReadRepair;
  readonly patience: Patience;
}

/**
 * Carries out one read (Dynamo §4.5, design §4): asks the R best replicas, one for the version set and the
 * others for its clock; a failure is replaced by the next replica at once, and silence beyond the recent
 * p95 by a hedge to another one. `settle` is called once, as soon as R count, or can never count, or at
 * the deadline; replies that come later still reach read repair.
 */
export function get(
  ports: Ports,
  tools: ReadTools,
  request: GetRequest,
  settle: (outcome: GetOutcome) => void,
): void {
  const required = requiredCount("r", request.consistency, request.bucket);
  if (required.type === "invalid") settle(required);
  else new GetFlow(ports, tools, request, required.count, settle).begin();
}

/** Lets a round ask, waits, writes back if asked to, answers once, and repairs. Every event ends in `#evaluate`. */
class GetFlow implements Impatient, Reader {
  readonly #ports: Ports;
  readonly #tools: ReadTools;
  readonly #request: GetRequest;
  readonly #required: number;
  readonly #settle: (outcome: GetOutcome) => void;
  dueMs = 0;
  mayHedge = false;
  place = 0;
  #agreement: EpochAgreement | undefined;
  #round: ReadRound;
  #writeBack: WriteBack | undefined;
  #isAnswered = false;

  constructor(
    ports: Ports,
    tools: ReadTools,
    request: GetRequest,
    required: number,
    settle: (outcome: GetOutcome) => void,
  ) {
    this.#ports = ports;
    this.#tools = tools;
    this.#request = request;
    this.#required = required;
    this.#settle = settle;
    this.#round = this.#newRound();
  }

  begin(): void {
    const nowMs = this.#ports.clock.monotonicMs();
    if (this.deadlineMs <= nowMs) {
      this.#fail("deadline", ["the deadline had passed on arrival"]);
      return;
    }
    this.#tools.hedges.deposit();
    this.#round.begin();
    if (!this.#isAnswered) this.#tools.patience.begin(this, nowMs);
  }

  get deadlineMs(): number {
    return this.#request.deadlineMs;
  }

  get isAwaited(): boolean {
    return !this.#isAnswered;
  }

  #newRound(collected = 0): ReadRound {
    const { row, bucket, consistency, monotonic, deadlineMs } = this.#request;
    return new ReadRound({
      replicas: this.#ports.replicas,
      row,
      bucket,
      placement: this.#ports.replicas.placement(row, bucket),
      required: this.#required,
      strict: consistency.strict || monotonic,
      deadlineMs,
      collected,
      reader: this,
    });
  }

  changed(round: ReadRound): void {
    if (this.#round === round) this.#evaluate();
  }

  outdated(round: ReadRound, collected: number): void {
    if (this.#round === round) this.#beginAnew(collected);
  }

  otherEpoch(round: ReadRound, node: string, epoch: number, then: (agreed: boolean) => void): void {
    if (this.#round === round) this.#agreeWith(node, epoch, then);
  }

  /** What is in hand was collected meanwhile; once it was given out, nobody is repaired by it. */
  #beginAnew(collected: number): void {
    this.#round = this.#newRound(collected);
    if (this.#isAnswered) return;
    this.#writeBack = undefined;
    this.#round.begin();
  }

  /** When the other node lagged, it alone is asked again; when this one did, all starts anew. */
  #agreeWith(node: string, epoch: number, then: (agreed: boolean) => void): void {
    const round = this.#round;
    this.#agreement ??= new EpochAgreement(this.#ports);
    this.#agreement.seek(node, epoch, this.#request.deadlineMs, (agreed) => {
      if (this.#round !== round || this.#isAnswered) return;
      const next = this.#newRound();
      if (!agreed || next.placement.epoch === round.placement.epoch) {
        then(agreed);
      } else {
        this.#round = next;
        this.#writeBack = undefined;
        next.begin();
      }
    });
  }

  #evaluate(): void {
    if (this.#isAnswered) {
      this.#repair();
    } else if (this.#writeBack === undefined) {
      const { outcome } = this.#round.quorum;
      if (outcome.type === "reached") this.#conclude();
      if (outcome.type === "unreachable") this.#fail("unreachable", ["too few can answer"]);
    }
  }

  #conclude(): void {
    const { quorum, merge, placement } = this.#round;
    const receipt = receiptOf({
      kind: "r",
      epoch: placement.epoch,
      coordinator: this.#ports.replicas.self,
      required: this.#required,
      acknowledged: quorum.acknowledged,
      groups: placement.readGroups,
      bucket: this.#request.bucket,
    });
    if (this.#request.monotonic && !merge.isEmpty) this.#startWriteBack(receipt);
    else this.#finish({ type: "ok", versions: merge.encoded, receipt });
  }

  #startWriteBack(receipt: Receipt): void {
    const { row, bucket, deadlineMs } = this.#request;
    const { merge, placement, era } = this.#round;
    const versions = merge.encoded;
    const writeBack = new WriteBack({
      replicas: this.#ports.replicas,
      placement,
      row,
      bucket,
      r: this.#required,
      versions,
      era,
      deadlineMs,
      holds: (node) => merge.holds(node),
      onOtherEpoch: (node, epoch, then) => this.#agreeWith(node, epoch, then),
      onCollected: () => {
        // Every owner is swept before one deletes, so that replies of the era before are too old by now.
        if (this.#writeBack === writeBack) this.#beginAnew((era?.swept ?? 0) + 1);
      },
      onOutcome: (outcome, troubles) => {
        if (this.#writeBack !== writeBack) return;
        if (outcome.type === "reached") this.#finish({ type: "ok", versions, receipt });
        else this.#fail("unreachable", ["too few primaries took the write-back", ...troubles]);
      },
    });
    this.#writeBack = writeBack;
    writeBack.begin();
    // Whoever lacks it has just been sent it: nothing is left for read repair.
    merge.takeStale();
  }

  /** The recent p95 of the slowest that is waited for. */
  hedgeDelayMs(): number {
    let delayMs = 0;
    for (const node of this.#round.quorum.awaited) {
      delayMs = Math.max(delayMs, this.#ports.replicas.expectedLatencyMs(node));
    }
    return delayMs;
  }

  hedge(): boolean {
    const { spare } = this.#round;
    if (spare === undefined || !this.#tools.hedges.withdraw()) return false;
    this.#round.hedge(spare);
    return true;
  }

  expire(): void {
    this.#fail("deadline", ["the deadline passed"]);
  }

  #fail(reason: FailureReason, causes: readonly string[]): void {
    const { required, received } = (this.#writeBack ?? this.#round.quorum).progress;
    const because = [...causes, ...this.#round.troubles].join("; ");
    const what = this.#writeBack === undefined ? "answers" : "primaries to hold what it returns";
    const detail = `the read needs ${required} ${what} and has ${received} (${because})`;
    this.#finish({ type: "failed", reason, required, received, detail });
  }

  #finish(outcome: GetOutcome): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    this.#tools.patience.end(this);
    this.#settle(outcome);
    this.#repair();
  }

  #repair(): void {
    const { row, bucket } = this.#request;
    const { merge, placement, era } = this.#round;
    for (const node of merge.takeStale()) {
      if (!placement.writeGroups.some((group) => group.includes(node))) continue;
      this.#tools.repairs.add({ node, row, bucket, versions: merge.encoded, era });
    }
  }
}
