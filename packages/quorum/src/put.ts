import { EpochAgreement } from "./epoch-agreement.ts";
import { type Consistency, requiredCount } from "./level.ts";
import { type FailureReason, isRequestFault, type PutOutcome } from "./outcomes.ts";
import type { Patience } from "./patience.ts";
import type { Ports } from "./ports.ts";
import { whyHopeless } from "./prospects.ts";
import { PutReply } from "./put-reply.ts";
import { receiptOf } from "./receipt.ts";
import type { MintCommand, MintStaged, ReplicaWrite } from "./replicas.ts";
import type { StagedRows } from "./staged-rows.ts";
import { WriteRound, type Writer } from "./write-round.ts";

/** A put, or a delete when `tombstone`: what is to be minted, and how well it is to be kept. */
export interface PutRequest extends Omit<MintCommand, "epoch"> {
  /** Which w. */
  readonly consistency: Consistency;
  /** Monotonic milliseconds: the caller has its answer by then. */
  readonly deadlineMs: number;
}

/** What the writes of one coordinator share. */
export interface WriteTools {
  readonly patience: Patience;
  readonly stagedRows: StagedRows;
  /** How long copies go on after the caller was answered. */
  readonly replicationTimeoutMs: number;
}

/**
 * Carries out one write (Dynamo §4.5, design §4): this node's shard mints it, and as soon as that is
 * staged, not yet durable, the complete new version set goes to all other primaries at once. The
 * promise resolves when W distinct nodes have it durable, or when that has become impossible, or at
 * the deadline; the copies still on their way go on for `replicationTimeoutMs`.
 */
export function put(ports: Ports, tools: WriteTools, request: PutRequest): Promise<PutOutcome> {
  const required = requiredCount("w", request.consistency, request.bucket);
  if (required.type === "invalid") return Promise.resolve(required);
  return new Promise((resolve) => {
    const reply = new PutReply(request, tools.patience, resolve);
    new PutFlow(ports, tools, request, required.count, reply).begin();
  });
}

/** Mints, lets a round carry the copies, and answers once. Every event ends in `#evaluate`. */
class PutFlow implements Writer {
  readonly #ports: Ports;
  readonly #request: PutRequest;
  readonly #required: number;
  readonly #stagedRows: StagedRows;
  readonly #reply: PutReply;
  readonly #replicationDeadlineMs: number;
  #agreement: EpochAgreement | undefined;
  #round: WriteRound;
  #minted: Extract<MintStaged, { type: "minted" }> | undefined;

  constructor(
    ports: Ports,
    { stagedRows, replicationTimeoutMs }: WriteTools,
    request: PutRequest,
    required: number,
    reply: PutReply,
  ) {
    this.#ports = ports;
    this.#stagedRows = stagedRows;
    this.#request = request;
    this.#required = required;
    this.#reply = reply;
    this.#replicationDeadlineMs = Math.max(
      request.deadlineMs,
      ports.clock.monotonicMs() + replicationTimeoutMs,
    );
    this.#round = this.#newRound(false);
  }

  begin(): void {
    const nowMs = this.#ports.clock.monotonicMs();
    if (this.#request.deadlineMs <= nowMs) {
      this.#giveUp("deadline", "the deadline had passed on arrival");
      return;
    }
    this.#reply.await(nowMs, () => {
      this.#giveUp("deadline", "the deadline passed");
      this.#evaluate();
    });
    this.#mint();
  }

  #mint(): void {
    const { replicas } = this.#ports;
    const { self } = replicas;
    const { quorum, shape, placement } = this.#round;
    const hopeless = whyHopeless(shape, (node) => node !== self && replicas.isDown(node));
    if (!placement.writeGroups.some((group) => group.includes(self))) {
      const able = [...new Set(placement.writeGroups.flat())].join(", ");
      this.#giveUp("notOwner", `${self} keeps no copy of this key and cannot lead: ${able} can`);
    } else if (hopeless !== undefined) {
      this.#giveUp("unreachable", hopeless);
    } else {
      quorum.ask();
      const { staged, durable } = replicas.mint(commandOf(this.#request, placement.epoch));
      staged.then(
        (result) => this.#onStaged(result, durable),
        (error) => this.#onStaged({ type: "lost", reason: String(error) }, durable),
      );
    }
  }

  #onStaged(staged: MintStaged, durable: Promise<ReplicaWrite>): void {
    const { self } = this.#ports.replicas;
    if (staged.type === "minted") {
      this.#minted = staged;
      this.#round.replicate(staged, this.#onceCommitted(staged, durable));
      return;
    }
    this.#round.quorum.add({ node: self, role: "primary", type: staged.type });
    if (staged.type === "lost") {
      this.#giveUp("unreachable", `${self}: ${staged.reason}`);
    } else if (staged.refusal === "epoch") {
      this.#mintUnderAnotherRing(staged.epoch, staged.detail);
    } else if (isRequestFault(staged.refusal)) {
      this.#reply.give({ type: "invalid", detail: staged.detail });
    } else {
      this.#giveUp(staged.refusal, `${self}: ${staged.detail}`);
    }
  }

  /** A commit that failed proves nothing if the version was there before, or has been sent on in another's set. */
  #onceCommitted(
    { repeated }: { readonly repeated: boolean },
    durable: Promise<ReplicaWrite>,
  ): Promise<ReplicaWrite> {
    const mint = this.#stagedRows.enter(this.#request.row);
    const settled = (reply: ReplicaWrite): ReplicaWrite => {
      this.#stagedRows.leave(mint);
      if (reply.type !== "refused" || !(repeated || mint.isCarried)) return reply;
      return { type: "lost", reason: reply.detail };
    };
    return durable.then(settled, (error) => settled({ type: "lost", reason: String(error) }));
  }

  #mintUnderAnotherRing(epoch: number, detail: string): void {
    const { self } = this.#ports.replicas;
    this.#agreement ??= new EpochAgreement(this.#ports);
    this.#agreement.seek(self, epoch, this.#request.deadlineMs, (agreed) => {
      if (!this.isAwaited) return;
      if (agreed) {
        this.#round = this.#newRound(false);
        this.#mint();
      } else {
        this.#giveUp("epoch", detail);
      }
    });
  }

  /** When the other node lagged, it alone is asked again; when this one did, all are, in a new round. */
  #agreeWith(node: string, epoch: number, then: (agreed: boolean) => void): void {
    const round = this.#round;
    this.#agreement ??= new EpochAgreement(this.#ports);
    this.#agreement.seek(node, epoch, this.#replicationDeadlineMs, (agreed) => {
      if (this.#round !== round) return;
      const next = this.#newRound(round.quorum.mayHold);
      if (!agreed || next.placement.epoch === round.placement.epoch) {
        then(agreed);
      } else {
        this.#round = next;
        next.replicate(this.#minted!);
        this.#evaluate();
      }
    });
  }

  #newRound(mayHold: boolean): WriteRound {
    const { row, bucket, consistency } = this.#request;
    return new WriteRound({
      replicas: this.#ports.replicas,
      row,
      bucket,
      placement: this.#ports.replicas.placement(row, bucket),
      required: this.#required,
      strict: consistency.strict,
      mayHold,
      deadlineMs: this.#replicationDeadlineMs,
      writer: this,
    });
  }

  get isAwaited(): boolean {
    return this.#reply.given === undefined;
  }

  changed(round: WriteRound): void {
    if (this.#round === round) this.#evaluate();
  }

  otherEpoch(
    round: WriteRound,
    node: string,
    epoch: number,
    then: (agreed: boolean) => void,
  ): void {
    if (this.#round === round) this.#agreeWith(node, epoch, then);
  }

  #evaluate(): void {
    const { outcome } = this.#round.quorum;
    if (this.isAwaited) {
      if (outcome.type === "reached") this.#succeed();
      else if (outcome.type === "unreachable") this.#giveUp("unreachable", "too few can take it");
    }
    this.#reportMissed();
  }

  #succeed(): void {
    const { context, follows, stamp } = this.#minted!;
    const { placement, quorum } = this.#round;
    const receipt = receiptOf({
      kind: "w",
      epoch: placement.epoch,
      coordinator: this.#ports.replicas.self,
      required: this.#required,
      acknowledged: quorum.acknowledged,
      groups: placement.writeGroups,
      bucket: this.#request.bucket,
    });
    this.#reply.give({ type: "ok", context, follows, stamp, receipt });
  }

  #giveUp(reason: FailureReason, why: string): void {
    this.#reply.giveUp(this.#round.quorum, reason, [why, ...this.#round.troubles]);
  }

  /** Never after `failed`: that promises that nothing will appear, and a hint would break the promise. */
  #reportMissed(): void {
    const { given } = this.#reply;
    const { copy } = this.#round;
    if (given === undefined || given === "failed" || copy === undefined) return;
    for (const node of this.#round.takeMissed()) {
      const { versions, era } = copy;
      this.#ports.replicas.onMissed(node, this.#request.row, versions, era);
    }
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function commandOf(request: PutRequest, epoch: number): MintCommand {
  const command: Writable<MintCommand> = {
    epoch,
    row: request.row,
    bucket: request.bucket,
    context: request.context,
    contextStamp: request.contextStamp,
    follows: request.follows,
    operationId: request.operationId,
    retry: request.retry,
    tombstone: request.tombstone,
    encoding: request.encoding,
    expiresAtMs: request.expiresAtMs,
    value: request.value,
  };
  if (request.era !== undefined) command.era = request.era;
  return command;
}
