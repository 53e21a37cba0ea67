import type { NodeId } from "@coterie/core";
import { grown } from "./grown.ts";
import { type QuorumOutcome, type QuorumShape, QuorumTally, type Role } from "./quorum-tally.ts";
import type { Acknowledgement } from "./write-quorum.ts";

/** What one replica's answer is worth to a read. */
export interface ReadReply {
  readonly node: NodeId;
  readonly role: Role;
  /** `recovering`: it answered, but its data may be incomplete (trap 14b: a wiped replica says "not found"). */
  readonly type: "counted" | "recovering" | "failed";
}

/** A node that a read may ask, best first in a list. */
export interface Candidate {
  readonly node: NodeId;
  readonly role: Role;
}

/**
 * When a read is done and whom it has to ask for that: R distinct nodes of every group. Pure. Recovering
 * replicas never count. A node is *in play* from being asked until it failed, is recovering, or was set aside.
 */
export class ReadQuorum {
  readonly #shape: QuorumShape;
  readonly #tally: QuorumTally;
  readonly #inPlay: number[];
  #asked: readonly NodeId[] = [];
  #counted: readonly Acknowledgement[] = [];

  constructor(shape: QuorumShape) {
    this.#shape = shape;
    this.#tally = new QuorumTally(shape);
    this.#inPlay = shape.groups.length === 1 ? [0] : shape.groups.map(() => 0);
  }

  get outcome(): QuorumOutcome {
    return this.#tally.outcome;
  }

  /** The count of the group that lacks the most. */
  get progress(): { readonly required: number; readonly received: number } {
    return this.#tally.progress;
  }

  /** Whose answers counted, in the order in which they came. */
  get acknowledged(): readonly Acknowledgement[] {
    return this.#counted;
  }

  /** Nodes that were asked and have neither answered nor failed. */
  get awaited(): readonly NodeId[] {
    return this.#asked.filter((node) => !this.#tally.isSettled(node));
  }

  /** Takes from `candidates` the fewest, best first, that complete the quorum if all in play answer. */
  choose(candidates: readonly Candidate[]): readonly Candidate[] {
    let chosen: readonly Candidate[] = [];
    for (const candidate of candidates) {
      if (this.#asked.includes(candidate.node) || !this.#helps(candidate)) continue;
      this.ask(candidate);
      chosen = grown(chosen, candidate);
    }
    return chosen;
  }

  #helps({ node, role }: Candidate): boolean {
    const { groups } = this.#shape;
    for (let i = 0; i < groups.length; i++) {
      if (this.#inPlay[i]! < groups[i]!.required && this.#tally.belongs(node, role, i)) return true;
    }
    return false;
  }

  /** The best candidate not asked yet: one more than needed, so that a slow one need not be waited for. */
  spare(candidates: readonly Candidate[]): Candidate | undefined {
    return candidates.find(({ node }) => !this.#asked.includes(node));
  }

  /** A candidate that `choose` did not take is asked. */
  ask(candidate: Candidate): void {
    this.#asked = grown(this.#asked, candidate.node);
    this.#count(candidate, 1);
  }

  /** Expects nothing of a node that was asked for the time being; it can still answer, or be `expect`ed again. */
  setAside(candidate: Candidate): void {
    this.#count(candidate, -1);
  }

  /** A node that was set aside is asked again. */
  expect(candidate: Candidate): void {
    this.#count(candidate, 1);
  }

  /** The answer of a node in play. A second answer of one node changes nothing. */
  add(reply: ReadReply): QuorumOutcome {
    const counts = reply.type === "counted";
    if (!this.#tally.settle(reply.node, reply.role, counts)) return this.outcome;
    if (counts) this.#counted = grown(this.#counted, { node: reply.node, role: reply.role });
    else this.#count(reply, -1);
    return this.outcome;
  }

  #count({ node, role }: Candidate, by: 1 | -1): void {
    for (let i = 0; i < this.#inPlay.length; i++) {
      if (this.#tally.belongs(node, role, i)) this.#inPlay[i]! += by;
    }
  }
}
