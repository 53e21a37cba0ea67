import type { NodeId } from "@coterie/core";
import { grown } from "./grown.ts";

/**
 * The primaries of a row under one ring, of which `required` distinct ones must answer. A request
 * counts against one group, and during a ring change against two (design §9): each must be met.
 */
export interface ReplicaGroup {
  readonly primaries: readonly NodeId[];
  readonly required: number;
}

/** In which capacity a node answers: a fallback stands in for an unreachable primary. */
export type Role = "primary" | "fallback";

/** What a quorum needs to know before the first reply. */
export interface QuorumShape {
  readonly groups: readonly ReplicaGroup[];
  /** Count primaries only. */
  readonly strict: boolean;
  /** Nodes that may stand in for primaries, unless `strict`. */
  readonly fallbacks: readonly NodeId[];
}

/** Where a quorum stands. `unreachable` names the group that lacks the most. */
export type QuorumOutcome =
  | { readonly type: "pending" }
  | { readonly type: "reached" }
  | { readonly type: "unreachable"; readonly required: number; readonly received: number };

const NOBODY: readonly NodeId[] = [];
const PENDING: QuorumOutcome = { type: "pending" };
const REACHED: QuorumOutcome = { type: "reached" };

/**
 * Counts distinct nodes against every group. Each node is settled once, for or against; what is not
 * settled yet is open. Invariant: a group's `received + open` never grows and `received` never
 * falls, so `reached` and `unreachable` are final and exclude one another in whatever order replies come.
 */
export class QuorumTally {
  readonly #shape: QuorumShape;
  readonly #received: number[];
  readonly #open: number[];
  #settled: readonly NodeId[] = NOBODY;
  #outcome: QuorumOutcome;

  constructor(shape: QuorumShape) {
    this.#shape = shape;
    const { groups } = shape;
    // Of one group, unless the ring is changing: literals, for each request makes them.
    this.#received = groups.length === 1 ? [0] : groups.map(() => 0);
    this.#open =
      groups.length === 1
        ? [openIn(groups[0]!, shape)]
        : groups.map((group) => openIn(group, shape));
    this.#outcome = this.#evaluate();
  }

  get outcome(): QuorumOutcome {
    return this.#outcome;
  }

  /** The count of the group that lacks the most. */
  get progress(): { readonly required: number; readonly received: number } {
    let worst = { required: 0, received: 0 };
    for (const [i, { required }] of this.#shape.groups.entries()) {
      const received = this.#received[i]!;
      if (required - received > worst.required - worst.received || i === 0) {
        worst = { required, received };
      }
    }
    return worst;
  }

  isSettled(node: NodeId): boolean {
    return this.#settled.includes(node);
  }

  /** Settles `node` for the request or against it. False when it was settled before. */
  settle(node: NodeId, role: Role, counts: boolean): boolean {
    if (this.#settled.includes(node)) return false;
    this.#settled = grown(this.#settled, node);
    for (let i = 0; i < this.#shape.groups.length; i++) {
      if (!this.belongs(node, role, i)) continue;
      this.#open[i]!--;
      if (counts) this.#received[i]!++;
    }
    this.#outcome = this.#evaluate();
    return true;
  }

  /** Whether an answer of `node` counts against group `index`. */
  belongs(node: NodeId, role: Role, index: number): boolean {
    const { groups, strict, fallbacks } = this.#shape;
    if (groups[index]!.primaries.includes(node)) return true;
    return role === "fallback" && !strict && fallbacks.includes(node);
  }

  #evaluate(): QuorumOutcome {
    let reached = true;
    for (let i = 0; i < this.#shape.groups.length; i++) {
      const { required } = this.#shape.groups[i]!;
      const received = this.#received[i]!;
      if (received + this.#open[i]! < required) return { type: "unreachable", ...this.progress };
      if (received < required) reached = false;
    }
    return reached ? REACHED : PENDING;
  }
}

/** The same number of each. Mostly there is one group, for which nothing is called. */
export function groupsOf(
  lists: readonly (readonly NodeId[])[],
  required: number,
): readonly ReplicaGroup[] {
  if (lists.length === 1) return [{ primaries: lists[0]!, required }];
  return lists.map((primaries) => ({ primaries, required }));
}

/** How many may answer for the group. */
function openIn({ primaries }: ReplicaGroup, { strict, fallbacks }: QuorumShape): number {
  let open = primaries.length;
  if (!strict) for (const node of fallbacks) if (!primaries.includes(node)) open++;
  return open;
}
