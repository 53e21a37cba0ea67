import { assert, type NodeId } from "@coterie/core";
import { grown } from "./grown.ts";
import { type QuorumOutcome, type QuorumShape, QuorumTally, type Role } from "./quorum-tally.ts";

/** What became of the write at one node that was asked. */
export interface WriteReply {
  readonly node: NodeId;
  readonly role: Role;
  /** `refused` and `notSent`: provably not written. `lost`: it may have been. */
  readonly type: "durable" | "refused" | "notSent" | "lost";
}

/** A node whose answer counted. */
export interface Acknowledgement {
  readonly node: NodeId;
  readonly role: Role;
}

/** What may be said of a write when its caller waits no longer. */
export type WriteVerdict = "ok" | "failed" | "inDoubt";

/**
 * When a write is done (Dynamo §4.5): W distinct nodes of every group have it durable, whichever they
 * are. Pure. A recovering replica counts like any other; it is only reads that it may not complete.
 */
export class WriteQuorum {
  readonly #tally: QuorumTally;
  #acknowledged: readonly Acknowledgement[] = [];
  /** Nodes that were asked and have not proved that they do not have it. */
  #doubtful: number;

  /** `mayHold`: an earlier round of this write, under another ring, may have left it somewhere. */
  constructor(shape: QuorumShape, mayHold = false) {
    this.#tally = new QuorumTally(shape);
    this.#doubtful = mayHold ? 1 : 0;
  }

  get outcome(): QuorumOutcome {
    return this.#tally.outcome;
  }

  /** The count of the group that lacks the most. */
  get progress(): { readonly required: number; readonly received: number } {
    return this.#tally.progress;
  }

  /** Who has it durable, in the order in which they said so. */
  get acknowledged(): readonly Acknowledgement[] {
    return this.#acknowledged;
  }

  /** Whether any node may have the write, or come to have it. */
  get mayHold(): boolean {
    return this.#doubtful > 0;
  }

  /** `failed` promises that nothing will ever appear; short of that proof a write is in doubt. */
  get verdict(): WriteVerdict {
    if (this.outcome.type === "reached") return "ok";
    return this.mayHold ? "inDoubt" : "failed";
  }

  /** A node is being told, once. From here on it may have the write. */
  ask(): void {
    this.#doubtful++;
  }

  /** The reply of a node that was asked. A second reply of one node changes nothing. */
  add(reply: WriteReply): QuorumOutcome {
    const durable = reply.type === "durable";
    if (!this.#tally.settle(reply.node, reply.role, durable)) return this.outcome;
    if (durable)
      this.#acknowledged = grown(this.#acknowledged, { node: reply.node, role: reply.role });
    if (reply.type === "refused" || reply.type === "notSent") {
      assert(this.#doubtful > 0, `${reply.node} replied to a write that nobody was asked for`);
      this.#doubtful--;
    }
    return this.outcome;
  }
}
