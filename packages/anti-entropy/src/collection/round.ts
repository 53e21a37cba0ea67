import { assert, type NodeId } from "@coterie/core";
import { type Era, FIRST_ERA } from "@coterie/versions";
import type { Blocker, RoundAnswer, RoundEffect, RoundOutcome, Step } from "./round-messages.ts";

export interface RoundOptions<Row> {
  /** Who hold the rows: the first N of the preference list, all of them, under a stable ring. */
  readonly primaries: readonly NodeId[];
  /** Every owner of the ring, the primaries among them, whether they live or not. */
  readonly owners: readonly NodeId[];
  /** Rows as the leader holds them. */
  readonly rows: readonly Row[];
  /** A sweep that is known to have been answered somewhere: the round's number is above it. */
  readonly sweptBefore: number;
}

/**
 * One collection round of one partition (design §8), as its leader sees it. Pure: effects go out, answers
 * come in, and the driver owns time, retries and the choice of rows.
 *
 * 1. *Vote*: every primary holds exactly this clock of a row, durably, and is not recovering. Rows on
 *    which they differ are left for another round.
 * 2. *Then* the *sweep*: every owner, primary or not, brings home the hints it has, and raises the
 *    partition's era: what it reads, mints or keeps from then on is of this round, and was read where
 *    the rows were already whole. One that does not answer blocks the round, and is named; so does a
 *    primary that was restarted since its vote, as it may stand on an older copy of its disk.
 * 3. *End*: each primary that has answered this very sweep deletes what has not changed, and from then
 *    on takes nothing of an earlier era.
 *
 * Two leaders at once do no harm: a node answers the sweep of a higher round only, and ends no other.
 */
export class CollectionRound<Row> {
  readonly #options: RoundOptions<Row>;
  readonly #waiting = new Set<NodeId>();
  readonly #blockers: Blocker[] = [];
  readonly #voters = new Map<NodeId, string>();
  readonly #done = { deleted: 0, folded: 0 };
  #step: Step = "vote";
  #rows: readonly Row[];
  #holds: boolean[];
  #era: Era = FIRST_ERA;
  #outcome: RoundOutcome = { type: "pending" };

  constructor(options: RoundOptions<Row>) {
    this.#options = options;
    this.#rows = options.rows;
    this.#holds = options.rows.map(() => true);
    assert(options.rows.length > 0, "a round is about some rows");
  }

  get outcome(): RoundOutcome {
    return this.#outcome;
  }

  /** The step that is under way, or was when the round came to its outcome. */
  get step(): Step {
    return this.#step;
  }

  begin(): RoundEffect<Row>[] {
    return this.#ask(this.#options.primaries, (to) => ({ type: "vote", to, rows: this.#rows }));
  }

  /** The answer of `from` to what it was asked last. */
  receive(from: NodeId, answer: RoundAnswer): RoundEffect<Row>[] {
    if (this.#outcome.type !== "pending" || !this.#waiting.delete(from)) return [];
    this.#take(from, answer);
    if (this.#waiting.size > 0) return [];
    if (this.#blockers.length > 0) {
      this.#outcome = { type: "blocked", at: this.#step, by: this.#blockers };
      return [];
    }
    return this.#advance();
  }

  #take(from: NodeId, answer: RoundAnswer): void {
    const expected = { vote: "vote", sweep: "swept", end: "ended" } as const;
    if (answer.type === "no") this.#blockers.push({ node: from, reason: answer.reason });
    else if (answer.type !== expected[this.#step]) {
      this.#blockers.push({ node: from, reason: "gave an answer to something else" });
    } else if (answer.type === "vote") this.#count(from, answer);
    else if (answer.type === "ended") {
      this.#done.deleted = Math.max(this.#done.deleted, answer.deleted);
      this.#done.folded = Math.max(this.#done.folded, answer.folded);
    }
  }

  #count(
    from: NodeId,
    { holds, era, recovering, voter }: Extract<RoundAnswer, { readonly type: "vote" }>,
  ): void {
    if (recovering) {
      this.#blockers.push({ node: from, reason: "is recovering the partition" });
      return;
    }
    this.#voters.set(from, voter);
    this.#holds = this.#holds.map((all, i) => all && holds[i] === true);
    const { swept, collected } = this.#era;
    this.#era = {
      swept: Math.max(swept, era.swept),
      collected: Math.max(collected, era.collected),
    };
  }

  #advance(): RoundEffect<Row>[] {
    const { primaries, owners, sweptBefore } = this.#options;
    if (this.#step === "vote") {
      this.#rows = this.#rows.filter((_, i) => this.#holds[i]);
      if (this.#rows.length === 0) {
        this.#outcome = { type: "unequal" };
        return [];
      }
      const { collected } = this.#era;
      const swept = Math.max(this.#era.swept, sweptBefore) + 1;
      this.#era = { swept, collected };
      this.#step = "sweep";
      return this.#ask(owners, (to) => ({
        type: "sweep",
        to,
        swept,
        collected,
        voter: this.#voters.get(to),
      }));
    }
    if (this.#step === "sweep") {
      this.#step = "end";
      return this.#ask(primaries, (to) => ({ type: "end", to, rows: this.#rows }));
    }
    this.#outcome = { type: "collected", swept: this.#era.swept, ...this.#done };
    return [];
  }

  #ask(nodes: readonly NodeId[], effectOf: (to: NodeId) => RoundEffect<Row>): RoundEffect<Row>[] {
    for (const node of nodes) this.#waiting.add(node);
    return nodes.map(effectOf);
  }
}
