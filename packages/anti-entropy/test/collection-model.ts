import { commonEra, isBehind, isOutdated } from "@coterie/versions";
import { CollectionRound } from "../src/collection/round.ts";
import type { RoundAnswer, RoundEffect } from "../src/collection/round-messages.ts";
import {
  type Copy,
  DELETED,
  isDeleted,
  merge,
  NEW,
  NOTHING,
  OLD,
  type Owner,
  type Primary,
  type Replica,
  type Row,
  type Rule,
  START,
  type State,
  subsumes,
} from "./collection-state.ts";

/** The steps that any party may take next, and what must never be. */
export class Model {
  readonly #without: Rule | undefined;

  constructor(without: Rule | undefined) {
    this.#without = without;
  }

  violation(state: State): string | undefined {
    if (state.fault !== null) return state.fault;
    for (const node of ["a", "b"] as const) {
      const { row, era } = state[node];
      const isBack = (row.present & OLD) !== 0 && era.collected > 0;
      if (isBack) return `the old value is back at ${node}`;
    }
    // a never loses its disk, and the new write was durable there before anybody heard of it.
    if (state.isWritten && (state.a.row.present & NEW) === 0) return "the new write is lost";
    const { hint } = state.c;
    const isKept = hint !== null || state.a.other || state.copies.some(({ other }) => other);
    if (!isKept) return "the write to the other key is lost";
    return undefined;
  }

  outcome(state: State): string {
    return state.answers === null ? "none" : this.#round(state).round.outcome.type;
  }

  next(state: State): State[] {
    return [
      ...this.#deliveries(state),
      ...this.#hint(state),
      ...this.#clients(state),
      ...this.#restore(state),
      ...this.#reads(state),
      ...this.#sync(state),
      ...this.#steps(state),
    ];
  }

  #has(rule: Rule): boolean {
    return this.#without !== rule;
  }

  /** A replica that takes versions of an era, or refuses them. */
  #take(replica: Replica, { row, other, era }: Pick<Copy, "row" | "other" | "era">): Replica {
    if (this.#has("oldErasAreRefused") && isOutdated(era, replica.era)) return replica;
    const { collected } = era;
    const fresh = isBehind(replica.era, era)
      ? this.#has("theBehindDiscard")
        ? { ...replica, row: NOTHING, other: false, era: { swept: collected, collected } }
        : { ...replica, era: { swept: collected, collected } }
      : replica;
    return { ...fresh, row: merge(fresh.row, row), other: fresh.other || other };
  }

  #deliveries(state: State): State[] {
    return state.copies.flatMap((copy, at) => {
      const copies = state.copies.toSpliced(at, 1);
      const taken = { ...state, [copy.to]: this.#take(state[copy.to], copy), copies };
      const renewed = this.#renewed(state, copy);
      return renewed === undefined ? [taken] : [taken, { ...state, copies: [...copies, renewed] }];
    });
  }

  /** Of a copy from a, which b refuses as too old: what a sends in its place. */
  #renewed({ a, b }: State, { to, row, other, era }: Copy): Copy | undefined {
    if (to !== "b" || other || !isOutdated(era, b.era) || a.era.swept <= era.swept)
      return undefined;
    if (!this.#has("copiesAreRenewedFromTheRow")) return { to, row, other, era: a.era };
    return subsumes(a.row, row) ? { to, row: a.row, other, era: a.era } : undefined;
  }

  /** The fallback sends its hint to both primaries, as of its era; and forgets it when both have it. */
  #hint(state: State): State[] {
    const { hint, era } = state.c;
    if (hint === null) return [];
    const isHome = (["a", "b"] as const).every(
      (node) => state[node].other && subsumes(state[node].row, hint.row),
    );
    if (isHome) return [{ ...state, c: { ...state.c, hint: null } }];
    // A primary has collected since: the hint is taken for an old copy, and goes.
    const isOld = (["a", "b"] as const).some((node) => isOutdated(era, state[node].era));
    if (isOld) return [{ ...state, c: { ...state.c, hint: null } }];
    const sent = (["a", "b"] as const).map((to) => ({ ...hint, to, era }));
    const missing = sent.filter(
      (copy) => !state.copies.some((each) => JSON.stringify(each) === JSON.stringify(copy)),
    );
    const lacking = missing.filter(({ to, row, other }) => {
      const { row: held, other: hasOther } = state[to];
      return !(hasOther || !other) || !subsumes(held, row);
    });
    return lacking.map((copy) => ({ ...state, copies: [...state.copies, copy] }));
  }

  /** A delete that has seen the old value, and a blind write; a leads both, b gets its copy later. */
  #clients(state: State): State[] {
    const write = (row: Row, left: State["left"]): State => {
      const { era } = state.a;
      const a = { ...state.a, row };
      return { ...state, a, copies: [...state.copies, { to: "b", row, other: false, era }], left };
    };
    const states: State[] = [];
    if (state.left.delete > 0) {
      states.push(write(merge(state.a.row, DELETED), { ...state.left, delete: 0 }));
    }
    if (state.left.write > 0 && state.left.delete === 0) {
      const added = { seen: state.a.row.seen | NEW, present: state.a.row.present | NEW };
      states.push({ ...write(added, { ...state.left, write: 0 }), isWritten: true });
    }
    return states;
  }

  /** b gets a copy of its disk back that is from before the delete, and nobody tells it. */
  #restore(state: State): State[] {
    if (state.left.restore === 0) return [];
    const b = { ...START.b, start: state.b.start + 1 };
    return [{ ...state, b, left: { ...state.left, restore: 0 } }];
  }

  /** A read at a that hears the fallback's hint first, and repairs b by what it came to. */
  #reads(state: State): State[] {
    const { left, reading, c } = state;
    if (left.read > 0 && c.hint !== null) {
      const heard = { row: c.hint.row, era: c.era, own: state.a.era };
      return [{ ...state, reading: heard, left: { ...left, read: 0 } }];
    }
    if (reading === null) return [];
    const { row, era } = state.b;
    const common = commonEra(reading.era, era);
    if (this.#has("readsHaveOneEra") && common.swept < common.collected) {
      return [{ ...state, reading: null }];
    }
    const merged = merge(reading.row, row);
    const isBack = (merged.present & OLD) !== 0 && era.collected > 0;
    if (isBack) return [{ ...state, fault: "the old value is back in a read" }];
    const copy: Copy = { to: "b", row: merged, other: false, era: common };
    return [{ ...state, reading: null, copies: [...state.copies, copy] }];
  }

  /** Anti-entropy: b gives a what it has. */
  #sync(state: State): State[] {
    const { row, other, era } = state.b;
    if (state.left.sync === 0 || subsumes(state.a.row, row)) return [];
    const copy: Copy = { to: "a", row, other, era };
    return [{ ...state, copies: [...state.copies, copy], left: { ...state.left, sync: 0 } }];
  }

  #round(state: State): { round: CollectionRound<Row>; effects: RoundEffect<Row>[] } {
    const round = new CollectionRound<Row>({
      primaries: this.#has("allPrimariesVote") ? ["a", "b"] : ["a"],
      owners: this.#has("everyOwnerIsSwept") ? ["a", "b", "c"] : ["a", "b"],
      rows: [DELETED],
      sweptBefore: 0,
    });
    let effects = round.begin();
    for (const [from, answer] of state.answers!) {
      const more = round.receive(from, answer);
      effects = effects.filter(({ to }) => to !== from).concat(more);
    }
    return { round, effects };
  }

  /** The round begins when its leader, a, holds the tombstone; each open effect is one step. */
  #steps(state: State): State[] {
    if (state.answers === null) {
      return isDeleted(state.a.row) ? [{ ...state, answers: [] }] : [];
    }
    return this.#round(state).effects.flatMap((effect) => {
      const done = this.#carryOut(state, effect);
      if (done === undefined) return [];
      const at = ["vote", "sweep", "end"].indexOf(effect.type);
      const entry = [effect.to as Owner, done.answer, at] as const;
      return [{ ...done.state, answers: [...state.answers!, entry] }];
    });
  }

  /** Undefined: it waits. */
  #carryOut(
    state: State,
    effect: RoundEffect<Row>,
  ): { state: State; answer: RoundAnswer } | undefined {
    const to = effect.to as Owner;
    const no = (reason: string) => ({ state, answer: { type: "no" as const, reason } });
    switch (effect.type) {
      case "vote": {
        const { row, era, start } = state[to as Primary];
        // Swept before the vote: what follows may be younger than the sweep, and older than the delete.
        const isEarly = !this.#has("votesComeBeforeSweeps");
        const holds = [isEarly || isDeleted(row)];
        return {
          state,
          answer: { type: "vote", holds, era, recovering: false, voter: `${start}` },
        };
      }
      case "sweep": {
        const { swept, collected } = effect;
        if (to === "c") {
          if (state.c.hint !== null && this.#has("hintsComeHomeFirst")) return undefined;
          const era = { swept, collected: state.c.era.collected };
          return { state: { ...state, c: { ...state.c, era } }, answer: { type: "swept" } };
        }
        const replica = state[to];
        if (replica.era.swept < collected || replica.era.swept >= swept) return no("is behind");
        const isSame = effect.voter === undefined || effect.voter === `${replica.start}`;
        if (!isSame && this.#has("noRestartAfterTheVote"))
          return no("was restarted since its vote");
        const era = { swept, collected: replica.era.collected };
        return {
          state: { ...state, [to]: { ...replica, era, round: 1 } },
          answer: { type: "swept" },
        };
      }
      case "end": {
        const replica = state[to as Primary];
        if (replica.round !== 1 && this.#has("ownSweepOnly")) return no("was not swept");
        const isGone = isDeleted(replica.row) || !this.#has("unchangedOnly");
        const era = { swept: 1, collected: 1 };
        const row = isGone ? NOTHING : replica.row;
        const answer = { type: "ended" as const, deleted: isGone ? 1 : 0, folded: 0, kept: 0 };
        return { state: { ...state, [to]: { ...replica, row, era } }, answer };
      }
    }
  }
}
