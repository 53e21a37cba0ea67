import type { NodeId } from "@coterie/core";
import type { Bucket } from "./bucket.ts";
import { type Copy, renewCopy } from "./copy.ts";
import { grown } from "./grown.ts";
import { groupsOf, type QuorumShape } from "./quorum-tally.ts";
import type { MergeOptions, Placement, Replicas, ReplicaWrite } from "./replicas.ts";
import { StandIns } from "./stand-ins.ts";
import { WriteQuorum } from "./write-quorum.ts";

/** What a round of a write is about, and whom it tells. */
export interface WriteRoundOptions {
  readonly replicas: Replicas;
  readonly row: Uint8Array;
  readonly bucket: Bucket;
  readonly placement: Placement;
  readonly required: number;
  readonly strict: boolean;
  /** An earlier round may have left the write somewhere. */
  readonly mayHold: boolean;
  /** Monotonic milliseconds, of the copies. */
  readonly deadlineMs: number;
  readonly writer: Writer;
}

/** Whose round it is. It is told with the round, for it may have begun another since. */
export interface Writer {
  /** Whether a caller still waits: if so fallbacks take the turns of failing primaries. */
  readonly isAwaited: boolean;
  changed(round: WriteRound): void;
  /** The ring of a replica differs: calls back, in this round or never. False: there is no time left. */
  otherEpoch(round: WriteRound, node: NodeId, epoch: number, then: (agreed: boolean) => void): void;
}

const NOBODY: readonly NodeId[] = [];

/** Whom a copy of the write goes to: a primary, or a fallback in the place of one. */
interface Target {
  readonly node: NodeId;
  readonly standsInFor?: NodeId;
}

/**
 * The copies of one write under one placement: sends them, counts them, and knows who missed it. When the
 * ring moves on the next round asks everyone again, and acknowledgements of this one no longer count (a
 * node that regained a partition has discarded what it acknowledged: design §9, rule 4).
 */
export class WriteRound {
  readonly quorum: WriteQuorum;
  readonly shape: QuorumShape;
  readonly #options: WriteRoundOptions;
  /** Undefined: nobody stands in yet. */
  #standIns: StandIns | undefined;
  #troubles: readonly string[] = [];
  #copy: Copy | undefined;
  /** This node's own commit; undefined: it is sent a copy like the others. */
  #own: Promise<ReplicaWrite> | undefined;
  #missed = NOBODY;

  constructor(options: WriteRoundOptions) {
    const { placement, required, strict, mayHold } = options;
    this.#options = options;
    this.shape = {
      groups: groupsOf(placement.writeGroups, required),
      strict,
      fallbacks: strict ? NOBODY : placement.fallbacks,
    };
    this.quorum = new WriteQuorum(this.shape, mayHold);
  }

  get placement(): Placement {
    return this.#options.placement;
  }

  /** What is sent at present; undefined: nothing yet. */
  get copy(): Copy | undefined {
    return this.#copy;
  }

  /** Why copies failed, a phrase each. */
  get troubles(): readonly string[] {
    return this.#troubles;
  }

  /** Primaries that missed the write since this was last asked, and that no fallback stands in for. */
  takeMissed(): readonly NodeId[] {
    const missed = this.#missed;
    this.#missed = NOBODY;
    return missed;
  }

  /** Sends the version set to all primaries at once, but not to this node if `own` is on its way there. */
  replicate({ versions, era }: Copy, own?: Promise<ReplicaWrite>): void {
    this.#copy = { versions, era };
    this.#own = own;
    const { replicas, placement } = this.#options;
    const { writeGroups } = placement;
    if (own !== undefined) this.#follow(own, { node: replicas.self });
    const primaries = writeGroups.length === 1 ? writeGroups[0]! : new Set(writeGroups.flat());
    for (const node of primaries) {
      if (node === replicas.self && own !== undefined) continue;
      this.#ask({ node });
      if (node !== replicas.self && replicas.isDown(node)) this.#standInFor(node);
    }
  }

  #ask(target: Target): void {
    this.quorum.ask();
    this.#send(target);
  }

  #send(target: Target): void {
    const { replicas, row, bucket, placement, deadlineMs } = this.#options;
    const { standsInFor } = target;
    const copy = this.#copy!;
    const { versions, era } = copy;
    const { epoch } = placement;
    const options: MergeOptions =
      standsInFor === undefined
        ? { epoch, deadlineMs, repair: false, era }
        : { epoch, deadlineMs, repair: false, era, hintFor: standsInFor };
    const write = replicas.merge(target.node, row, versions, bucket, options);
    this.#follow(write, target, copy);
  }

  #follow(write: Promise<ReplicaWrite>, target: Target, sent?: Copy): void {
    write.then(
      (reply) => this.#onReply(target, reply, sent),
      (error) => this.#onReply(target, { type: "lost", reason: String(error) }, sent),
    );
  }

  #onReply(target: Target, reply: ReplicaWrite, sent?: Copy): void {
    if (reply.type === "refused" && reply.refusal === "epoch") {
      this.#options.writer.otherEpoch(this, target.node, reply.epoch, (agreed) => {
        if (agreed) this.#send(target);
        else this.#settle(target, reply);
      });
    } else if (reply.type === "refused" && reply.refusal === "collected" && sent !== undefined) {
      void this.#sendRenewed(target, reply, sent);
    } else {
      this.#settle(target, reply);
    }
  }

  /** Each time of a later era than before, so that it ends. */
  async #sendRenewed(target: Target, refused: ReplicaWrite, sent: Copy): Promise<void> {
    // Before its commit this node's row, as it is read, lacks the write.
    await this.#own?.catch(() => {});
    const renewed = await renewCopy(this.#options, sent).catch(() => undefined);
    if (renewed === undefined) {
      this.#settle(target, refused);
    } else {
      this.#copy = renewed;
      this.#send(target);
    }
  }

  #settle(target: Target, reply: ReplicaWrite): void {
    const { node, standsInFor } = target;
    const role = standsInFor === undefined ? "primary" : "fallback";
    this.quorum.add({ node, role, type: this.#isProof(node, reply) ? reply.type : "lost" });
    if (reply.type !== "durable") {
      const why = reply.type === "refused" ? reply.detail : reply.reason;
      this.#troubles = grown(this.#troubles, `${node}: ${why}`);
      this.#cover(target);
    }
    this.#options.writer.changed(this);
  }

  /**
   * A peer's failed commit does not prove that the write is nowhere: until it failed, a put which that peer
   * minted on the same row has sent the version on in its set (see `StagedRows`, which knows for this node).
   */
  #isProof(node: NodeId, reply: ReplicaWrite): boolean {
    const isFailedCommit = reply.type === "refused" && reply.refusal === "storage";
    return !isFailedCommit || node === this.#options.replicas.self;
  }

  /** A copy failed. While the caller waits the next fallback takes its turn; after that a hint is due. */
  #cover({ node, standsInFor }: Target): void {
    const primary = standsInFor ?? node;
    const isCovered =
      standsInFor === undefined
        ? this.#standIns?.has(primary)
        : this.quorum.acknowledged.some((other) => other.node === primary);
    if (isCovered) return;
    if (this.#options.writer.isAwaited && this.#standInFor(primary)) return;
    this.#missed = grown(this.#missed, primary);
  }

  #standInFor(primary: NodeId): boolean {
    const { replicas } = this.#options;
    this.#standIns ??= new StandIns(this.shape.fallbacks);
    const node = this.#standIns.take(primary, (fallback) => replicas.isDown(fallback));
    if (node !== undefined) this.#ask({ node, standsInFor: primary });
    return node !== undefined;
  }
}
