import { bytesEqual, type NodeId, type Random } from "@coterie/core";
import type { SwimConfig } from "./config.ts";
import { Dissemination } from "./dissemination.ts";
import type { Effect, MemberChange } from "./effects.ts";
import {
  isLiving,
  isSameClaim,
  type MemberRecord,
  type MemberState,
  supersedes,
} from "./member-record.ts";
import { Membership } from "./membership.ts";
import { recordBytes } from "./message-size.ts";
import { ProbeOrder } from "./probe-order.ts";
import { Suspicions } from "./suspicion.ts";

/**
 * How a record came: `gossip` is news on its way through the cluster; `sync` is another member's whole
 * belief, which may be as old as the last contact with it.
 */
export type Hearsay = "gossip" | "sync";

/**
 * What became of a record. `accused`: taken as a suspicion, which the suspect should be told of at once.
 * `outdated`: the teller believes in a member that is known to have gone, and should be told.
 */
export type Outcome = "news" | "accused" | "outdated" | "nothing";

/**
 * What one member believes of the others, and how it changes. Rules beside the order of records:
 *
 * 1. *The dead accuse nobody.* What a member that is itself held dead or gone says against third ones is
 *    ignored: it may be cut off on its receiving side and find everyone silent.
 * 2. *Old death is a suspicion.* A `dead` from a sync, or a `forgotten`, about a member that lives here
 *    is taken as a suspicion, so that two halves of a healed network partition do not bury one another.
 *    Its accuser is the suspect itself: many who repeat it confirm nothing, and it is not passed on.
 * 3. *No leaps.* An incarnation far beyond the known one is refused, lest a corrupt one win for ever.
 */
export class View {
  readonly members = new Membership();
  readonly suspicions: Suspicions;
  readonly news: Dissemination;
  readonly probeOrder: ProbeOrder;
  readonly #config: SwimConfig;
  readonly #self: NodeId;
  readonly #emit: (effect: Effect) => void;
  readonly #forgottenMs = new Map<NodeId, number>();

  constructor(config: SwimConfig, random: Random, self: NodeId, emit: (effect: Effect) => void) {
    this.#config = config;
    this.#self = self;
    this.#emit = emit;
    this.suspicions = new Suspicions(config);
    this.news = new Dissemination(config.transmitMultiplier);
    this.probeOrder = new ProbeOrder(random);
  }

  /** Takes in what `teller` says of a third member, or of itself. */
  hear(told: MemberRecord, via: Hearsay, teller: NodeId, nowMs: number): Outcome {
    const held = this.members.get(told.id);
    if (held === undefined) {
      if (told.state === "forgotten") return "nothing";
      // Whoever joins hears of everyone at once: old news to all but itself, so it is not passed on.
      this.#accept(told, undefined, nowMs, via === "gossip");
      return "news";
    }
    const accusation = told.state === "suspect" || told.state === "dead";
    if (accusation && this.#isGone(teller)) return "nothing"; // rule 1
    if (told.incarnation > held.incarnation + this.#config.incarnationJumpMax) {
      this.#emit({ type: "implausible", record: told, from: teller });
      return "nothing"; // rule 3
    }
    const old = isLiving(held) && isOldDeath(told, via); // rule 2
    const record = old ? asSuspicion(told, told.id) : told;
    if (supersedes(record, held)) {
      this.#accept(record, held, nowMs, !old);
      return old ? "accused" : "news";
    }
    if (record.state === "suspect" && held.state === "suspect" && isSameClaim(record, held)) {
      this.#confirm(record);
    }
    if (isLiving(held) || told.id === teller) return "nothing";
    const comesBack = held.state === "forgotten" && told.state !== "forgotten";
    return told.state === "alive" || comesBack ? "outdated" : "nothing";
  }

  /** This member's own record changed. */
  setSelf(record: MemberRecord): void {
    this.members.set(record);
    this.#spread(record);
  }

  /** This member's own probe found `id` silent: a new suspicion, or a confirmation of one. */
  suspect(id: NodeId, nowMs: number): void {
    const held = this.members.get(id);
    if (held?.state === "alive") this.#accept(asSuspicion(held, this.#self), held, nowMs);
    else if (held?.state === "suspect") this.#confirm(asSuspicion(held, this.#self));
  }

  /** Declares dead whose suspicion has run out. */
  buryExpired(nowMs: number): void {
    for (const id of this.suspicions.expired(nowMs)) {
      const held = this.members.get(id);
      if (held?.state === "suspect") this.#accept(withState(held, "dead"), held, nowMs);
    }
  }

  /** Marks a member that is dead or has left as forgotten. */
  forget(held: MemberRecord, nowMs: number): void {
    this.#accept(withState(held, "forgotten"), held, nowMs);
  }

  /** Drops marks that are older than `forgottenForMs`. */
  dropForgotten(nowMs: number): void {
    for (const [id, sinceMs] of this.#forgottenMs) {
      if (sinceMs + this.#config.forgottenForMs > nowMs) continue;
      this.#forgottenMs.delete(id);
      this.members.delete(id);
    }
  }

  /**
   * The member itself shows that it is at `incarnation`. When the record held here is so far beyond that
   * the member would refuse to outbid it, the record is false (rule 3) and gives way.
   */
  hearClaim(id: NodeId, session: number, incarnation: number): void {
    const held = this.members.get(id);
    if (held === undefined || held.incarnation <= incarnation + this.#config.incarnationJumpMax) {
      return;
    }
    this.members.set({ ...held, session, incarnation: Math.max(0, incarnation - 1) });
    this.news.drop(id);
  }

  /** What a member is told in whatever is sent to it when it is not held alive [Lifeguard §IV.C]. */
  accusationOf(id: NodeId): readonly MemberRecord[] {
    const held = this.members.get(id);
    if (held === undefined || held.state === "alive") return [];
    return held.state === "suspect" && !this.#config.buddySystem ? [] : [held];
  }

  #spread(record: MemberRecord): void {
    this.news.enqueue(record, recordBytes(record));
  }

  #isGone(id: NodeId): boolean {
    const held = this.members.get(id);
    return held !== undefined && !isLiving(held);
  }

  #confirm(accusation: MemberRecord): void {
    if (this.suspicions.confirm(accusation.id, accusation.accuser ?? accusation.id)) {
      this.members.set(accusation);
      this.#spread(accusation);
    }
  }

  #accept(
    record: MemberRecord,
    held: MemberRecord | undefined,
    nowMs: number,
    passOn = true,
  ): void {
    const { id } = record;
    this.members.set(record);
    if (isLiving(record)) this.probeOrder.add(id);
    if (record.state === "suspect") {
      this.suspicions.start(id, record.accuser ?? id, this.members.livingCount, nowMs);
    } else {
      this.suspicions.stop(id);
    }
    if (record.state === "forgotten") this.#forgottenMs.set(id, nowMs);
    else this.#forgottenMs.delete(id);
    if (passOn) this.#spread(record);
    for (const type of changes(held, record)) {
      this.#emit({ type: "member", change: { type, member: record } });
    }
  }
}

/** A mark of `forget` is old whatever way it comes: it was set because the member was long dead. */
function isOldDeath(told: MemberRecord, via: Hearsay): boolean {
  return told.state === "forgotten" || (told.state === "dead" && via === "sync");
}

function withState(record: MemberRecord, state: MemberState): MemberRecord {
  return { ...record, state, accuser: undefined };
}

function asSuspicion(record: MemberRecord, accuser: NodeId): MemberRecord {
  return { ...record, state: "suspect", accuser };
}

/** What the step from one record to its successor means to the application. */
function changes(held: MemberRecord | undefined, record: MemberRecord): MemberChange["type"][] {
  const { state } = record;
  if (state === "dead" || state === "left" || state === "forgotten") {
    return held?.state === state ? [] : [state];
  }
  const types: MemberChange["type"][] = [];
  if (held === undefined || held.state === "left" || held.state === "forgotten") {
    types.push("joined");
  } else {
    if (held.state === "dead" || (held.state === "suspect" && state === "alive")) {
      types.push("alive");
    }
    if (!hasSameAttributes(held, record)) types.push("updated");
  }
  if (state === "suspect" && held?.state !== "suspect") types.push("suspected");
  return types;
}

function hasSameAttributes(a: MemberRecord, b: MemberRecord): boolean {
  return (
    a.session === b.session &&
    a.address === b.address &&
    (a.metadata === b.metadata || bytesEqual(a.metadata, b.metadata))
  );
}
