import type { NodeId } from "@coterie/core";
import type { Era } from "@coterie/versions";
import type { Bucket } from "./bucket.ts";
import type { QuorumOutcome } from "./quorum-tally.ts";
import type { Placement, Replicas, ReplicaWrite } from "./replicas.ts";
import { WriteQuorum } from "./write-quorum.ts";

/** What a monotonic read must see on enough primaries before it answers. */
export interface WriteBackRequest {
  readonly replicas: Replicas;
  readonly placement: Placement;
  readonly row: Uint8Array;
  readonly bucket: Bucket;
  /** Of the read. */
  readonly r: number;
  /** The merged set, encoded. */
  readonly versions: Uint8Array;
  /** Under which it was read. */
  readonly era: Era | undefined;
  readonly deadlineMs: number;
  /** Whether a node is known to have exactly this set. */
  readonly holds: (node: NodeId) => boolean;
  /** The ring of a replica differs from the placement's: whether and when to `resend` is the caller's to say. */
  readonly onOtherEpoch: (node: NodeId, epoch: number, resend: (agreed: boolean) => void) => void;
  /** A replica has deleted since the read: what it returned may be gone, and must be read anew. */
  readonly onCollected: () => void;
  /** Called once, when it is reached or has become unreachable. */
  readonly onOutcome: (outcome: QuorumOutcome, troubles: readonly string[]) => void;
}

/**
 * Stores what a read is about to return on so many primaries of every group that every later read of R
 * meets one of them (trap 11): N-R+1, and at least wMin, so that a ring change, which scans
 * N-wMin+1, carries it over like an acknowledged write. Recovering primaries count: while they
 * recover they complete no read, and after it they have it.
 */
export class WriteBack {
  readonly #request: WriteBackRequest;
  readonly #quorum: WriteQuorum;
  readonly #troubles: string[] = [];
  #done = false;

  constructor(request: WriteBackRequest) {
    this.#request = request;
    const { bucket, r, placement } = request;
    this.#quorum = new WriteQuorum({
      groups: placement.writeGroups.map((primaries) => ({
        primaries,
        required: Math.min(primaries.length, Math.max(primaries.length - r + 1, bucket.wMin)),
      })),
      strict: true,
      fallbacks: [],
    });
  }

  get progress(): { readonly required: number; readonly received: number } {
    return this.#quorum.progress;
  }

  begin(): void {
    const primaries = new Set(this.#request.placement.writeGroups.flat());
    for (const node of primaries) {
      if (!this.#request.holds(node)) continue;
      this.#quorum.ask();
      this.#settle(node, { type: "durable" });
      primaries.delete(node);
    }
    for (const node of primaries) {
      if (this.#done) return;
      this.#quorum.ask();
      this.#send(node);
    }
  }

  #send(node: NodeId): void {
    const { replicas, row, bucket, versions, era, placement, deadlineMs } = this.#request;
    const { epoch } = placement;
    const options = { epoch, deadlineMs, repair: true, ...(era === undefined ? {} : { era }) };
    replicas.merge(node, row, versions, bucket, options).then(
      (reply) => this.#onReply(node, reply),
      (error) => this.#onReply(node, { type: "lost", reason: String(error) }),
    );
  }

  #onReply(node: NodeId, reply: ReplicaWrite): void {
    if (this.#done) return;
    if (reply.type === "refused" && reply.refusal === "collected") {
      this.#done = true;
      this.#request.onCollected();
      return;
    }
    if (reply.type !== "refused" || reply.refusal !== "epoch") {
      this.#settle(node, reply);
      return;
    }
    this.#request.onOtherEpoch(node, reply.epoch, (agreed) => {
      if (agreed) this.#send(node);
      else this.#settle(node, reply);
    });
  }

  #settle(node: NodeId, reply: ReplicaWrite): void {
    const outcome = this.#quorum.add({ node, role: "primary", type: reply.type });
    if (reply.type !== "durable") {
      this.#troubles.push(`${node}: ${reply.type === "refused" ? reply.detail : reply.reason}`);
    }
    if (this.#done || outcome.type === "pending") return;
    this.#done = true;
    this.#request.onOutcome(outcome, this.#troubles);
  }
}
