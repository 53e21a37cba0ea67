import { create } from "@bufbuild/protobuf";
import {
  type Clock,
  CodecError,
  decodeUtf8,
  encodeUtf8,
  type NodeId,
  type Random,
  type Timer,
  type Timers,
} from "@coterie/core";
import {
  decodeMessage,
  type Effect,
  encodeMessage,
  type MemberRecord,
  type MemberState,
  type Peer,
  Swim,
} from "@coterie/swim";
import { PeerCallSchema, SwimMessageSchema } from "@coterie/wire";
import type { NodeMemory } from "../birth/birth.ts";
import type { NodeEvent } from "../node-event.ts";
import { VERSION } from "../version.ts";
import type { Peers } from "./peers.ts";

export interface MembershipParts {
  readonly self: NodeId;
  readonly address: string;
  readonly memory: NodeMemory;
  readonly peers: Peers;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly onEvent: (event: NodeEvent) => void;
}

/** A SWIM message that was not handed over within this time is of no use any more. */
const SEND_MS = 500;
/** A tick of SWIM that comes later than this makes SWIM doubt itself. */
const LATE_MS = 250;

/**
 * Drives SWIM over the nodes' own connections, so that a probe tests the path that the data takes: one
 * timer, messages as urgent calls on the links, incarnations made durable before they are used.
 */
export class Membership {
  readonly #parts: MembershipParts;
  readonly #swim: Swim;
  #timer: Timer | undefined;
  #timerMs = Number.POSITIVE_INFINITY;
  #lateAtMs = Number.NEGATIVE_INFINITY;
  #stopped = false;

  /** `incarnation`: what `NodeMemory` kept from the last start; 0 at the first. */
  constructor(parts: MembershipParts, incarnation: number) {
    const { self: id, address, random } = parts;
    this.#parts = parts;
    this.#swim = new Swim({ id, address, incarnation, random, metadata: encodeUtf8(VERSION) });
  }

  /** Begins to probe and to be probed; `seeds` are addresses of members. */
  start(seeds: readonly string[]): void {
    this.#carryOut(this.#swim.join(seeds, this.#nowMs));
    this.#carryOut(this.#swim.start());
  }

  /** Tells the others that this node leaves, so that nobody waits for it, and falls silent. */
  stop(): void {
    this.#carryOut(this.#swim.leave());
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** A message from the node that listens at `from`. Bytes that are no message are dropped. */
  receive(from: string, bytes: Uint8Array): void {
    if (this.#stopped) return;
    try {
      this.#carryOut(this.#swim.receive(from, decodeMessage(bytes), this.#nowMs));
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
    }
  }

  /** Every other member, by id. */
  get others(): MemberRecord[] {
    return this.#swim.members.filter(({ id }) => id !== this.#parts.self);
  }

  /** Undefined: no such member. */
  stateOf(id: NodeId): MemberState | undefined {
    return this.#swim.member(id)?.state;
  }

  /** 0: unknown. This node's own is here too. */
  incarnationOf(id: NodeId): number {
    return this.#swim.member(id)?.incarnation ?? 0;
  }

  /** The version that a member said it runs; empty: unknown. */
  versionOf(id: NodeId): string {
    const record = this.#swim.member(id);
    return record === undefined ? "" : decodeUtf8(record.metadata);
  }

  /** How much this node doubts its own health (Lifeguard): 0 (not at all) to 8. */
  get localHealth(): number {
    return this.#swim.localHealth;
  }

  /** This process or its disk stood still for so long. A pause that SWIM notices by itself is not told twice. */
  noteLag(lagMs: number): void {
    const nowMs = this.#nowMs;
    if (nowMs < this.#swim.deadlineMs && nowMs - this.#lateAtMs > lagMs) this.#swim.noteLag(lagMs);
  }

  get #nowMs(): number {
    return this.#parts.clock.monotonicMs();
  }

  #carryOut(effects: readonly Effect[]): void {
    for (const effect of effects) this.#carryOutOne(effect);
    this.#arm();
  }

  #carryOutOne(effect: Effect): void {
    const { onEvent, peers, memory } = this.#parts;
    switch (effect.type) {
      case "send":
        this.#send(effect.to, encodeMessage(effect.message));
        break;
      case "persist":
        void this.#persist(effect.incarnation);
        break;
      case "member": {
        const { id, address, state } = effect.change.member;
        if (state === "alive") {
          peers.keep(id, address);
          void memory.keepMember(id, address).catch((error) => this.#fault(error));
        }
        onEvent({ type: "member", id, address, change: effect.change.type });
        break;
      }
      case "clash":
        onEvent({
          type: "fault",
          doing: "watching the members",
          detail: `another process, at ${effect.address}, runs under this node's id: stop one of them`,
        });
        break;
      case "implausible":
        onEvent({
          type: "fault",
          doing: "watching the members",
          detail: `${effect.from} says that ${effect.record.id} has incarnation ${effect.record.incarnation}: not believed`,
        });
        break;
    }
  }

  #send({ id, address }: Peer, message: Uint8Array): void {
    const { peers } = this.#parts;
    const body = { case: "swim" as const, value: create(SwimMessageSchema, { message }) };
    if (id !== undefined && peers.addressOf(id) === address) {
      void peers.call(id, body, SEND_MS, true);
    } else {
      const link = peers.strangerAt(address);
      void link
        .call(create(PeerCallSchema, { body }), SEND_MS, true)
        .finally(() => link.close("said what there was to say"));
    }
  }

  async #persist(incarnation: number): Promise<void> {
    try {
      await this.#parts.memory.keepIncarnation(incarnation);
      if (!this.#stopped) this.#carryOut(this.#swim.persisted(incarnation, this.#nowMs));
    } catch (error) {
      this.#fault(error);
      this.#parts.timers.after(SEND_MS, () => {
        if (!this.#stopped) void this.#persist(incarnation);
      });
    }
  }

  /** One timer, at the earliest of all that SWIM waits for. */
  #arm(): void {
    const { deadlineMs } = this.#swim;
    if (this.#stopped || deadlineMs >= this.#timerMs) return;
    this.#timer?.cancel();
    this.#timerMs = deadlineMs;
    this.#timer = this.#parts.timers.after(Math.max(0, deadlineMs - this.#nowMs), () => {
      this.#timerMs = Number.POSITIVE_INFINITY;
      if (this.#nowMs - deadlineMs > LATE_MS) this.#lateAtMs = this.#nowMs;
      if (!this.#stopped) this.#carryOut(this.#swim.tick(this.#nowMs));
    });
  }

  #fault(error: unknown): void {
    this.#parts.onEvent({
      type: "fault",
      doing: "keeping what members say",
      detail: String(error),
    });
  }
}
