import { assertNever, type NodeId } from "@coterie/core";
import type { Awareness } from "./awareness.ts";
import type { ClashWatch } from "./clash-watch.ts";
import type { Composer } from "./composer.ts";
import type { Effect } from "./effects.ts";
import type { MemberRecord } from "./member-record.ts";
import type { Message, MessageBody, Peer } from "./messages.ts";
import type { Prober } from "./prober.ts";
import { answerTo, digestsDiffer, ranges } from "./push-pull.ts";
import type { Relays } from "./relays.ts";
import type { Self } from "./self.ts";
import type { Sequence } from "./sequence.ts";
import type { Hearsay, View } from "./view.ts";

/** What a received message may touch. */
export interface ReceiverParts {
  readonly self: Self;
  readonly view: View;
  readonly composer: Composer;
  readonly prober: Prober;
  readonly relays: Relays;
  readonly clashes: ClashWatch;
  readonly awareness: Awareness;
  readonly sequence: Sequence;
  readonly emit: (effect: Effect) => void;
}

/**
 * Takes in a message: first its news, then its body, then what the sender must be told. `gossip` and
 * `records` are never answered, so no two members can keep one another busy.
 */
export class Receiver {
  readonly #parts: ReceiverParts;

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
  }

  receive(address: string, message: Message, nowMs: number): void {
    const { self, view, emit } = this.#parts;
    const { from, body } = message;
    if (message.to !== undefined && message.to !== self.id) return;
    if (from === self.id) {
      this.#meetNamesake(address, message, nowMs);
      return;
    }
    view.hearClaim(from, message.session, message.incarnation);
    const outdated = this.#hearAll(message.updates, "gossip", from, nowMs);
    if (body.type === "records" || body.type === "syncRange") {
      this.#hearAll(body.records, "sync", from, nowMs);
    }
    if (self.renew()) view.setSelf(self.record!);
    const peer: Peer = { id: from, address };
    if (body.type !== "records" && outdated.length > 0) this.#sendRecords(peer, outdated);
    const owed = this.#owed(message);
    if (body.type === "ping") {
      emit(this.#parts.composer.send(peer, ack(body.sequence, self.id), owed));
      return;
    }
    // What is owed goes first: it makes this member's other words count (the dead accuse nobody).
    if (owed.length > 0 && body.type !== "gossip" && body.type !== "records") {
      this.#gossip(peer, owed);
    }
    this.#act(peer, body, nowMs);
  }

  #act(peer: Peer, body: MessageBody, nowMs: number): void {
    const { view, composer, prober, relays, emit } = this.#parts;
    switch (body.type) {
      case "ack": {
        if (prober.acknowledged(body.sequence, body.of)) break;
        const relay = relays.acknowledged(body.sequence, body.of);
        if (relay) emit(composer.send(relay.origin, ack(relay.originSequence, relay.target)));
        break;
      }
      case "nack":
        prober.nacked(body.sequence, peer.id!);
        break;
      case "pingReq":
        this.#relay(peer, body, nowMs);
        break;
      case "syncRequest": {
        if (!digestsDiffer(body.digest, view.members.digest)) break;
        const bytesMax = composer.recordsBytesMax(peer);
        for (const range of ranges(view.members, bytesMax)) emit(composer.send(peer, range));
        break;
      }
      case "syncRange":
        this.#sendRecords(peer, answerTo(body, view.members));
        break;
      case "ping":
      case "gossip":
      case "records":
        break;
      default:
        assertNever(body);
    }
  }

  /** Hears records one by one; returns those held here that the teller should know. */
  #hearAll(
    records: readonly MemberRecord[],
    via: Hearsay,
    teller: NodeId,
    nowMs: number,
  ): MemberRecord[] {
    const { self, view } = this.#parts;
    const outdated: MemberRecord[] = [];
    for (const told of records) {
      if (told.id === self.id) {
        this.#hearOfSelf(told, teller, nowMs);
        continue;
      }
      const outcome = view.hear(told, via, teller, nowMs);
      if (outcome !== "outdated" && outcome !== "accused") continue;
      const held = view.members.get(told.id)!;
      if (outcome === "outdated") outdated.push(held);
      else this.#gossip(held, [held]);
    }
    return outdated;
  }

  #hearOfSelf(told: MemberRecord, teller: NodeId, nowMs: number): void {
    const { self, clashes, awareness, emit } = this.#parts;
    if (told.session !== self.session && told.address !== self.address) {
      this.#challenge(told.session, told.address, nowMs);
      // A known twin outbids in turn: racing it would only flood the cluster.
      if (clashes.isTwin(told.session) && told.state === "alive") return;
    }
    const outcome = self.hear(told);
    if (outcome === "refuted") awareness.refuted();
    if (outcome === "implausible") emit({ type: "implausible", record: told, from: teller });
  }

  /**
   * What the sender must hear of itself: that it is not held alive here, or that another life of it is;
   * and this member's own record when the sender has an old one. This is the buddy system [Lifeguard
   * §IV.C], and what keeps a restarted member from being dead for ever.
   */
  #owed({ from, session, incarnation, knows }: Message): MemberRecord[] {
    const { self, view } = this.#parts;
    const owed: MemberRecord[] = [];
    const held = view.members.get(from);
    if (held !== undefined && held.incarnation >= incarnation) {
      if (held.session !== session) owed.push(held);
      else owed.push(...view.accusationOf(from));
    }
    if (knows < self.incarnation.current || self.hasLeft) owed.push(self.record!);
    return owed;
  }

  #relay(peer: Peer, body: Extract<MessageBody, { type: "pingReq" }>, nowMs: number): void {
    const { view, composer, relays, sequence, emit } = this.#parts;
    const own = sequence.next();
    const { id, address } = body.target;
    const relay = { origin: peer, originSequence: body.sequence, target: id };
    relays.start(own, relay, body.nackAfterMs, nowMs);
    emit(composer.send({ id, address }, { type: "ping", sequence: own }, view.accusationOf(id)));
  }

  /** A process with this member's id: another life, or a twin. */
  #meetNamesake(address: string, { session, body }: Message, nowMs: number): void {
    const { self, composer, clashes, emit } = this.#parts;
    if (session === self.session) return; // an echo of this process, through some seed
    if (body.type === "ping") {
      emit(composer.send({ id: self.id, address }, ack(body.sequence, self.id)));
    }
    if (body.type === "ack" && clashes.answered(body.sequence, session)) {
      emit({ type: "clash", address, session });
    } else {
      this.#challenge(session, address, nowMs);
    }
  }

  #challenge(session: number, address: string, nowMs: number): void {
    const { self, composer, clashes, sequence, emit } = this.#parts;
    if (!clashes.shouldChallenge(session, nowMs)) return;
    const own = sequence.next();
    clashes.challenged(session, own, nowMs);
    emit(composer.send({ id: self.id, address }, { type: "ping", sequence: own }));
  }

  #gossip(peer: Peer, first: readonly MemberRecord[]): void {
    const { composer, emit } = this.#parts;
    const { id, address } = peer;
    emit(composer.send({ id, address }, { type: "gossip" }, first));
  }

  #sendRecords(peer: Peer, records: readonly MemberRecord[]): void {
    if (records.length === 0) return;
    for (const effect of this.#parts.composer.sendRecords(peer, records)) this.#parts.emit(effect);
  }
}

function ack(sequence: number, of: NodeId): MessageBody {
  return { type: "ack", sequence, of };
}
